"""Finds events of a replay that contradict the recorded history."""

from __future__ import annotations

from cp_teach.engine.history.projections import History
from cp_teach.engine.model import events as e
from cp_teach.engine.model.state import FAILED, IN_PROGRESS, SUCCEEDED, SUPERSEDED
from cp_teach.flow.recorded.timeline import Record

PRECISION = 0.001
"""Seconds within which two recorded times are equal: AWS returns milliseconds."""

_FINAL_STATUS: dict[type, str] = {
    e.ExecutionSuperseded: SUPERSEDED,
    e.ExecutionSucceeded: SUCCEEDED,
    e.ExecutionFailed: FAILED,
}
"""The event that ends an execution -> its status from then on, unless it is retried."""


def describe_divergence(
    event: e.Event, history: History, record: Record, identifier: str, now: float, slack: float
) -> str:
    """Describe how the event, at ``now`` (epoch seconds), contradicts the record; "" if it does not.

    ``identifier`` is the id of its execution. In the record an action may begin up to ``slack`` seconds later.
    """
    rows = record.rows[identifier]
    later = [row for row in rows if row.started > now + PRECISION]
    if isinstance(event, e.ActionStarted):
        newest = history.newest.get((event.execution, event.stage, event.action))
        attempt = 1
        if newest is not None:  # the event may have happened already; then it is that run
            attempt = newest.attempt + (newest.status != IN_PROGRESS)
        row = record.run(identifier, event.stage, event.action, attempt)
        if row is None:
            return f"{event} The record has no such run."
        if row.started > now + slack + PRECISION:
            return f"{event} In the record that is {row.started - now:.0f} s later."
    if isinstance(event, e.StageSucceeded) and any(row.stage == event.stage for row in later):
        return f"{event} In the record the stage was retried."
    end = _FINAL_STATUS.get(type(event))
    if end is not None:
        status = record.executions[identifier].status
        if (later and end == SUPERSEDED) or (not later and status not in ("", end)):
            return f"{event} In the record it is {status or 'in progress'}."
    return ""
