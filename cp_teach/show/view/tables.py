"""The tables of the view: what happened, which execution is where, and which artifacts it made. All are
bounded.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from cp_teach.engine.history.journal import Entry, Journal
from cp_teach.engine.history.projections import WAITING, ExecutionRow, History
from cp_teach.engine.model import events as e
from cp_teach.engine.model.failure_plan import Heal, Inject
from cp_teach.engine.model.state import State
from cp_teach.style.status import status

LOG_LINES = 60
EXECUTIONS = 12
"""How much of a long journal a view carries; it says how much more there is."""

_KEYS: dict[type, str] = {
    e.ExecutionStarted: "in-progress",
    e.ExecutionWaiting: "waiting",
    e.ExecutionSuperseded: "superseded",
    e.ExecutionEntered: "in-progress",
    e.RuleStarted: "in-progress",
    e.RuleAbandoned: "stopped",
    e.ActionStarted: "in-progress",
    e.ActionSucceeded: "succeeded",
    e.ActionFailed: "failed",
    e.ActionAbandoned: "stopped",
    e.StageSucceeded: "succeeded",
    e.StageSkipped: "none",
    e.StageRetried: "in-progress",
    e.ExecutionSucceeded: "succeeded",
    e.ExecutionFailed: "failed",
    e.ExecutionCancelled: "stopped",
    e.ExecutionStopping: "stopped",
    e.ExecutionStopped: "stopped",
    e.TransitionEnabled: "none",
    e.TransitionDisabled: "none",
    e.TransitionExpired: "none",
    e.PipelineEdited: "none",
    e.PipelineDeleted: "failed",
}
"""The status key of each kind of event; those that can end well or badly are in ``key_of``."""

_TELLING = (
    e.PipelineDeleted,
    e.PipelineEdited,
    e.ExecutionCancelled,
    e.ExecutionSuperseded,
    e.ActionFailed,
    e.ExecutionFailed,
    e.ExecutionStopped,
    e.ExecutionStopping,
    e.StageRetried,
    e.StageSkipped,
    e.ConditionEnded,
    e.ExecutionStarted,
    e.ExecutionSucceeded,
    e.ExecutionWaiting,
    e.ExecutionEntered,
    e.TransitionDisabled,
    e.TransitionEnabled,
    e.TransitionExpired,
    e.StageSucceeded,
    e.ActionAbandoned,
    e.ActionSucceeded,
    e.ActionStarted,
    e.RuleEnded,
    e.RuleAbandoned,
    e.RuleStarted,
)
"""One step tells many events; a person is told the one that matters most. Earlier here matters more."""
_RANK = {kind: rank for rank, kind in enumerate(_TELLING)}


def shown(word: str) -> list[str]:
    """A status as the widget shows it: CSS key, word, glyph."""
    s = status(word)
    return [s.key, s.word, s.glyph]


_WAITING = shown(WAITING)
AT_THE_DOOR = [_WAITING[0], "Waits at the door", _WAITING[2]]
"""What an execution is in the row of a stage that it waits to enter."""


def key_of(event: e.Event) -> str:
    """The status key under which an event stands in the log."""
    match event:
        case e.RuleEnded(met=met):
            return "succeeded" if met else "failed"
        case e.ConditionEnded(status=word):
            return {"Succeeded": "succeeded", "Failed": "failed"}.get(word, "none")
    return _KEYS[type(event)]


def clock(seconds: float) -> str:
    """A time on the run's clock: h:mm:ss, with days in front when there are any."""
    whole = int(seconds + 0.5)
    days, rest = divmod(whole, 86400)
    text = f"{rest // 3600}:{rest // 60 % 60:02d}:{rest % 60:02d}"
    return f"{days} d {text}" if days else text


def telling(entry: Entry) -> tuple[str, bool]:
    """The one sentence that says best what an entry of the journal did, and whether it is bad news."""
    if isinstance(entry.command, Inject | Heal):
        return str(entry.command), False
    return told_best(entry.events)


def told_best(events: Sequence[e.Event]) -> tuple[str, bool]:
    """The most important of these events for a person, and whether it is bad news. A judged rule comes first, because
    the events after it are its consequences and do not name the rule."""
    if not events:
        return "Nothing changed.", False
    event = min(events, key=lambda event: _RANK[type(event)])
    judged = [each for each in events if isinstance(each, e.RuleEnded) and each is not event]
    sentence = " ".join(map(str, [*judged, event]))
    return sentence, isinstance(event, e.ActionFailed | e.ExecutionFailed | e.PipelineDeleted)


def log(journal: Journal, position: int) -> tuple[list[list[Any]], int]:
    """The newest lines up to ``position``, newest last, as [moment, time, status key, sentence]; and how many
    more.
    """
    lines: list[list[Any]] = []
    first = position
    while first and len(lines) < LOG_LINES:
        first -= 1
        entry = journal[first]
        at = clock(entry.at)
        told = [[first + 1, at, key_of(event), str(event)] for event in entry.events]
        if isinstance(entry.command, Inject | Heal):
            told = [[first + 1, at, "none", str(entry.command)]]
        lines[:0] = told
    extra = max(0, len(lines) - LOG_LINES)
    return lines[extra:], extra + sum(len(journal[i].events) or 1 for i in range(first))


def executions(state: State, history: History) -> tuple[list[dict[str, Any]], int]:
    """The newest executions, newest first, each with what it is in every stage; and how many more."""
    numbers = sorted(history.executions, reverse=True)
    rows = [_execution(state, history.executions[n]) for n in numbers[:EXECUTIONS]]
    return rows, max(0, len(numbers) - EXECUTIONS)


def _execution(state: State, row: ExecutionRow) -> dict[str, Any]:
    cells = [
        _cell(row.visits.get(stage.name), row.superseded_by if stage.name == row.stage else None)
        for stage in state.pipeline.stages
    ]
    made: dict[str, Any] = {
        "n": row.number,
        "message": row.message,
        "revision": ", ".join(r.id[:7] for r in row.revisions),
        "status": shown(row.status),
        "cells": cells,
        "started": clock(row.started),
    }
    if row.superseded_by:
        made["by"] = row.superseded_by
    return made


def _cell(visit: str | None, by: int | None) -> list[str] | None:
    if visit == WAITING:
        return AT_THE_DOOR
    if visit is not None:
        return shown(visit)
    if by is not None:
        key, word, glyph = shown("Superseded")
        return [key, f"{word} by #{by}", glyph]
    return None


def artifacts(run_id: str, state: State, history: History) -> dict[str, list[dict[str, Any]]]:
    """Execution number (as text, for JSON) -> its artifacts: name, who made it, S3 key, and from which
    revisions.
    """
    name = state.pipeline.name
    found: dict[str, list[dict[str, Any]]] = {}
    for number in sorted(history.executions, reverse=True)[:EXECUTIONS]:
        made = history.artifacts(number)
        if made:
            found[str(number)] = [
                {
                    "name": a.name,
                    "by": f"{a.stage} / {a.action}",
                    "key": a.key(run_id, name),
                    "from": ", ".join(dict.fromkeys(f"{r.id[:7]} {r.message}".strip() for r in a.sources)),
                }
                for a in made
            ]
    return found
