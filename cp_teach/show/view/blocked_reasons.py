"""What is going on now: which executions are on their way, why each is not moving, and what would move it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from cp_teach.engine import why
from cp_teach.engine.model import commands as c
from cp_teach.engine.model.state import FAILED, IN_PROGRESS, STOPPED, STOPPING, Execution, State
from cp_teach.engine.queries.blocked_reason import Why
from cp_teach.show.view.moves import move
from cp_teach.show.view.tables import shown


def reasons(state: State, asking: Callable[..., Why] | None = None) -> list[dict[str, Any]]:
    """One reason for each execution that is on its way or can still be retried, those that wait for people
    first. ``asking`` is the ``why`` of a run, which may know more than its state: who has a job, for instance.
    """
    if state.deleted:
        answer = why(state, execution=state.last) if state.last else None
        return (
            [{"n": 0, "status": shown("Failed"), "text": answer.sentence, "who": answer.who}]
            if answer
            else []
        )
    found = [(_rank(state, x), _reason(state, x, asking)) for x in state.executions if _matters(state, x)]
    found.sort(key=lambda pair: pair[0])
    return [reason for _, reason in found]


def _matters(state: State, x: Execution) -> bool:
    # One that failed long ago stays in the state; it matters as long as it is the last there.
    if x.status not in (FAILED, STOPPED) or not state.locks(x):
        return True
    seat = state.seat(x)
    return seat >= 0 and state.stages[seat].entered == x.number


def _rank(state: State, x: Execution) -> tuple[int, int]:
    needs_person = x.status in (FAILED, STOPPED) or not x.actions or _approval(state, x)
    return (0 if needs_person else 1, -x.number)


def _approval(state: State, x: Execution) -> bool:
    stage = state.stage_of(x)
    return any(a.is_approval and s == IN_PROGRESS for a, s in zip(stage.actions, x.actions, strict=False))


def _reason(state: State, x: Execution, asking: Callable[..., Why] | None) -> dict[str, Any]:
    answer = asking(execution=x.number) if asking is not None else why(state, execution=x.number)
    waits = not x.actions or _approval(state, x)
    made: dict[str, Any] = {
        "n": x.number,
        "status": shown("Waiting" if waits and x.status == IN_PROGRESS else x.status),
        "text": answer.sentence,
        "who": answer.who,
    }
    if x.status in (IN_PROGRESS, STOPPING):
        made["stop"] = [
            move(state, c.StopExecution(x.number, False)),
            move(state, c.StopExecution(x.number, True)),
        ]
    moves = [move(state, command) for command in answer.moves]
    if moves:
        made["moves"] = moves
    return made
