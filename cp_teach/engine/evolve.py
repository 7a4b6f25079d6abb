"""How each event changes the state: the only code that does.

Each function takes the state before and one event and returns the state after. ``evolve`` picks the function.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from cp_teach.engine import event as e
from cp_teach.engine.state import (
    ABANDONED,
    DID_NOT_RUN,
    DISABLED,
    ENABLED,
    FAILED,
    IN_PROGRESS,
    STOPPED,
    STOPPING,
    SUCCEEDED,
    Execution,
    StageState,
    State,
)


def evolve(state: State, event: e.Event) -> State:
    """The state after one more event."""
    return _FOLD[type(event)](state, event)


# -- putting back: one stage, one execution --------------------------------------------------------
def _with_stage(state: State, index: int, stage: StageState) -> tuple[StageState, ...]:
    stages = state.stages
    return (*stages[:index], stage, *stages[index + 1 :])


def _with_execution(state: State, changed: Execution) -> tuple[Execution, ...]:
    return tuple([changed if x.number == changed.number else x for x in state.executions])


def _without(state: State, number: int) -> tuple[Execution, ...]:
    return tuple([x for x in state.executions if x.number != number])


def _find(state: State, number: int) -> Execution:
    for execution in state.executions:
        if execution.number == number:
            return execution
    raise LookupError(f"execution {number} is not in this state; the events are not from this journal")


# -- the folds -------------------------------------------------------------------------------------
def _started(state: State, event: e.ExecutionStarted) -> State:
    newcomer = Execution(event.execution, IN_PROGRESS, 0, ())
    return State(
        state.pipeline,
        event.execution,
        state.stages,
        (*state.executions, newcomer),
        state.deleted,
    )


def _waiting(state: State, event: e.ExecutionWaiting) -> State:
    index = state.pipeline.position[event.stage]
    door, inbound, holder, entered, succeeded = state.stages[index]
    stage = StageState(door, (*inbound, event.execution), holder, entered, succeeded)
    executions = _with_execution(state, Execution(event.execution, IN_PROGRESS, index, ()))
    return State(
        state.pipeline,
        state.last,
        _with_stage(state, index, stage),
        executions,
        state.deleted,
    )


def _leave_door(state: State, number: int, index: int) -> State:
    door, inbound, holder, entered, succeeded = state.stages[index]
    stage = StageState(door, tuple([n for n in inbound if n != number]), holder, entered, succeeded)
    stages = _with_stage(state, index, stage)
    return State(state.pipeline, state.last, stages, _without(state, number), state.deleted)


def _superseded(state: State, event: e.ExecutionSuperseded) -> State:
    return _leave_door(state, event.execution, state.pipeline.position[event.stage])


def _entered(state: State, event: e.ExecutionEntered) -> State:
    pipeline, number = state.pipeline, event.execution
    index = pipeline.position[event.stage]
    door, inbound, _, before, succeeded = state.stages[index]
    if inbound:
        inbound = tuple([n for n in inbound if n != number])
    stage = StageState(door, inbound, number, number, succeeded)
    actions = (DID_NOT_RUN,) * len(pipeline.stages[index].actions)
    # From here on the one that failed or stopped in this stage can never be retried: it is forgotten.
    executions = tuple(
        [
            Execution(number, IN_PROGRESS, index, actions) if x.number == number else x
            for x in state.executions
            if x.number != before or x.stage != index or before == number
        ]
    )
    return State(
        pipeline,
        state.last,
        _with_stage(state, index, stage),
        executions,
        state.deleted,
    )


def _set_action(state: State, number: int, stage: str, action: str, status: str) -> State:
    execution = _find(state, number)
    at = state.pipeline.stages[execution.stage].position[action]
    actions = (*execution.actions[:at], status, *execution.actions[at + 1 :])
    changed = Execution(number, execution.status, execution.stage, actions)
    return State(
        state.pipeline,
        state.last,
        state.stages,
        _with_execution(state, changed),
        state.deleted,
    )


def _action_started(state: State, event: e.ActionStarted) -> State:
    return _set_action(state, event.execution, event.stage, event.action, IN_PROGRESS)


def _action_succeeded(state: State, event: e.ActionSucceeded) -> State:
    return _set_action(state, event.execution, event.stage, event.action, SUCCEEDED)


def _action_failed(state: State, event: e.ActionFailed) -> State:
    return _set_action(state, event.execution, event.stage, event.action, FAILED)


def _action_abandoned(state: State, event: e.ActionAbandoned) -> State:
    return _set_action(state, event.execution, event.stage, event.action, ABANDONED)


def _stage_succeeded(state: State, event: e.StageSucceeded) -> State:
    index = state.pipeline.position[event.stage]
    door, inbound, _, entered, _ = state.stages[index]
    stage = StageState(door, inbound, 0, entered, event.execution)
    return State(
        state.pipeline,
        state.last,
        _with_stage(state, index, stage),
        state.executions,
        state.deleted,
    )


def _execution_succeeded(state: State, event: e.ExecutionSucceeded) -> State:
    return State(
        state.pipeline,
        state.last,
        state.stages,
        _without(state, event.execution),
        state.deleted,
    )


def _end_inside(state: State, number: int, status: str) -> State:
    execution = _find(state, number)
    index = execution.stage
    door, inbound, _, entered, succeeded = state.stages[index]
    stage = StageState(door, inbound, 0, entered, succeeded)
    executions = _with_execution(state, Execution(number, status, index, execution.actions))
    return State(
        state.pipeline,
        state.last,
        _with_stage(state, index, stage),
        executions,
        state.deleted,
    )


def _execution_failed(state: State, event: e.ExecutionFailed) -> State:
    return _end_inside(state, event.execution, FAILED)


def _execution_stopped(state: State, event: e.ExecutionStopped) -> State:
    if _find(state, event.execution).actions:
        return _end_inside(state, event.execution, STOPPED)
    return _leave_door(state, event.execution, state.pipeline.position[event.stage])


def _execution_stopping(state: State, event: e.ExecutionStopping) -> State:
    _, _, index, actions = _find(state, event.execution)
    executions = _with_execution(state, Execution(event.execution, STOPPING, index, actions))
    return State(state.pipeline, state.last, state.stages, executions, state.deleted)


def _stage_retried(state: State, event: e.StageRetried) -> State:
    number, _, index, actions = _find(state, event.execution)
    door, inbound, _, entered, succeeded = state.stages[index]
    stage = StageState(door, inbound, number, entered, succeeded)
    if event.mode == "ALL_ACTIONS":
        actions = (DID_NOT_RUN,) * len(actions)
    executions = _with_execution(state, Execution(number, IN_PROGRESS, index, actions))
    return State(
        state.pipeline,
        state.last,
        _with_stage(state, index, stage),
        executions,
        state.deleted,
    )


def _set_door(state: State, name: str, door: str) -> State:
    index = state.pipeline.position[name]
    stage = StageState(door, *state.stages[index][1:])
    return State(
        state.pipeline,
        state.last,
        _with_stage(state, index, stage),
        state.executions,
        state.deleted,
    )


def _enabled(state: State, event: e.TransitionEnabled) -> State:
    return _set_door(state, event.stage, ENABLED)


def _disabled(state: State, event: e.TransitionDisabled) -> State:
    return _set_door(state, event.stage, DISABLED)


def _deleted(state: State, event: e.PipelineDeleted) -> State:
    return State(state.pipeline, state.last, state.stages, state.executions, True)


_FOLD: dict[type, Callable[[State, Any], State]] = {
    e.ExecutionStarted: _started,
    e.ExecutionWaiting: _waiting,
    e.ExecutionSuperseded: _superseded,
    e.ExecutionEntered: _entered,
    e.ActionStarted: _action_started,
    e.ActionSucceeded: _action_succeeded,
    e.ActionFailed: _action_failed,
    e.ActionAbandoned: _action_abandoned,
    e.StageSucceeded: _stage_succeeded,
    e.StageRetried: _stage_retried,
    e.ExecutionSucceeded: _execution_succeeded,
    e.ExecutionFailed: _execution_failed,
    e.ExecutionStopping: _execution_stopping,
    e.ExecutionStopped: _execution_stopped,
    e.TransitionEnabled: _enabled,
    e.TransitionDisabled: _disabled,
    e.PipelineDeleted: _deleted,
}
