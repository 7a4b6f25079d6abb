"""Progression: how an execution arrives at a stage, enters it, runs its actions, and moves on, fails, or is cancelled.

The rules, and their numbers in the comments, are those of the user guide, "How pipeline executions work". The rules of
stage conditions run before the first action, after the last, and after a failure; a rollback skips them (user guide,
"Stage conditions").
"""

from __future__ import annotations

from cp_teach.engine.model import condition_words
from cp_teach.engine.model import events as e
from cp_teach.engine.model.state import (
    BEFORE_ENTRY,
    DID_NOT_RUN,
    ENABLED,
    FAILED,
    IN_PROGRESS,
    ON_FAILURE,
    ON_SUCCESS,
    PARALLEL,
    ROLLBACK,
    STANDARD,
    STOPPING,
    SUCCEEDED,
    Execution,
    State,
)
from cp_teach.engine.rules.reducer import FOLD
from cp_teach.engine.rules.validate_start import CONCURRENT_ACTIONS


class StepContext:
    """One step in progress. Inside it, only ``emit`` changes the state."""

    __slots__ = ("events", "state")

    def __init__(self, state: State) -> None:
        self.state = state
        self.events: list[e.Event] = []

    def emit(self, event: e.Event) -> None:
        """Add the event and apply it to the state."""
        self.events.append(event)
        self.state = FOLD[type(event)](self.state, event)  # as ``evolve`` does, without one more call

    def execution(self, number: int) -> Execution:
        """The execution of that number, which must exist."""
        execution = self.state.execution(number)
        assert execution is not None, "validation has found it"
        return execution


def arrive(context: StepContext, number: int, index: int) -> None:
    """Let an execution enter a stage, or wait as its inbound execution (rules 1 to 3)."""
    state = context.state
    if not state.locks(context.execution(number)):
        enter(context, number, index)
        return
    stage = state.stages[index]
    if stage.transition == ENABLED and not stage.holder and not stage.inbound:
        enter(context, number, index)
        return
    name = state.pipeline.stages[index].name
    if state.pipeline.mode == "SUPERSEDED":
        for waiting in stage.inbound:
            context.emit(e.ExecutionSuperseded(waiting, number, name))
    context.emit(e.ExecutionWaiting(number, name))
    admit(context, index)  # an arrival resumes executions that wait since the transition expired


def admit(context: StepContext, index: int) -> None:
    """After a stage was unlocked or its transition enabled: the execution that has waited longest enters."""
    if index < 0:
        return  # an edit removed the stage
    stage = context.state.stages[index]
    if stage.inbound and stage.transition == ENABLED and not stage.holder:
        enter(context, stage.inbound[0], index)


def enter(context: StepContext, number: int, index: int) -> None:
    """Lock the stage, and start its first actions unless a beforeEntry condition must be met first."""
    own = context.state.definition_of(context.execution(number))
    context.emit(e.ExecutionEntered(number, own.stages[index].name, own.locks_stages))
    if not start_rules(context, number, BEFORE_ENTRY):
        start_actions(context, number)


def start_actions(context: StepContext, number: int) -> None:
    """Start all actions of the next run-order group."""
    execution = context.execution(number)
    stage, actions = context.state.stage_of(execution), execution.actions
    for group in stage.groups:
        waiting = [at for at in group if actions[at] == DID_NOT_RUN]
        if waiting:
            break
    if not context.state.locks(execution):  # quota: five actions of one PARALLEL execution run at a time
        waiting = waiting[: CONCURRENT_ACTIONS - actions.count(IN_PROGRESS)]
    for at in waiting:
        context.emit(e.ActionStarted(number, stage.name, stage.actions[at].name))


def settle(context: StepContext, number: int) -> None:
    """After an action or a rule of this execution has ended: do what follows for its stage (section "Actions")."""
    execution = context.execution(number)
    if execution.busy:  # the other actions of a parallel group may finish even if one has failed
        _start_next_parallel(context, execution)
    elif execution.status == STOPPING:
        context.emit(e.ExecutionStopped(number, context.state.stage_of(execution).name, ""))
        admit(context, context.state.current_index(execution))
    elif context.state.outdated(execution):
        cancel(context, number)
        admit(context, context.state.current_index(execution))
    elif execution.condition:
        _apply_condition(context, execution)
    elif FAILED in execution.actions:
        if not start_rules(context, number, ON_FAILURE):
            fail(context, number)
    elif DID_NOT_RUN in execution.actions:
        start_actions(context, number)
    elif not start_rules(context, number, ON_SUCCESS):
        succeed(context, number)


def _start_next_parallel(context: StepContext, execution: Execution) -> None:
    """In PARALLEL mode, start the next action of the group when the quota has room again."""
    if (
        execution.rules
        or execution.status == STOPPING
        or FAILED in execution.actions
        or context.state.locks(execution)
    ):
        return
    for group in context.state.stage_of(execution).groups:
        statuses = [execution.actions[at] for at in group]
        if IN_PROGRESS in statuses and DID_NOT_RUN in statuses:
            start_actions(context, execution.number)


def succeed(context: StepContext, number: int) -> None:
    """The stage has succeeded: unlock it and move the execution on."""
    execution = context.execution(number)
    context.emit(
        e.StageSucceeded(number, context.state.stage_of(execution).name, context.state.locks(execution))
    )
    move_on(context, execution)


