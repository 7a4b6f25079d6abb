"""What a move adds to the tables of a page: each event as one or two short lines that a page can write down.

``["visit", 2, "Beta", "InProgress"]`` says what execution 2 is in Beta, and so on: the names are those of ``_LINES``.
They say in a page what ``engine.history`` says to a run; a test walks both and compares.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from cp_teach.engine.history.projections import WAITING, History
from cp_teach.engine.history.records import ActionRow
from cp_teach.engine.model import events as e
from cp_teach.engine.model.state import (
    ABANDONED,
    CANCELLED,
    FAILED,
    IN_PROGRESS,
    SKIPPED,
    STOPPED,
    STOPPING,
    SUCCEEDED,
    State,
)
from cp_teach.show.view.tables import key_of, told_best

TYPED = "What was typed"
"""Stands in a move for what a person will type: a commit message, a reason, a comment. (AWS takes its letters.)"""


def news(events: Sequence[e.Event], after: State) -> dict[str, Any]:
    """``lines`` for the tables, ``log`` as (status key, sentence) pairs, and the sentence that tells most with whether
    it is bad news."""
    sentence, bad = told_best(events)
    lines = [line for event in events for line in _lines(event, after)]
    log = [[key_of(event), str(event)] for event in events]
    return {"lines": lines, "log": log, "say": sentence, **({"bad": True} if bad else {})}


def _lines(event: e.Event, after: State) -> Iterable[list[Any]]:
    return _LINES[type(event)](event, after)


def _started(event: e.ExecutionStarted, after: State) -> list[list[Any]]:
    return [["start", event.execution, event.target, event.stage]]


def _ended(event: e.ActionSucceeded, after: State) -> list[list[Any]]:
    number, stage, name = event[:3]
    lines: list[list[Any]] = [
        ["end", number, stage, name, SUCCEEDED, f"“{event.summary}”" if event.summary else ""]
    ]
    x = after.execution(number)
    pipeline = after.pipeline if x is None else after.blueprint(x)
    if (at := pipeline.position.get(stage)) is not None:
        action = pipeline.stages[at][name]
        lines += [
            ["make", number, output, stage, name, [*action.input_names], action.category == "Source"]
            for output in action.output_names
        ]
    return lines


def _failed(event: e.ActionFailed, after: State) -> list[list[Any]]:
    number, stage, name, failure, message, _ = event
    return [["end", number, stage, name, FAILED, f"{failure}: {message}" if message else failure]]


def _execution_failed(event: e.ExecutionFailed, after: State) -> list[list[Any]]:
    left = [["leave", event.execution, event.stage, FAILED]] if event.stage else []
    return [["is", event.execution, FAILED], *left]


def _overridden(event: e.ConditionEnded, after: State) -> list[list[Any]]:
    if event.status != "Overridden":
        return []
    return [["visit", event.execution, event.stage, IN_PROGRESS], ["is", event.execution, IN_PROGRESS]]


def _edited(event: e.PipelineEdited, after: State) -> list[list[Any]]:
    return [["doors"]] if after.readings.doors_after_edit == "enabled" else []


def _nothing(event: e.Event, after: State) -> list[list[Any]]:
    """Event that only the log shows; it changes no table of a page."""
    return []


_LINES: dict[type, Callable[[Any, State], list[list[Any]]]] = {
    e.ExecutionStarted: _started,
    e.ExecutionWaiting: lambda v, _: [["at", v.execution, v.stage, WAITING]],
    e.ExecutionSuperseded: lambda v, _: [["over", v.execution, v.stage, v.by]],
    e.ExecutionEntered: lambda v, _: [["at", v.execution, v.stage, IN_PROGRESS]],
    e.ActionStarted: lambda v, _: [["run", v.execution, v.stage, v.action]],
    e.ActionSucceeded: _ended,
    e.ActionFailed: _failed,
    e.ActionAbandoned: lambda v, _: [["end", v.execution, v.stage, v.action, ABANDONED, ""]],
    e.StageSucceeded: lambda v, _: [
        ["visit", v.execution, v.stage, SUCCEEDED],
        ["has", v.stage, v.execution],
    ],
    e.StageSkipped: lambda v, _: [["visit", v.execution, v.stage, SKIPPED]],
    e.StageRetried: lambda v, _: [
        ["visit", v.execution, v.stage, IN_PROGRESS],
        ["is", v.execution, IN_PROGRESS],
    ],
    e.ExecutionSucceeded: lambda v, _: [["is", v.execution, SUCCEEDED]],
    e.ExecutionFailed: _execution_failed,
    e.ExecutionCancelled: lambda v, _: [
        ["is", v.execution, CANCELLED],
        ["leave", v.execution, v.stage, CANCELLED],
    ],
    e.ExecutionStopping: lambda v, _: [
        ["visit", v.execution, v.stage, STOPPING],
        ["is", v.execution, STOPPING],
    ],
    e.ExecutionStopped: lambda v, _: [["is", v.execution, STOPPED], ["leave", v.execution, v.stage, STOPPED]],
    e.ConditionEnded: _overridden,
    e.TransitionDisabled: lambda v, _: [["shut", v.stage, v.reason]],
    e.TransitionEnabled: lambda v, _: [["open", v.stage]],
    e.PipelineEdited: _edited,
    e.RuleStarted: _nothing,
    e.RuleEnded: _nothing,
    e.RuleAbandoned: _nothing,
    e.TransitionExpired: _nothing,
    e.PipelineDeleted: _nothing,
}


def told(history: History, state: State) -> dict[str, Any]:
    """What the tables of a page have to know of the past to go on from this moment."""
    known = {x.number for x in state.executions}
    return {
        "last": state.last,
        "rows": {
            str(row.number): {
                "message": row.message,
                "revision": ", ".join(r.id[:7] for r in row.revisions),
                "sources": {r.action: f"{r.id[:7]} {r.message}".strip() for r in row.revisions},
                "status": row.status,
                "stage": row.stage,
                "visits": dict(row.visits),
                **({"by": row.superseded_by} if row.superseded_by else {}),
            }
            for row in history.executions.values()
        },
        "has": {s.name: seen.succeeded for s, seen in zip(state.pipeline.stages, state.stages, strict=True)},
        "reasons": dict(history.reasons),
        "latest": {f"{stage}\t{name}": _run(row) for (stage, name), row in history.latest.items()},
        "newest": {
            f"{number}\t{stage}\t{name}": _run(row)
            for (number, stage, name), row in history.newest.items()
            if number in known
        },
        "running": [[row.execution, row.stage, row.action] for row in history.running.values()],
        "made": {
            str(number): {
                a.name: {"from": [f"{r.id[:7]} {r.message}".strip() for r in a.sources]}
                for a in made.values()
            }
            for number, made in history.made_by.items()
        },
    }


def _run(row: ActionRow) -> dict[str, Any]:
    note = ""
    if row.failure:
        note = f"{row.failure}: {row.message}" if row.message else row.failure
    elif row.message:
        note = f"“{row.message}”"
    return {"n": row.execution, "status": row.status, "note": note, "attempt": row.attempt}
