"""The tables of the view model: the log, the executions and the artifacts. Each has a maximum size."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from cp_teach.engine.history.journal import Entry, Journal
from cp_teach.engine.history.projections import WAITING, ExecutionRow, History
from cp_teach.engine.history.records import ActionRow
from cp_teach.engine.model import events as e
from cp_teach.engine.model.commands import Revision
from cp_teach.engine.model.failure_plan import Heal, Inject
from cp_teach.engine.model.state import State
from cp_teach.show.view.schema import Artifact, Execution, LogLine, StatusCell
from cp_teach.style.status import status_style
from cp_teach.translation import _, translated

LOG_LINES = 60
"""The number of log lines in a view; the view says how many came before."""
EXECUTIONS = 12
"""The number of executions in a view; the view says how many came before."""


class Shown(NamedTuple):
    """How much of the past a view shows."""

    log: int = LOG_LINES
    executions: int = EXECUTIONS

    def more(self, part: str) -> Shown:
        """More of this part. Raises ``ValueError`` for a part that is not in this table."""
        if part not in self._fields:
            raise ValueError(f"A view has no more of {part!r}; it has more of {' and '.join(self._fields)}.")
        return self._replace(**{part: getattr(self, part) + MORE})


MORE = 100
"""How many more lines of the log, or executions, are shown each time a person asks for more."""

_EVENTS: dict[type, str] = {
    e.PipelineDeleted: "failed",
    e.PipelineEdited: "none",
    e.ExecutionCancelled: "stopped",
    e.ExecutionSuperseded: "superseded",
    e.ActionFailed: "failed",
    e.ExecutionFailed: "failed",
    e.ExecutionStopped: "stopped",
    e.ExecutionStopping: "stopped",
    e.StageRetried: "in-progress",
    e.StageSkipped: "none",
    e.ConditionEnded: "none",
    e.ExecutionStarted: "in-progress",
    e.ExecutionSucceeded: "succeeded",
    e.ExecutionWaiting: "waiting",
    e.ExecutionEntered: "in-progress",
    e.TransitionDisabled: "none",
    e.TransitionEnabled: "none",
    e.TransitionExpired: "none",
    e.StageSucceeded: "succeeded",
    e.ActionAbandoned: "stopped",
    e.ActionSucceeded: "succeeded",
    e.ActionStarted: "in-progress",
    e.RuleEnded: "none",
    e.RuleAbandoned: "stopped",
    e.RuleStarted: "in-progress",
}
"""Kind of event -> its status key in the log. ``status_key`` refines the kinds that have a result. One step has many
events and announces one of them: the first of them in this table."""
_RANK = {kind: rank for rank, kind in enumerate(_EVENTS)}


def status_cell(word: str) -> StatusCell:
    """A status as the widget shows it: CSS key, word, glyph."""
    look = status_style(word)
    return [look.key, _(look.word), look.glyph]


def waiting_to_enter(stage: str) -> StatusCell:
    """The status of an execution in the column of a stage that it waits to enter."""
    key, word, glyph = status_cell(WAITING)
    return [key, _("{word} to enter {stage}", word=word, stage=stage), glyph]


def status_key(event: e.Event) -> str:
    """The status key of an event in the log."""
    match event:
        case e.RuleEnded(met=met):
            return "succeeded" if met else "failed"
        case e.ConditionEnded(status=word):
            return {"Succeeded": "succeeded", "Failed": "failed"}.get(word, "none")
    return _EVENTS[type(event)]


def clock(seconds: float) -> str:
    """A time on the run's clock: h:mm:ss, after the number of days if there are any."""
    whole = int(seconds + 0.5)
    days, rest = divmod(whole, 86400)
    text = f"{rest // 3600}:{rest // 60 % 60:02d}:{rest % 60:02d}"
    return f"{days} d {text}" if days else text


