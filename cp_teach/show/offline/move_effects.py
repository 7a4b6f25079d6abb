"""Move effects: how a move changes the tables of a page, each event as short lines that the page applies.

``["visit", 2, "Beta", "InProgress"]`` sets the status of execution 2 in Beta; ``_LINES`` has all names. The lines do
in a page what ``engine.history`` does for a run; a test takes random walks in both and compares."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

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
from cp_teach.show.view.tables import action_note, announce, revision_text, status_key

TYPED = "What was typed"
"""The marker in a move for text that a person will type. AWS accepts its characters in every field."""


def effects(events: Sequence[e.Event], after: State) -> dict[str, Any]:
    """``lines`` for the tables, ``log`` as [status key, sentence] pairs, the announcement (``say``), and ``bad`` if it
    is bad news."""
    sentence, bad = announce(events)
    lines = [line for event in events for line in _lines(event, after)]
    log = [[status_key(event), str(event)] for event in events]
    return {"lines": lines, "log": log, "say": sentence, **({"bad": True} if bad else {})}


def _lines(event: e.Event, after: State) -> list[list[Any]]:
    lines = _LINES[type(event)]
    return lines(event, after) if callable(lines) else _filled(lines, event)


def _filled(lines: tuple[tuple[str, ...], ...], event: e.Event) -> list[list[Any]]:
    return [[getattr(event, word) if word in event._fields else word for word in line] for line in lines]


def _ended(event: e.ActionSucceeded, after: State) -> list[list[Any]]:
    number, stage, name = event[:3]
    lines: list[list[Any]] = [
        ["end", number, stage, name, SUCCEEDED, f"“{event.summary}”" if event.summary else ""]
    ]
    x = after.execution(number)
    pipeline = after.pipeline if x is None else after.definition_of(x)
    if (at := pipeline.stage_indices.get(stage)) is not None:
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


_IN_PROGRESS = (("visit", "execution", "stage", IN_PROGRESS), ("is", "execution", IN_PROGRESS))


def _overridden(event: e.ConditionEnded, after: State) -> list[list[Any]]:
    return _filled(_IN_PROGRESS, event) if event.status == "Overridden" else []


def _edited(event: e.PipelineEdited, after: State) -> list[list[Any]]:
    return [["doors"]] if after.readings.doors_after_edit == "enabled" else []


_Lines: TypeAlias = Callable[[Any, State], list[list[Any]]] | tuple[tuple[str, ...], ...]
_LINES: dict[type, _Lines] = {
    e.ExecutionStarted: (("start", "execution", "target", "stage"),),
    e.ExecutionWaiting: (("at", "execution", "stage", WAITING),),
    e.ExecutionSuperseded: (("over", "execution", "stage", "by"),),
    e.ExecutionEntered: (("at", "execution", "stage", IN_PROGRESS),),
    e.ActionStarted: (("run", "execution", "stage", "action"),),
    e.ActionSucceeded: _ended,
    e.ActionFailed: _failed,
    e.ActionAbandoned: (("end", "execution", "stage", "action", ABANDONED, ""),),
    e.StageSucceeded: (("visit", "execution", "stage", SUCCEEDED), ("has", "stage", "execution")),
    e.StageSkipped: (("visit", "execution", "stage", SKIPPED),),
    e.StageRetried: _IN_PROGRESS,
    e.ExecutionSucceeded: (("is", "execution", SUCCEEDED),),
    e.ExecutionFailed: _execution_failed,
    e.ExecutionCancelled: (("is", "execution", CANCELLED), ("leave", "execution", "stage", CANCELLED)),
    e.ExecutionStopping: (("visit", "execution", "stage", STOPPING), ("is", "execution", STOPPING)),
    e.ExecutionStopped: (("is", "execution", STOPPED), ("leave", "execution", "stage", STOPPED)),
    e.ConditionEnded: _overridden,
    e.TransitionDisabled: (("shut", "stage", "reason"),),
    e.TransitionEnabled: (("open", "stage"),),
    e.PipelineEdited: _edited,
    e.RuleStarted: (),
    e.RuleEnded: (),
    e.RuleAbandoned: (),
    e.TransitionExpired: (),
    e.PipelineDeleted: (),
}
"""Kind of event -> its lines, in which the name of a field stands for its value, or the function that makes them.
Where there is none, only the log shows the event."""


def past_tables(history: History, state: State) -> dict[str, Any]:
    """The tables of the past that a page needs to go on from this moment."""
    present = {x.number for x in state.executions}
    return {
        "last": state.newest,
        "rows": {
            str(row.number): {
                "message": row.message,
                "revision": ", ".join(r.id[:7] for r in row.revisions),
                "sources": {r.action: revision_text(r) for r in row.revisions},
                "status": row.status,
                "stage": row.stage,
                "visits": dict(row.visits),
                **({"by": row.superseded_by} if row.superseded_by else {}),
            }
            for row in history.executions.values()
        },
        "has": {
            stage.name: runtime.succeeded
            for stage, runtime in zip(state.pipeline.stages, state.stages, strict=True)
        },
        "reasons": dict(history.disabled_reasons),
        "latest": {f"{stage}\t{name}": _run(row) for (stage, name), row in history.latest.items()},
        "newest": {
            f"{number}\t{stage}\t{name}": _run(row)
            for (number, stage, name), row in history.newest.items()
            if number in present
        },
        "running": [[row.execution, row.stage, row.action] for row in history.running.values()],
        "made": {
            str(number): {
                artifact.name: {"from": [revision_text(r) for r in artifact.sources]}
                for artifact in artifacts.values()
            }
            for number, artifacts in history.artifacts_by_execution.items()
        },
    }


def _run(row: ActionRow) -> dict[str, Any]:
    return {"n": row.execution, "status": row.status, "note": action_note(row), "attempt": row.attempt}
