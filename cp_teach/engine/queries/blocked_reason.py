"""Why something is not moving, in one sentence, and who can unblock it."""

from __future__ import annotations

from typing import NamedTuple

from cp_teach.engine.model import commands as c
from cp_teach.engine.model.state import (
    BEFORE_ENTRY,
    DISABLED,
    EXPIRED,
    FAILED,
    IN_PROGRESS,
    ON_FAILURE,
    ON_SUCCESS,
    STALE,
    STOPPED,
    STOPPING,
    Execution,
    State,
)
from cp_teach.engine.rules.validation import refusal


class Why(NamedTuple):
    """One reason: a sentence, who can change it, and the commands that would (any one of them).

    Every one of ``moves`` may be done now, and then this reason is gone; a ``StartExecution`` among them
    sends a new execution on its way instead.
    """

    sentence: str
    who: str = ""
    moves: tuple[c.Command, ...] = ()

    def __str__(self) -> str:
        return f"{self.sentence} {self.who}".strip()

    def __repr__(self) -> str:
        return str(self)


def why(state: State, *, execution: int | None = None, stage: str | None = None) -> Why:
    """Why that execution is not moving on, or why nothing moves in or into that stage.

    Name one of the two. Raises ``LookupError`` for a stage or an execution that never was.
    """
    if (execution is None) == (stage is None):
        raise TypeError("name one thing: why(state, execution=2) or why(state, stage='Beta')")
    if stage is not None:
        found = _stage(state, stage)
    else:
        assert execution is not None
        found = _execution(state, execution)
    return found._replace(moves=tuple(move for move in found.moves if refusal(state, move) is None))


def _execution(state: State, number: int) -> Why:
    if not 1 <= number <= state.last:
        raise LookupError(f"there is no execution {number}; known are 1 to {state.last}")
    if state.deleted:
        return Why("The pipeline is deleted, so nothing moves.", "Undo brings it back.")
    x = state.execution(number)
    if x is None:
        return Why(f"Execution {number} has ended; there is nothing left for it to do here.")
    return _inside(state, x) if x.actions else _at_door(state, x)


def _stage(state: State, name: str) -> Why:
    if name not in state.pipeline.position:
        raise LookupError(f"there is no stage {name!r}; the stages are {', '.join(state.pipeline.position)}")
    if state.deleted:
        return Why("The pipeline is deleted, so nothing moves.", "Undo brings it back.")
    index = state.pipeline.position[name]
    stage = state.stages[index]
    for number in (stage.holder, *stage.inbound, stage.entered):
        x = state.execution(number)
        if x is not None and state.seat(x) == index:
            return _inside(state, x) if x.actions else _at_door(state, x)
    for x in reversed(state.executions):  # in PARALLEL mode nobody holds a stage
        if not state.locks(x) and state.stage_of(x).name == name:
            return _inside(state, x)
    if state.pipeline.mode == "PARALLEL":
        return Why(f"Nobody is in {name}. In PARALLEL mode executions never wait at a door.")
    if stage.door in (DISABLED, EXPIRED):
        return Why(
            f"{name} is empty and its transition is disabled: the next execution will wait at the door.",
            "Anyone allowed to enable transitions can open it.",
            (c.EnableTransition(name),),
        )
    return Why(f"{name} is empty and open: it waits for the next execution to arrive.")


def _at_door(state: State, x: Execution) -> Why:
    name = state.pipeline.stages[x.stage].name
    stage = state.stages[x.stage]
    waits = f"Execution {x.number} waits to enter {name} because"
    also = f" (and execution {stage.holder} is still inside)" if stage.holder else ""
    if stage.door == DISABLED:
        return Why(
            f"{waits} the transition is disabled{also}.",
            "Anyone allowed to enable transitions can open it.",
            (c.EnableTransition(name),),
        )
    if stage.door == EXPIRED:
        return Why(
            f"{waits} the transition has been disabled for more than 30 days{also}.",
            "Enable it and release a change: enabling alone resumes nothing any more.",
            (c.EnableTransition(name),),
        )
    if stage.door == STALE:
        return Why(
            f"{waits} the transition was disabled for more than 30 days before it was enabled{also}.",
            "Release a change: the next execution that arrives sets it going.",
            (c.StartExecution(),),
        )
    ahead = stage.inbound.index(x.number)
    if ahead:
        return Why(
            f"{waits} {_count(ahead, 'execution')} came before it in the queue.",
            f"{'It' if ahead == 1 else 'They'} must enter first.",
        )
    inside = state.execution(stage.holder)
    assert inside is not None, "an open, unlocked stage lets the first waiting execution in at once"
    reason = _inside(state, inside)
    return Why(
        f"{waits} execution {inside.number} is inside, and a stage holds one at a time.",
        *reason[1:],
    )


