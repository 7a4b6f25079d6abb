"""Blocked reasons: why an execution or a stage does not move, in one sentence, and which commands unblock it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple

from cp_teach.engine.model import commands as c
from cp_teach.engine.model.events import condition_result
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
    SUCCEEDED,
    Execution,
    State,
)
from cp_teach.engine.rules.step import refusal
from cp_teach.pipeline import Action, Rule


class Why(NamedTuple):
    """One reason: a sentence, who can change it, and the commands that would.

    Each of ``moves`` is allowed now and removes this reason; a ``StartExecution`` among them starts another execution
    instead.
    """

    sentence: str
    who: str = ""
    moves: tuple[c.Command, ...] = ()

    def __str__(self) -> str:
        return f"{self.sentence} {self.who}".strip()

    def __repr__(self) -> str:
        return str(self)


def why(state: State, *, execution: int | None = None, stage: str | None = None) -> Why:
    """Why that execution does not move on, or why nothing moves in or into that stage; give one of the two.

    Raises ``LookupError`` for an unknown stage or execution.
    """
    if (execution is None) == (stage is None):
        raise TypeError("give an execution or a stage: why(state, execution=2) or why(state, stage='Beta')")
    if stage is not None:
        reason = _of_stage(state, stage)
    else:
        assert execution is not None
        reason = _of_execution(state, execution)
    return reason._replace(moves=tuple(move for move in reason.moves if refusal(state, move) is None))


def _of_execution(state: State, number: int) -> Why:
    if not 1 <= number <= state.newest:
        raise LookupError(f"there is no execution {number}; the executions are 1 to {state.newest}")
    if state.deleted:
        return Why("The pipeline is deleted, so nothing moves.", "Undo restores it.")
    execution = state.execution(number)
    if execution is None:
        return Why(f"Execution {number} has ended; there is nothing left for it to do here.")
    return _of(state, execution)


def _of(state: State, execution: Execution) -> Why:
    return _in_stage(state, execution) if execution.actions else _inbound(state, execution)


def _of_stage(state: State, name: str) -> Why:
    if name not in state.pipeline.stage_indices:
        raise LookupError(
            f"there is no stage {name!r}; the stages are {', '.join(state.pipeline.stage_indices)}"
        )
    if state.deleted:
        return Why("The pipeline is deleted, so nothing moves.", "Undo restores it.")
    index = state.pipeline.stage_indices[name]
    stage = state.stages[index]
    for number in (stage.holder, *stage.inbound, stage.entered):
        execution = state.execution(number)
        if execution is not None and state.current_index(execution) == index:
            return _of(state, execution)
    for execution in reversed(state.executions):  # in PARALLEL mode no execution locks a stage
        if not state.locks(execution) and state.stage_of(execution).name == name:
            return _in_stage(state, execution)
    if state.pipeline.mode == "PARALLEL":
        return Why(f"No execution is in {name}. In PARALLEL mode executions never wait to enter a stage.")
    if stage.transition in (DISABLED, EXPIRED):
        return Why(
            f"No execution is in {name}, and its transition is disabled: the next execution will wait to enter.",
            "Anyone allowed to enable transitions can enable it.",
            (c.EnableTransition(name),),
        )
    return Why(
        f"No execution is in {name}, and its transition is enabled: the next execution enters at once."
    )


_CLOSED: dict[str, tuple[str, str, Callable[[str], c.Command]]] = {
    DISABLED: (
        "the transition is disabled",
        "Anyone allowed to enable transitions can enable it.",
        c.EnableTransition,
    ),
    EXPIRED: (
        "the transition has been disabled for more than 30 days",
        "Enable it and release a change: enabling alone resumes nothing any more.",
        c.EnableTransition,
    ),
    STALE: (
        "the transition was disabled for more than 30 days before it was enabled",
        "Release a change: the next execution that arrives sets it going.",
        lambda stage: c.StartExecution(),
    ),
}
"""Value of a transition that admits nothing -> why an execution waits, who can change it, and by which command."""


def _inbound(state: State, execution: Execution) -> Why:
    name = state.pipeline.stages[execution.stage].name
    stage = state.stages[execution.stage]
    waits = f"Execution {execution.number} waits to enter {name} because"
    also = f" (and execution {stage.holder} is still in the stage)" if stage.holder else ""
    if stage.transition in _CLOSED:
        because, who, move = _CLOSED[stage.transition]
        return Why(f"{waits} {because}{also}.", who, (move(name),))
    ahead = stage.inbound.index(execution.number)
    if ahead:
        return Why(
            f"{waits} {ahead} {'execution' if ahead == 1 else 'executions'} came before it in the queue.",
            f"{'It' if ahead == 1 else 'They'} must enter first.",
        )
    inside = state.execution(stage.holder)
    assert inside is not None, "an open, unlocked stage lets the first waiting execution in at once"
    reason = _in_stage(state, inside)
    return Why(
        f"{waits} execution {inside.number} is in the stage, and a stage holds one at a time.", *reason[1:]
    )


def _in_stage(state: State, execution: Execution) -> Why:
    stage = state.stage_of(execution)
    if state.outdated(execution):
        return _outdated(state, execution)
    if execution.condition:
        return _condition(state, execution)
    label, name, target = f"Execution {execution.number}", stage.name, (execution.number, stage.name)
    if execution.status == FAILED:
        return Why(
            f"{label} failed in {name}.",
            "Retry the stage while no other execution has entered it, or release a change that repairs it.",
            (c.RetryStage(*target), c.StartExecution()),
        )
    if execution.status == STOPPED:
        return Why(
            f"{label} was stopped in {name}.",
            "Retry the stage while no other execution has entered it, or release a change.",
            (c.RetryStage(*target, c.ALL_ACTIONS), c.StartExecution()),
        )
    running = _names(stage.actions, execution.actions, IN_PROGRESS)
    names = _list(running) if running else "its rules"
    verb, auxiliary = ("is", "has") if len(running) == 1 else ("are", "have")
    # A failed action can be retried while others still run (service reference: RetryStageExecution).
    failed = _names(stage.actions, execution.actions, FAILED)
    also = f", and {_list(failed)} failed" if failed else ""
    retry = (c.RetryStage(*target),) if failed else ()
    if execution.status == STOPPING:
        return Why(
            f"{label} is stopping: it waits for {names} in {name} to end.",
            "Stop and abandon ends it at once.",
            (c.StopExecution(execution.number, True),),
        )
    if approvals := [action for action in running if stage[action].is_approval]:
        answers = ("Approved", "Rejected")
        return Why(
            f"{label} waits in {name} for an answer to {_list(approvals)}{also}.",
            "A reviewer can approve or reject it.",
            tuple(c.PutApprovalResult(*target, approvals[0], answer, "Reviewed.") for answer in answers)
            + retry,
        )
    return Why(
        f"{label} is in {name}: {names} {verb} running{also}.",
        f"It moves on when {names} {auxiliary} ended.",
        tuple(c.FinishAction(*target, action) for action in running) + retry,
    )


def _names(subjects: Iterable[Action | Rule], statuses: tuple[str, ...], status: str) -> list[str]:
    """The names of the actions, or of the rules, with that status."""
    return [subject.name for subject, each in zip(subjects, statuses, strict=True) if each == status]


def _outdated(state: State, execution: Execution) -> Why:
    """The pipeline was edited while the execution was in the stage."""
    name = state.stage_of(execution).name
    if execution.busy:
        return Why(
            f"The pipeline was edited while execution {execution.number} was in {name}: what runs may finish, then it "
            "ends.",
            "Release a change: it takes the new definition.",
            (c.StopExecution(execution.number, True), c.StartExecution()),
        )
    return Why(
        f"Execution {execution.number} ended in {name} before the pipeline was edited, and cannot be retried since.",
        "Release a change: it takes the new definition.",
        (c.StartExecution(),),
    )


_WHEN = {
    BEFORE_ENTRY: "before its first action",
    ON_SUCCESS: "after its actions succeeded",
    ON_FAILURE: "after its failure",
}


def _condition(state: State, execution: Execution) -> Why:
    """The execution waits for the rules of a stage condition, or has failed by them."""
    stage = state.stage_of(execution)
    target = (execution.number, stage.name)
    judging = _names(stage.rules(execution.condition), execution.rules, IN_PROGRESS)
    if execution.status == FAILED:
        met = all(status == SUCCEEDED for status in execution.rules)
        result = condition_result(execution.condition, stage.result(execution.condition), met=met)
        return Why(
            f"Execution {execution.number} failed in {stage.name}, because {result}.",
            "Override the condition, retry the stage, or release a change, while no other execution has entered it.",
            (
                c.OverrideCondition(*target, execution.condition),
                c.RetryStage(*target),
                c.StartExecution(),
            ),
        )
    if execution.status == STOPPED:
        return Why(
            f"Execution {execution.number} was stopped in {stage.name} while a condition was in progress.",
            "Retry the stage while no other execution has entered it, or release a change.",
            (c.RetryStage(*target, c.ALL_ACTIONS), c.StartExecution()),
        )
    verb = "is" if len(judging) == 1 else "are"
    stopping = execution.status == STOPPING
    moves: tuple[c.Command, ...] = tuple(
        c.FinishRule(*target, rule, met) for rule in judging for met in (True, False)
    )
    return Why(
        f"Execution {execution.number} is in {stage.name}{' and is stopping' if stopping else ''}: {_list(judging)} "
        f"{verb} in progress {_WHEN[execution.condition]}.",
        "It moves on when every rule has ended.",
        (c.StopExecution(execution.number, True),) if stopping else moves,
    )


def _list(names: list[str]) -> str:
    return names[0] if len(names) == 1 else ", ".join(names[:-1]) + " and " + names[-1]
