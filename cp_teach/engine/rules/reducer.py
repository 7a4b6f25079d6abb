"""How each event changes the state: the only code that does.

Each function takes the state before and one event and returns the state after. ``evolve`` picks the function.
Records are built by position where a step is made a million times; ``_replace`` costs three times as much.
``_new`` is what their own constructor calls, and skips the half of the time that this takes.
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


# -- putting back: one stage, one execution --------------------------------------------------------
def _state(
    state: State, stages: tuple[StageState, ...] | None, executions: tuple[Execution, ...] | None
) -> State:
    pipeline, last, old_stages, old_executions, deleted, before, readings = state
    return _new(
        State,
        (
            pipeline,
            last,
            old_stages if stages is None else stages,
            old_executions if executions is None else executions,
            deleted,
            before,
            readings,
        ),
    )


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


def _changed(state: State, x: Execution, **fields: Any) -> State:
    return _state(state, None, _with_execution(state, x._replace(**fields)))


# -- coming, waiting, going in ---------------------------------------------------------------------
def _started(state: State, event: e.ExecutionStarted) -> State:
    index = state.pipeline.position[event.stage] if event.stage else 0
    number = event.execution
    newcomer = _new(Execution, (number, IN_PROGRESS, index, (), event.kind, "", (), False, None))
    pipeline, _, stages, executions, deleted, before, readings = state
    return _new(State, (pipeline, number, stages, (*executions, newcomer), deleted, before, readings))


def _waiting(state: State, event: e.ExecutionWaiting) -> State:
    index = state.pipeline.position[event.stage]
    door, inbound, holder, entered, succeeded, targets = state.stages[index]
    if door == STALE:  # somebody has arrived: from now on the door lets in as any other
        door = ENABLED
    stage = _new(StageState, (door, (*inbound, event.execution), holder, entered, succeeded, targets))
    waiting = _new(Execution, (event.execution, IN_PROGRESS, index, (), STANDARD, "", (), False, None))
    return _state(state, _with_stage(state, index, stage), _with_execution(state, waiting))


def _leave_door(state: State, x: Execution) -> State:
    """It ends at the door (or before it came to one), and so leaves the state."""
    index, number = state.seat(x), x.number
    if index < 0:
        return _state(state, None, _without(state, number))
    door, inbound, holder, entered, succeeded, targets = state.stages[index]
    inbound = tuple([n for n in inbound if n != number])
    if door == STALE and not inbound:
        door = ENABLED
    stage = _new(StageState, (door, inbound, holder, entered, succeeded, targets))
    return _state(state, _with_stage(state, index, stage), _without(state, number))


def _superseded(state: State, event: e.ExecutionSuperseded) -> State:
    return _leave_door(state, _find(state, event.execution))


def _entered(state: State, event: e.ExecutionEntered) -> State:
    number = event.execution
    x = _find(state, number)
    own = state.blueprint(x)
    index = own.position[event.stage]
    inside = _new(
        Execution,
        (
            number,
            IN_PROGRESS,
            index,
            (DID_NOT_RUN,) * len(own.stages[index].actions),
            x.kind,
            "",
            (),
            False,
            x.pipeline,
        ),
    )
    if not state.locks(x):
        return _state(state, None, _with_execution(state, inside))
    door, inbound, _, before, succeeded, targets = state.stages[index]
    if inbound:
        inbound = tuple([n for n in inbound if n != number])
    stage = _new(StageState, (door, inbound, number, number, succeeded, targets))
    # From here on the one that failed or stopped in this stage can never be retried: it is forgotten.
    executions = tuple(
        [
            inside if x.number == number else x
            for x in state.executions
            if x.number != before or before == number or state.seat(x) != index
        ]
    )
    return _state(state, _with_stage(state, index, stage), executions)


# -- actions and rules -----------------------------------------------------------------------------
def _set_action(state: State, event: Any, status: str) -> State:
    x = _find(state, event.execution)
    number, word, index, actions, kind, condition, rules, retried, pipeline = x
    at = state.stage_of(x).position[event.action]
    actions = (*actions[:at], status, *actions[at + 1 :])
    changed = _new(Execution, (number, word, index, actions, kind, condition, rules, retried, pipeline))
    return _state(state, None, _with_execution(state, changed))


def _action_started(state: State, event: e.ActionStarted) -> State:
    return _set_action(state, event, IN_PROGRESS)


def _action_succeeded(state: State, event: e.ActionSucceeded) -> State:
    return _set_action(state, event, SUCCEEDED)


def _action_failed(state: State, event: e.ActionFailed) -> State:
    return _set_action(state, event, FAILED)


def _action_abandoned(state: State, event: e.ActionAbandoned) -> State:
    return _set_action(state, event, ABANDONED)


def _rule_started(state: State, event: e.RuleStarted) -> State:
    x = _find(state, event.execution)
    return _changed(state, x, condition=event.condition, rules=(*x.rules, IN_PROGRESS))


def _set_rule(state: State, event: Any, status: str) -> State:
    x = _find(state, event.execution)
    names = [rule.name for rule in state.stage_of(x).rules(x.condition)]
    at = names.index(event.rule)
    return _changed(state, x, rules=(*x.rules[:at], status, *x.rules[at + 1 :]))


def _rule_ended(state: State, event: e.RuleEnded) -> State:
    return _set_rule(state, event, SUCCEEDED if event.met else FAILED)


def _rule_abandoned(state: State, event: e.RuleAbandoned) -> State:
    return _set_rule(state, event, ABANDONED)


def _condition_ended(state: State, event: e.ConditionEnded) -> State:
    x = _find(state, event.execution)
    if event.status == FAILED and event.condition != ON_FAILURE:
        return state  # what it failed by stays known: it can be overridden
    if event.status != "Overridden":
        return _changed(state, x, condition="", rules=())
    after = _changed(state, x, status=IN_PROGRESS, condition="", rules=())
    return _hold(after, x, x.number)


# -- ends ------------------------------------------------------------------------------------------
def _hold(state: State, x: Execution, holder: int) -> State:
    """The stage of this execution is locked by it, or (0) unlocked, where it is there and has a lock."""
    index = state.seat(x)
    if index < 0 or not state.locks(x) or (not holder and state.stages[index].holder != x.number):
        return state
    door, inbound, _, entered, succeeded, targets = state.stages[index]
    stage = _new(StageState, (door, inbound, holder, entered, succeeded, targets))
    return _state(state, _with_stage(state, index, stage), None)


def _stage_succeeded(state: State, event: e.StageSucceeded) -> State:
    x = _find(state, event.execution)
    index, number = state.seat(x), x.number
    if index < 0:
        return state
    door, inbound, holder, entered, _, targets = state.stages[index]
    if x.kind == STANDARD and x.pipeline is None and state.pipeline.type == "V2":  # V1 cannot roll back
        targets = (*targets[1 - TARGETS :], number)
    stage = _new(StageState, (door, inbound, 0 if holder == number else holder, entered, number, targets))
    return _state(state, _with_stage(state, index, stage), None)


def _stage_skipped(state: State, event: e.StageSkipped) -> State:
    x = _find(state, event.execution)
    return _hold(_changed(state, x, condition="", rules=()), x, 0)


def _execution_succeeded(state: State, event: e.ExecutionSucceeded) -> State:
    return _state(state, None, _without(state, event.execution))


def _end_inside(state: State, x: Execution, status: str) -> State:
    number, _, index, actions, kind, condition, rules, retried, pipeline = x
    lying = _new(Execution, (number, status, index, actions, kind, condition, rules, retried, pipeline))
    return _hold(_state(state, None, _with_execution(state, lying)), x, 0)


def _execution_failed(state: State, event: e.ExecutionFailed) -> State:
    x = _find(state, event.execution)
    return _end_inside(state, x, FAILED) if x.actions else _leave_door(state, x)


def _execution_stopped(state: State, event: e.ExecutionStopped) -> State:
    x = _find(state, event.execution)
    return _end_inside(state, x, STOPPED) if x.actions else _leave_door(state, x)


def _execution_cancelled(state: State, event: e.ExecutionCancelled) -> State:
    x = _find(state, event.execution)
    return _leave_door(_hold(state, x, 0), x)


def _execution_stopping(state: State, event: e.ExecutionStopping) -> State:
    return _changed(state, _find(state, event.execution), status=STOPPING)


def _stage_retried(state: State, event: e.StageRetried) -> State:
    number, _, index, actions, kind, _, _, retried, pipeline = x = _find(state, event.execution)
    if event.mode == "ALL_ACTIONS":
        actions = (DID_NOT_RUN,) * len(actions)
    else:
        actions = tuple([DID_NOT_RUN if status in (FAILED, ABANDONED) else status for status in actions])
    again = _new(
        Execution, (number, IN_PROGRESS, index, actions, kind, "", (), retried or event.automatic, pipeline)
    )
    return _hold(_state(state, None, _with_execution(state, again)), x, number)


# -- transitions -----------------------------------------------------------------------------------
def _set_door(state: State, index: int, door: str) -> State:
    stage = _new(StageState, (door, *state.stages[index][1:]))
    return _state(state, _with_stage(state, index, stage), None)


def _enabled(state: State, event: e.TransitionEnabled) -> State:
    index = state.pipeline.position[event.stage]
    door, inbound, *_ = state.stages[index]
    return _set_door(state, index, STALE if door in (EXPIRED, STALE) and inbound else ENABLED)


def _disabled(state: State, event: e.TransitionDisabled) -> State:
    index = state.pipeline.position[event.stage]
    door = state.stages[index].door
    return _set_door(state, index, EXPIRED if door in (EXPIRED, STALE) else DISABLED)


def _expired(state: State, event: e.TransitionExpired) -> State:
    return _set_door(state, state.pipeline.position[event.stage], EXPIRED)


# -- the pipeline itself ---------------------------------------------------------------------------
def _edited(state: State, event: e.PipelineEdited) -> State:
    """Stages keep what they know by their name; executions keep the definition they began with."""
    old, new = state.pipeline, event.pipeline
    stages = []
    for stage in new.stages:
        index = old.position.get(stage.name)
        kept = FRESH if index is None else state.stages[index]._replace(targets=())
        stages.append(kept._replace(door=ENABLED) if state.readings.doors_after_edit == "enabled" else kept)
    executions = [x._replace(pipeline=old) if x.pipeline is None else x for x in state.executions]
    # What failed or stopped in a stage that is gone can neither be retried nor be left behind by anybody.
    kept_executions = [
        x
        for x in executions
        if x.status in (IN_PROGRESS, STOPPING) or not state.locks(x) or state.stage_of(x).name in new.position
    ]
    return _new(
        State,
        (new, state.last, tuple(stages), tuple(kept_executions), state.deleted, state.last, state.readings),
    )


def _deleted(state: State, event: e.PipelineDeleted) -> State:
    return state._replace(deleted=True)


FOLD: dict[type, Callable[[State, Any], State]] = {
    e.ExecutionStarted: _started,
    e.ExecutionWaiting: _waiting,
    e.ExecutionSuperseded: _superseded,
    e.ExecutionEntered: _entered,
    e.RuleStarted: _rule_started,
    e.RuleEnded: _rule_ended,
    e.RuleAbandoned: _rule_abandoned,
    e.ConditionEnded: _condition_ended,
    e.ActionStarted: _action_started,
    e.ActionSucceeded: _action_succeeded,
    e.ActionFailed: _action_failed,
    e.ActionAbandoned: _action_abandoned,
    e.StageSucceeded: _stage_succeeded,
    e.StageSkipped: _stage_skipped,
    e.StageRetried: _stage_retried,
    e.ExecutionSucceeded: _execution_succeeded,
    e.ExecutionFailed: _execution_failed,
    e.ExecutionCancelled: _execution_cancelled,
    e.ExecutionStopping: _execution_stopping,
    e.ExecutionStopped: _execution_stopped,
    e.TransitionEnabled: _enabled,
    e.TransitionDisabled: _disabled,
    e.TransitionExpired: _expired,
    e.PipelineEdited: _edited,
    e.PipelineDeleted: _deleted,
}
