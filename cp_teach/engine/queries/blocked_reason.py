"""Blocked reasons: why an execution or a stage does not move, in one sentence, and which commands unblock it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple

from cp_teach.engine.model import commands as c
from cp_teach.engine.model.condition_words import condition_result
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
from cp_teach.translation import message


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
        return Why(message("The pipeline is deleted, so nothing moves."), message("Undo restores it."))
    execution = state.execution(number)
    if execution is None:
        return Why(
            message("Execution {number} has ended; there is nothing left for it to do here.", number=number)
        )
    return _of(state, execution)


def _of(state: State, execution: Execution) -> Why:
    return _in_stage(state, execution) if execution.actions else _inbound(state, execution)


def _of_stage(state: State, name: str) -> Why:
    if name not in state.pipeline.stage_indices:
        raise LookupError(
            f"there is no stage {name!r}; the stages are {', '.join(state.pipeline.stage_indices)}"
        )
    if state.deleted:
        return Why(message("The pipeline is deleted, so nothing moves."), message("Undo restores it."))
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
        return Why(
            message(
                "No execution is in {name}. In PARALLEL mode executions never wait to enter a stage.",
                name=name,
            )
        )
    if stage.transition in (DISABLED, EXPIRED):
        return Why(
            message(
                "No execution is in {name}, and its transition is disabled: the next execution will wait to enter.",
                name=name,
            ),
            message("Anyone allowed to enable transitions can enable it."),
            (c.EnableTransition(name),),
        )
    return Why(
        message(
            "No execution is in {name}, and its transition is enabled: the next execution enters at once.",
            name=name,
        )
    )


_CLOSED: dict[str, tuple[str, str, Callable[[str], c.Command]]] = {
    DISABLED: (
        message("the transition is disabled"),
        message("Anyone allowed to enable transitions can enable it."),
        c.EnableTransition,
    ),
    EXPIRED: (
        message("the transition has been disabled for more than 30 days"),
        message("Enable it and release a change: enabling alone resumes nothing any more."),
        c.EnableTransition,
    ),
    STALE: (
        message("the transition was disabled for more than 30 days before it was enabled"),
        message("Release a change: the next execution that arrives sets it going."),
        lambda stage: c.StartExecution(),
    ),
}
"""Value of a transition that admits nothing -> why an execution waits, who can change it, and by which command."""


def _inbound(state: State, execution: Execution) -> Why:
    name = state.pipeline.stages[execution.stage].name
    stage = state.stages[execution.stage]
    waits = message("Execution {number} waits to enter {name} because", number=execution.number, name=name)
    also = (
        message(" (and execution {holder} is still in the stage)", holder=stage.holder)
        if stage.holder
        else ""
    )
    if stage.transition in _CLOSED:
        because, who, move = _CLOSED[stage.transition]
        return Why(
            message("{waits} {because}{also}.", waits=waits, because=because, also=also), who, (move(name),)
        )
    ahead = stage.inbound.index(execution.number)
    if ahead:
        return Why(
            message("{waits} one execution came before it in the queue.", waits=waits)
            if ahead == 1
            else message("{waits} {ahead} executions came before it in the queue.", waits=waits, ahead=ahead),
            message("It must enter first.") if ahead == 1 else message("They must enter first."),
        )
    inside = state.execution(stage.holder)
    assert inside is not None, "an open, unlocked stage lets the first waiting execution in at once"
    reason = _in_stage(state, inside)
    return Why(
        message(
            "{waits} execution {number} is in the stage, and a stage holds one at a time.",
            waits=waits,
            number=inside.number,
        ),
        *reason[1:],
    )


def _in_stage(state: State, execution: Execution) -> Why:
    stage = state.stage_of(execution)
    if state.outdated(execution):
        return _outdated(state, execution)
    if execution.condition:
        return _condition(state, execution)
    label, name = message("Execution {number}", number=execution.number), stage.name
    target = (execution.number, stage.name)
    if execution.status == FAILED:
        return Why(
            message("{label} failed in {name}.", label=label, name=name),
            message(
                "Retry the stage while no other execution has entered it, or release a change that repairs it."
            ),
            (c.RetryStage(*target), c.StartExecution()),
        )
    if execution.status == STOPPED:
        return Why(
            message("{label} was stopped in {name}.", label=label, name=name),
            message("Retry the stage while no other execution has entered it, or release a change."),
            (c.RetryStage(*target, c.ALL_ACTIONS), c.StartExecution()),
        )
    running = _names(stage.actions, execution.actions, IN_PROGRESS)
    names = _list(running) if running else message("its rules")
    single = len(running) == 1
    # A failed action can be retried while others still run (service reference: RetryStageExecution).
    failed = _names(stage.actions, execution.actions, FAILED)
    also = message(", and {failed} failed", failed=_list(failed)) if failed else ""
    retry = (c.RetryStage(*target),) if failed else ()
    running_values = {"label": label, "name": name, "names": names, "also": also}
    if execution.status == STOPPING:
        return Why(
            message(
                "{label} is stopping: it waits for {names} in {name} to end.",
                label=label,
                names=names,
                name=name,
            ),
            message("Stop and abandon ends it at once."),
            (c.StopExecution(execution.number, True),),
        )
    if approvals := [action for action in running if stage[action].is_approval]:
        answers = ("Approved", "Rejected")
        return Why(
            message(
                "{label} waits in {name} for an answer to {approvals}{also}.",
                label=label,
                name=name,
                approvals=_list(approvals),
                also=also,
            ),
            message("A reviewer can approve or reject it."),
            tuple(c.PutApprovalResult(*target, approvals[0], answer, "Reviewed.") for answer in answers)
            + retry,
        )
    return Why(
        message("{label} is in {name}: {names} is running{also}.", **running_values)
        if single
        else message("{label} is in {name}: {names} are running{also}.", **running_values),
        message("It moves on when {names} has ended.", names=names)
        if single
        else message("It moves on when {names} have ended.", names=names),
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
            message(
                "The pipeline was edited while execution {number} was in {name}: what runs may finish, then it ends.",
                number=execution.number,
                name=name,
            ),
            message("Release a change: it takes the new definition."),
            (c.StopExecution(execution.number, True), c.StartExecution()),
        )
    return Why(
        message(
            "Execution {number} ended in {name} before the pipeline was edited, and cannot be retried since.",
            number=execution.number,
            name=name,
        ),
        message("Release a change: it takes the new definition."),
        (c.StartExecution(),),
    )


_WHEN = {
    BEFORE_ENTRY: message("before its first action"),
    ON_SUCCESS: message("after its actions succeeded"),
    ON_FAILURE: message("after its failure"),
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
            message(
                "Execution {number} failed in {stage}, because {result}.",
                number=execution.number,
                stage=stage.name,
                result=result,
            ),
            message(
                "Override the condition, retry the stage, or release a change, while no other execution has entered it."
            ),
            (
                c.OverrideCondition(*target, execution.condition),
                c.RetryStage(*target),
                c.StartExecution(),
            ),
        )
    if execution.status == STOPPED:
        return Why(
            message(
                "Execution {number} was stopped in {stage} while a condition was in progress.",
                number=execution.number,
                stage=stage.name,
            ),
            message("Retry the stage while no other execution has entered it, or release a change."),
            (c.RetryStage(*target, c.ALL_ACTIONS), c.StartExecution()),
        )
    stopping = execution.status == STOPPING
    values = {
        "number": execution.number,
        "stage": stage.name,
        "stopping": message(" and is stopping") if stopping else "",
        "rules": _list(judging),
        "when": _WHEN[execution.condition],
    }
    moves: tuple[c.Command, ...] = tuple(
        c.FinishRule(*target, rule, met) for rule in judging for met in (True, False)
    )
    return Why(
        message("Execution {number} is in {stage}{stopping}: {rules} is in progress {when}.", **values)
        if len(judging) == 1
        else message("Execution {number} is in {stage}{stopping}: {rules} are in progress {when}.", **values),
        message("It moves on when every rule has ended."),
        (c.StopExecution(execution.number, True),) if stopping else moves,
    )


def _list(names: list[str]) -> str:
    if len(names) == 1:
        return names[0]
    return message("{names} and {last}", names=", ".join(names[:-1]), last=names[-1])
