"""Where the engine would do something of which the record knows otherwise."""

from __future__ import annotations

from cp_teach.engine.history.projections import History
from cp_teach.engine.model import events as e
from cp_teach.engine.model.state import FAILED, IN_PROGRESS, SUCCEEDED, SUPERSEDED
from cp_teach.flow.recorded.timeline import Record

GRAIN = 0.001
"""Seconds within which two times of a record are the same: AWS tells milliseconds."""

_ENDS: dict[type, str] = {
    e.ExecutionSuperseded: SUPERSEDED,
    e.ExecutionSucceeded: SUCCEEDED,
    e.ExecutionFailed: FAILED,
}
"""How an execution ends by itself, and the status that it then has for good, unless it is retried."""


def surprise(
    event: e.Event, history: History, record: Record, identifier: str, now: float, slack: float
) -> str:
    """What is odd about this event, were it to happen at ``now`` (epoch seconds); "" when the record agrees.

    ``identifier`` is the id of its execution. An action may begin up to ``slack`` seconds later in the record.
    """
    rows = record.rows[identifier]
    if isinstance(event, e.ActionStarted):
        before = history.newest.get((event.execution, event.stage, event.action))
        attempt = 1
        if before is not None:  # it may have happened already: then that run is meant
            attempt = before.attempt + (before.status != IN_PROGRESS)
        row = record.run(identifier, event.stage, event.action, attempt)
        if row is None:
            return f"{event} The record does not know of it."
        if row.started > now + slack + GRAIN:
            return f"{event} In the record that is {row.started - now:.0f} s later."
    if isinstance(event, e.StageSucceeded) and any(
        row.stage == event.stage and row.started > now + GRAIN for row in rows
    ):
        return f"{event} In the record it was retried there."
    end = _ENDS.get(type(event))
    if end is not None:
        told = record.executions[identifier].status
        later = any(row.started > now + GRAIN for row in rows)
        if (later and end == SUPERSEDED) or (not later and told not in ("", end)):
            return f"{event} In the record it is {told or 'going on'}."
    return ""