def move_on(context: StepContext, execution: Execution) -> None:
    """Move an execution to the next stage, or end it after the last. A rollback ends in its stage."""
    if execution.kind == ROLLBACK:
        context.emit(e.ExecutionSucceeded(execution.number, context.state.stage_of(execution).name))
    elif execution.stage + 1 < len(context.state.definition_of(execution).stages):
        arrive(context, execution.number, execution.stage + 1)
    else:
        context.emit(e.ExecutionSucceeded(execution.number))
    if context.state.locks(execution):
        admit(context, execution.stage)


def fail(context: StepContext, number: int, result: str = "", reason: str = "") -> None:
    """Fail the stage and the execution, then apply its onFailure: an automatic retry, a rollback, or nothing.

    ``result`` is the result of a stage condition. A rollback that fails is neither retried nor rolled back.
    """
    execution = context.execution(number)
    stage = context.state.stage_of(execution)
    context.emit(e.ExecutionFailed(number, stage.name, reason, context.state.locks(execution)))
    on_failure = stage.on_failure
    if not result and not reason and on_failure is not None and execution.kind == STANDARD:
        result = on_failure.result or ""
    if result == "RETRY" and not execution.retried:
        rerun(context, number, (on_failure and on_failure.retry_mode) or "FAILED_ACTIONS", automatic=True)
        return
    targets = () if execution.pipeline is not None else context.state.stages[execution.stage].targets
    if result == "ROLLBACK" and targets and can_roll_back(context, execution.stage):
        roll_back(context, execution.stage, targets[-1], "AutomatedRollback")
    elif context.state.locks(execution):
        admit(context, execution.stage)


def can_roll_back(context: StepContext, index: int) -> bool:
    """Whether a stage that fails can be rolled back automatically; the source stage cannot (user guide)."""
    pipeline, readings = context.state.pipeline, context.state.readings
    return index > 0 and (readings.parallel_rollback == "allowed" or pipeline.mode != PARALLEL)


def rerun(context: StepContext, number: int, mode: str, *, automatic: bool = False) -> None:
    """Run the failed actions of a stage again, or all its actions."""
    execution = context.execution(number)
    failed_by = execution.condition
    context.emit(e.StageRetried(number, context.state.stage_of(execution).name, mode, automatic))
    execution = context.execution(number)
    if mode == "ALL_ACTIONS" or failed_by == BEFORE_ENTRY:
        if not start_rules(context, number, BEFORE_ENTRY):
            start_actions(context, number)
    elif DID_NOT_RUN in execution.actions:
        start_actions(context, number)
    else:
        start_rules(context, number, ON_SUCCESS)


def roll_back(context: StepContext, index: int, target: int, trigger: str) -> None:
    """Start an execution that runs in this stage alone and ignores its transition (user guide: "Rolling back a
    stage")."""
    number = context.state.newest + 1
    name = context.state.pipeline.stages[index].name
    context.emit(e.ExecutionStarted(number, (), trigger, kind=ROLLBACK, stage=name, target=target))
    enter(context, number, index)


def cancel(context: StepContext, number: int) -> None:
    """End an execution that an edit of the pipeline affects, once nothing of it runs."""
    name = context.state.stage_of(context.execution(number)).name
    if context.state.readings.edited == "Failed":
        context.emit(e.ExecutionFailed(number, name, "The pipeline was edited."))
    else:
        context.emit(e.ExecutionCancelled(number, name))


# -- stage conditions ------------------------------------------------------------------------------
def start_rules(context: StepContext, number: int, condition: str) -> bool:
    """Start the rules of that condition, if the stage has any; True if the execution now waits for them."""
    execution = context.execution(number)
    stage = context.state.stage_of(execution)
    if not stage.has_conditions or execution.kind == ROLLBACK:
        return False
    rules = stage.rules(condition)
    for rule in rules:
        context.emit(e.RuleStarted(number, stage.name, condition, rule.name))
    return bool(rules)


def condition_result(state: State, execution: Execution) -> str:
    """The result of the condition whose rules have all ended: FAIL, SKIP, ROLLBACK, or "" if the execution passes.

    A condition is met if all of its rules succeed; a rule that errors or times out is not met.
    """
    met = all(status == SUCCEEDED for status in execution.rules)
    applies_when = {BEFORE_ENTRY: "not met", ON_SUCCESS: state.readings.on_success}.get(
        execution.condition, state.readings.on_failure
    )
    if met != (applies_when == "met"):
        return ""
    return state.stage_of(execution).result(execution.condition)


def _apply_condition(context: StepContext, execution: Execution) -> None:
    """Apply the result of a condition whose rules have all ended."""
    number, name = execution.number, context.state.stage_of(execution).name
    condition, result = execution.condition, condition_result(context.state, execution)
    if condition == ON_FAILURE:
        met = all(status == SUCCEEDED for status in execution.rules)
        context.emit(e.ConditionEnded(number, name, condition, SUCCEEDED if met else FAILED))
        fail(context, number, result or "FAIL")
        return
    context.emit(e.ConditionEnded(number, name, condition, FAILED if result else SUCCEEDED))
    if result == "SKIP":
        context.emit(e.StageSkipped(number, name))
        move_on(context, execution)
    elif result:
        met = all(status == SUCCEEDED for status in execution.rules)
        fail(context, number, result, condition_words.condition_result(condition, result, met=met))
    elif condition == BEFORE_ENTRY:
        start_actions(context, number)
    else:
        succeed(context, number)
