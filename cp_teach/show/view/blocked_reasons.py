"""Blocked executions in the view model: why each execution in progress does not move, and what would move it."""

from __future__ import annotations

from collections.abc import Callable

from cp_teach.engine import why
from cp_teach.engine.model import commands as c
from cp_teach.engine.model.state import FAILED, IN_PROGRESS, STOPPED, STOPPING, Execution, State
from cp_teach.engine.queries.blocked_reason import Why
from cp_teach.show.view.moves import Legality, move, open_approvals
from cp_teach.show.view.schema import Reason
from cp_teach.show.view.tables import status_cell
from cp_teach.translation import translated


def reasons(legality: Legality, explain: Callable[..., Why] | None = None) -> list[Reason]:
    """One reason for each execution that is in progress or can still be retried; those that wait for people come
    first. ``explain`` is the ``why`` of a run, which may know more than its state, such as who has a job.
    """
    state = legality.state
    if state.deleted:
        if not state.newest:
            return []
        answer = why(state, execution=state.newest)
        return [
            {
                "n": 0,
                "status": status_cell("Failed"),
                "text": translated(answer.sentence),
                "who": translated(answer.who),
            }
        ]
    executions = sorted((x for x in state.executions if _matters(state, x)), key=lambda x: _rank(state, x))
    return [_reason(legality, x, explain) for x in executions]


def _matters(state: State, x: Execution) -> bool:
    # One that failed long ago stays in the state; it matters as long as it is the last in its stage.
    if x.status not in (FAILED, STOPPED) or not state.locks(x):
        return True
    seat = state.current_index(x)
    return seat >= 0 and state.stages[seat].entered == x.number


def _rank(state: State, x: Execution) -> tuple[int, int]:
    """What a person must answer comes first, then what waits at a transition, then what moves by itself."""
    if x.status in (FAILED, STOPPED) or open_approvals(state, x):
        return 0, -x.number
    return 2 if x.actions else 1, -x.number


def _reason(legality: Legality, x: Execution, explain: Callable[..., Why] | None) -> Reason:
    state = legality.state
    answer = explain(execution=x.number) if explain is not None else why(state, execution=x.number)
    waits = x.status == IN_PROGRESS and (not x.actions or open_approvals(state, x))
    reason: Reason = {
        "n": x.number,
        "status": status_cell("Waiting" if waits else x.status),
        "text": translated(answer.sentence),
        "who": translated(answer.who),
    }
    if x.status in (IN_PROGRESS, STOPPING):
        stops = (c.StopExecution(x.number, False), c.StopExecution(x.number, True))
        reason["stop"] = [move(legality, command) for command in stops]
    if answer.moves:
        reason["moves"] = [move(legality, command) for command in answer.moves]
    return reason