def _inside(state: State, x: Execution) -> Why:
    stage = state.stage_of(x)
    if state.outdated(x):
        return _outdated(state, x)
    if x.condition:
        return _judged(state, x)
    running = [a for a, status in zip(stage.actions, x.actions, strict=True) if status == IN_PROGRESS]
    approvals = [a for a in running if a.is_approval]
    if x.status == FAILED:
        return Why(
            f"Execution {x.number} failed in {stage.name}.",
            "Retry the stage while nobody else has entered it, or release a change that repairs it.",
            (c.RetryStage(x.number, stage.name), c.StartExecution()),
        )
    if x.status == STOPPED:
        return Why(
            f"Execution {x.number} was stopped in {stage.name}.",
            "Retry the stage while nobody else has entered it, or release a change.",
            (c.RetryStage(x.number, stage.name, c.ALL_ACTIONS), c.StartExecution()),
        )
    names = _list([a.name for a in running]) if running else "its rules"
    verb, aux = ("is", "has") if len(running) == 1 else ("are", "have")
    # One that failed beside those that still run can be retried at once (service reference:
    # RetryStageExecution).
    failed = [a.name for a, status in zip(stage.actions, x.actions, strict=True) if status == FAILED]
    also = f", and {_list(failed)} failed" if failed else ""
    again = (c.RetryStage(x.number, stage.name),) if failed else ()
    if x.status == STOPPING:
        return Why(
            f"Execution {x.number} is stopping: it waits for {names} in {stage.name} to end.",
            "Stop and abandon ends it at once.",
            (c.StopExecution(x.number, True),),
        )
    if approvals:
        first = approvals[0]
        return Why(
            f"Execution {x.number} waits in {stage.name} for an answer to "
            f"{_list([a.name for a in approvals])}{also}.",
            "A reviewer can approve or reject it.",
            tuple(
                c.PutApprovalResult(x.number, stage.name, first.name, answer, "Reviewed.")
                for answer in ("Approved", "Rejected")
            )
            + again,
        )
    return Why(
        f"Execution {x.number} is in {stage.name}: {names} {verb} running{also}.",
        f"It moves on when {names} {aux} ended.",
        tuple(c.FinishAction(x.number, stage.name, a.name) for a in running) + again,
    )


def _outdated(state: State, x: Execution) -> Why:
    """The pipeline was edited while it was inside."""
    name = state.stage_of(x).name
    if x.busy:
        return Why(
            f"The pipeline was edited while execution {x.number} was in {name}: what runs may finish, then it ends.",
            "Release a change: it takes the new definition.",
            (c.StopExecution(x.number, True), c.StartExecution()),
        )
    return Why(
        f"Execution {x.number} ended in {name} before the pipeline was edited, and cannot be retried since.",
        "Release a change: it takes the new definition.",
        (c.StartExecution(),),
    )


_WHEN = {
    BEFORE_ENTRY: "before its first action",
    ON_SUCCESS: "after its actions succeeded",
    ON_FAILURE: "after its failure",
}


def _judged(state: State, x: Execution) -> Why:
    """It waits for the rules of a stage condition, or has failed by them."""
    stage = state.stage_of(x)
    judging = [
        r.name for r, status in zip(stage.rules(x.condition), x.rules, strict=True) if status == IN_PROGRESS
    ]
    if x.status == FAILED:
        return Why(
            f"Execution {x.number} failed in {stage.name}, because its {x.condition} condition said "
            f"{stage.result(x.condition)}.",
            "Override the condition, retry the stage, or release a change, while nobody else has entered it.",
            (
                c.OverrideCondition(x.number, stage.name, x.condition),
                c.RetryStage(x.number, stage.name),
                c.StartExecution(),
            ),
        )
    if x.status == STOPPED:
        return Why(
            f"Execution {x.number} was stopped in {stage.name} while a condition was being judged.",
            "Retry the stage while nobody else has entered it, or release a change.",
            (c.RetryStage(x.number, stage.name, c.ALL_ACTIONS), c.StartExecution()),
        )
    verb = "is" if len(judging) == 1 else "are"
    stopping = " and is stopping" if x.status == STOPPING else ""
    return Why(
        f"Execution {x.number} is in {stage.name}{stopping}: {_list(judging)} {verb} being judged "
        f"{_WHEN[x.condition]}.",
        "It moves on when every rule has been judged.",
        tuple(c.FinishRule(x.number, stage.name, rule, met) for rule in judging for met in (True, False))
        if not stopping
        else (c.StopExecution(x.number, True),),
    )


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" + ("" if number == 1 else "s")


def _list(names: list[str]) -> str:
    return names[0] if len(names) == 1 else ", ".join(names[:-1]) + " and " + names[-1]