def announcement(entry: Entry) -> tuple[str, bool]:
    """The sentence that announces a journal entry, and whether it is bad news."""
    if isinstance(entry.command, Inject | Heal):
        return translated(str(entry.command)), False
    return announce(entry.events)


def announce(events: Sequence[e.Event]) -> tuple[str, bool]:
    """The sentence that announces these events of one step, and whether it is bad news. The result of a rule comes
    first, because the other events are its consequences and do not name the rule."""
    if not events:
        return _("Nothing changed."), False
    event = min(events, key=lambda event: _RANK[type(event)])
    results = [each for each in events if isinstance(each, e.RuleEnded) and each is not event]
    sentence = " ".join(translated(str(each)) for each in [*results, event])
    return sentence, isinstance(event, e.ActionFailed | e.ExecutionFailed | e.PipelineDeleted)


def log(journal: Journal, position: int, most: int = LOG_LINES) -> tuple[list[LogLine], int]:
    """The newest lines up to ``position``, the newest last; and the number of lines before them."""
    lines: list[LogLine] = []
    first = position
    while first and len(lines) < most:
        first -= 1
        lines[:0] = _log_lines(first + 1, journal[first])
    extra = max(0, len(lines) - most)
    return lines[extra:], extra + sum(len(journal[i].events) or 1 for i in range(first))


def _log_lines(moment: int, entry: Entry) -> list[LogLine]:
    at = clock(entry.at)
    if isinstance(entry.command, Inject | Heal):
        return [[moment, at, "none", translated(str(entry.command))]]
    return [[moment, at, status_key(event), translated(str(event))] for event in entry.events]


def executions(state: State, history: History, most: int = EXECUTIONS) -> tuple[list[Execution], int]:
    """The newest executions, the newest first, each with its status in every stage; and the number of older ones."""
    numbers = sorted(history.executions, reverse=True)
    rows = [_execution(state, history.executions[n]) for n in numbers[:most]]
    return rows, max(0, len(numbers) - most)


def _execution(state: State, row: ExecutionRow) -> Execution:
    execution: Execution = {
        "n": row.number,
        "message": row.message,
        "revision": ", ".join(r.id[:7] for r in row.revisions),
        "status": status_cell(row.status),
        "cells": [_cell(row, stage.name) for stage in state.pipeline.stages],
        "started": clock(row.started),
    }
    if row.superseded_by:
        execution["by"] = row.superseded_by
    return execution


def _cell(row: ExecutionRow, stage: str) -> StatusCell | None:
    visit = row.visits.get(stage)
    if visit == WAITING:
        return waiting_to_enter(stage)
    if visit is not None:
        return status_cell(visit)
    if row.superseded_by is not None and stage == row.stage:
        key, word, glyph = status_cell("Superseded")
        return [key, _("{word} by #{superseded_by}", word=word, superseded_by=row.superseded_by), glyph]
    return None


def artifacts(
    run_id: str, state: State, history: History, most: int = EXECUTIONS
) -> dict[str, list[Artifact]]:
    """Number of an execution (as text, for JSON) -> its artifacts. ``run_id`` is part of their S3 keys."""
    name = state.pipeline.name
    table: dict[str, list[Artifact]] = {}
    for number in sorted(history.executions, reverse=True)[:most]:
        if rows := history.artifacts(number):
            table[str(number)] = [
                {
                    "name": row.name,
                    "by": f"{row.stage} / {row.action}",
                    "key": row.key(run_id, name),
                    "from": ", ".join(dict.fromkeys(map(revision_text, row.sources))),
                }
                for row in rows
            ]
    return table


def revision_text(revision: Revision) -> str:
    """A revision in a table: the first 7 characters of its ID, and its message."""
    return f"{revision.id[:7]} {revision.message}".strip()


def action_note(row: ActionRow) -> str:
    """The error, or the summary, of an action execution; empty if it has neither."""
    if row.failure:
        return f"{row.failure}: {row.message}" if row.message else row.failure
    return f"“{row.message}”" if row.message else ""
