"""The reducer: for each kind of event, the function that returns the state after it. Nothing else changes a state.

A study or an exploration applies millions of events, so records are built by position with ``tuple.__new__``, which
takes a third of the time of ``_replace``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from cp_teach.engine.model import events as e
from cp_teach.engine.model.state import (
    ABANDONED,
    DID_NOT_RUN,
    DISABLED,
    ENABLED,
    EXPIRED,
    FAILED,
    FRESH,
    IN_PROGRESS,
    ON_FAILURE,
    STALE,
    STANDARD,
    STOPPED,
    STOPPING,
    SUCCEEDED,
    TARGETS,
    Execution,
    StageState,
    State,
)

_new = tuple.__new__


def evolve(state: State, event: e.Event) -> State:
    """The state after one more event."""
    return FOLD[type(event)](state, event)


# -- a state with one stage or one execution replaced ----------------------------------------------
def _with(
    state: State, stages: tuple[StageState, ...] | None, executions: tuple[Execution, ...] | None
) -> State:
    pipeline, last, old_stages, old_executions, deleted, before, readings = state
    if stages is None:
        stages = old_stages
    if executions is None:
        executions = old_executions
    return _new(State, (pipeline, last, stages, executions, deleted, before, readings))


def _replace_stage(state: State, index: int, stage: StageState) -> tuple[StageState, ...]:
    stages = state.stages
    return (*stages[:index], stage, *stages[index + 1 :])


def _replace_execution(state: State, changed: Execution) -> tuple[Execution, ...]:
    return tuple([changed if each.number == changed.number else each for each in state.executions])


def _remove_execution(state: State, number: int) -> tuple[Execution, ...]:
    return tuple([execution for execution in state.executions if execution.number != number])


def _find(state: State, number: int) -> Execution:
    for execution in state.executions:
        if execution.number == number:
            return execution
    raise LookupError(f"execution {number} is not in this state; the event is not from this journal")


def _update(state: State, execution: Execution, **fields: Any) -> State:
    return _with(state, None, _replace_execution(state, execution._replace(**fields)))


# -- starting, waiting, entering -------------------------------------------------------------------
def _started(state: State, event: e.ExecutionStarted) -> State:
    index = state.pipeline.stage_indices[event.stage] if event.stage else 0
    number = event.execution
    started = _new(Execution, (number, IN_PROGRESS, index, (), event.kind, "", (), False, None))
    pipeline, _, stages, executions, deleted, before, readings = state
    return _new(State, (pipeline, number, stages, (*executions, started), deleted, before, readings))


def _waiting(state: State, event: e.ExecutionWaiting) -> State:
    index = state.pipeline.stage_indices[event.stage]
    door, inbound, holder, entered, succeeded, targets = state.stages[index]
    if door == STALE:  # an arrival makes an expired transition that was enabled again an ordinary one
        door = ENABLED
    stage = _new(StageState, (door, (*inbound, event.execution), holder, entered, succeeded, targets))
    waiting = _new(Execution, (event.execution, IN_PROGRESS, index, (), STANDARD, "", (), False, None))
    return _with(state, _replace_stage(state, index, stage), _replace_execution(state, waiting))


def _remove_waiting(state: State, execution: Execution) -> State:
    """Remove an execution that ends while it waits to enter a stage, or before it arrives at one."""
    index, number = state.current_index(execution), execution.number
    if index < 0:
        return _with(state, None, _remove_execution(state, number))
    door, inbound, holder, entered, succeeded, targets = state.stages[index]
    inbound = tuple([n for n in inbound if n != number])
    if door == STALE and not inbound:
        door = ENABLED
    stage = _new(StageState, (door, inbound, holder, entered, succeeded, targets))
    return _with(state, _replace_stage(state, index, stage), _remove_execution(state, number))


def _entered(state: State, event: e.ExecutionEntered) -> State:
    number = event.execution
    execution = _find(state, number)
    own = state.definition_of(execution)
    index = own.stage_indices[event.stage]
    actions = (DID_NOT_RUN,) * len(own.stages[index].actions)
    kind, pipeline = execution.kind, execution.pipeline
    inside = _new(Execution, (number, IN_PROGRESS, index, actions, kind, "", (), False, pipeline))
    if not state.locks(execution):
        return _with(state, None, _replace_execution(state, inside))
    door, inbound, _, before, succeeded, targets = state.stages[index]
    if inbound:
        inbound = tuple([n for n in inbound if n != number])
    stage = _new(StageState, (door, inbound, number, number, succeeded, targets))
    # The execution that failed or stopped in this stage can no longer be retried, so it leaves the state.
    executions = tuple(
        [
            inside if each.number == number else each
            for each in state.executions
            if each.number != before or before == number or state.current_index(each) != index
        ]
    )
    return _with(state, _replace_stage(state, index, stage), executions)


# -- actions and rules -----------------------------------------------------------------------------
def _set_action(state: State, event: Any, status: str) -> State:
    execution = _find(state, event.execution)
    number, word, index, actions, kind, condition, rules, retried, pipeline = execution
    at = state.stage_of(execution).action_indices[event.action]
    actions = (*actions[:at], status, *actions[at + 1 :])
    changed = _new(Execution, (number, word, index, actions, kind, condition, rules, retried, pipeline))
    return _with(state, None, _replace_execution(state, changed))


def _rule_started(state: State, event: e.RuleStarted) -> State:
    execution = _find(state, event.execution)
    return _update(state, execution, condition=event.condition, rules=(*execution.rules, IN_PROGRESS))


def _set_rule(state: State, event: Any, status: str) -> State:
    execution = _find(state, event.execution)
    names = [rule.name for rule in state.stage_of(execution).rules(execution.condition)]
    at = names.index(event.rule)
    return _update(state, execution, rules=(*execution.rules[:at], status, *execution.rules[at + 1 :]))


def _condition_ended(state: State, event: e.ConditionEnded) -> State:
    execution = _find(state, event.execution)
    if event.status == FAILED and event.condition != ON_FAILURE:
        return state  # it can be overridden, so the condition stays
    if event.status != "Overridden":
        return _update(state, execution, condition="", rules=())
    after = _update(state, execution, status=IN_PROGRESS, condition="", rules=())
    return _set_holder(after, execution, execution.number)


# -- ends ------------------------------------------------------------------------------------------
def _set_holder(state: State, execution: Execution, holder: int) -> State:
    """Lock the stage of this execution for ``holder``, or (0) unlock it, if the stage still exists and has a lock."""
    index = state.current_index(execution)
    if (
        index < 0
        or not state.locks(execution)
        or (not holder and state.stages[index].holder != execution.number)
    ):
        return state
    door, inbound, _, entered, succeeded, targets = state.stages[index]
    stage = _new(StageState, (door, inbound, holder, entered, succeeded, targets))
    return _with(state, _replace_stage(state, index, stage), None)


def _stage_succeeded(state: State, event: e.StageSucceeded) -> State:
    execution = _find(state, event.execution)
    index, number = state.current_index(execution), execution.number
    if index < 0:
        return state
    door, inbound, holder, entered, _, targets = state.stages[index]
    if (
        execution.kind == STANDARD and execution.pipeline is None and state.pipeline.type == "V2"
    ):  # V1 cannot roll back
        targets = (*targets[1 - TARGETS :], number)
    stage = _new(StageState, (door, inbound, 0 if holder == number else holder, entered, number, targets))
    return _with(state, _replace_stage(state, index, stage), None)


def _stage_skipped(state: State, event: e.StageSkipped) -> State:
    execution = _find(state, event.execution)
    return _set_holder(_update(state, execution, condition="", rules=()), execution, 0)


def _end_inside(state: State, execution: Execution, status: str) -> State:
    number, _, index, actions, kind, condition, rules, retried, pipeline = execution
    ended = _new(Execution, (number, status, index, actions, kind, condition, rules, retried, pipeline))
    return _set_holder(_with(state, None, _replace_execution(state, ended)), execution, 0)


def _execution_failed(state: State, event: e.ExecutionFailed) -> State:
    execution = _find(state, event.execution)
    return _end_inside(state, execution, FAILED) if execution.actions else _remove_waiting(state, execution)


def _execution_stopped(state: State, event: e.ExecutionStopped) -> State:
    execution = _find(state, event.execution)
    return _end_inside(state, execution, STOPPED) if execution.actions else _remove_waiting(state, execution)


def _execution_cancelled(state: State, event: e.ExecutionCancelled) -> State:
    execution = _find(state, event.execution)
    return _remove_waiting(_set_holder(state, execution, 0), execution)


def _stage_retried(state: State, event: e.StageRetried) -> State:
    number, _, index, actions, kind, _, _, retried, pipeline = execution = _find(state, event.execution)
    if event.mode == "ALL_ACTIONS":
        actions = (DID_NOT_RUN,) * len(actions)
    else:
        actions = tuple([DID_NOT_RUN if status in (FAILED, ABANDONED) else status for status in actions])
    again = _new(
        Execution, (number, IN_PROGRESS, index, actions, kind, "", (), retried or event.automatic, pipeline)
    )
    return _set_holder(_with(state, None, _replace_execution(state, again)), execution, number)


# -- transitions -----------------------------------------------------------------------------------
def _set_door(state: State, index: int, door: str) -> State:
    stage = _new(StageState, (door, *state.stages[index][1:]))
    return _with(state, _replace_stage(state, index, stage), None)


def _enabled(state: State, event: e.TransitionEnabled) -> State:
    index = state.pipeline.stage_indices[event.stage]
    door, inbound, *_ = state.stages[index]
    return _set_door(state, index, STALE if door in (EXPIRED, STALE) and inbound else ENABLED)


def _disabled(state: State, event: e.TransitionDisabled) -> State:
    index = state.pipeline.stage_indices[event.stage]
    door = state.stages[index].transition
    return _set_door(state, index, EXPIRED if door in (EXPIRED, STALE) else DISABLED)


# -- the pipeline itself ---------------------------------------------------------------------------
def _edited(state: State, event: e.PipelineEdited) -> State:
    """Stages keep their state by name; executions keep the definition they began with."""
    old, new = state.pipeline, event.pipeline
    stages = []
    for stage in new.stages:
        index = old.stage_indices.get(stage.name)
        stage_state = FRESH if index is None else state.stages[index]._replace(targets=())
        if state.readings.doors_after_edit == "enabled":
            stage_state = stage_state._replace(transition=ENABLED)
        stages.append(stage_state)
    executions = [each._replace(pipeline=old) if each.pipeline is None else each for each in state.executions]
    # An execution that failed or stopped in a removed stage can no longer be retried.
    retained = [
        each
        for each in executions
        if each.status in (IN_PROGRESS, STOPPING)
        or not state.locks(each)
        or state.stage_of(each).name in new.stage_indices
    ]
    return _new(
        State,
        (new, state.newest, tuple(stages), tuple(retained), state.deleted, state.newest, state.readings),
    )


FOLD: dict[type[e.Event], Callable[[State, Any], State]] = {
    e.ExecutionStarted: _started,
    e.ExecutionWaiting: _waiting,
    e.ExecutionSuperseded: lambda state, event: _remove_waiting(state, _find(state, event.execution)),
    e.ExecutionEntered: _entered,
    e.RuleStarted: _rule_started,
    e.RuleEnded: lambda state, event: _set_rule(state, event, SUCCEEDED if event.met else FAILED),
    e.RuleAbandoned: lambda state, event: _set_rule(state, event, ABANDONED),
    e.ConditionEnded: _condition_ended,
    e.ActionStarted: lambda state, event: _set_action(state, event, IN_PROGRESS),
    e.ActionSucceeded: lambda state, event: _set_action(state, event, SUCCEEDED),
    e.ActionFailed: lambda state, event: _set_action(state, event, FAILED),
    e.ActionAbandoned: lambda state, event: _set_action(state, event, ABANDONED),
    e.StageSucceeded: _stage_succeeded,
    e.StageSkipped: _stage_skipped,
    e.StageRetried: _stage_retried,
    e.ExecutionSucceeded: lambda state, event: _with(state, None, _remove_execution(state, event.execution)),
    e.ExecutionFailed: _execution_failed,
    e.ExecutionCancelled: _execution_cancelled,
    e.ExecutionStopping: lambda state, event: _update(state, _find(state, event.execution), status=STOPPING),
    e.ExecutionStopped: _execution_stopped,
    e.TransitionEnabled: _enabled,
    e.TransitionDisabled: _disabled,
    e.TransitionExpired: lambda state, event: _set_door(
        state, state.pipeline.stage_indices[event.stage], EXPIRED
    ),
    e.PipelineEdited: _edited,
    e.PipelineDeleted: lambda state, event: state._replace(deleted=True),
}
"""Kind of event -> how it changes the state."""
