"""State invariants: what is true of every reachable state, written down independently of ``step``.

``invariant_violation`` looks at one state alone, so it can check a state from a file as well as one that ``step`` has
just returned. If the two disagree, one of them is wrong.
"""

from __future__ import annotations

from collections.abc import Iterator

from cp_teach.engine.model.state import (
    ABANDONED,
    BEFORE_ENTRY,
    DID_NOT_RUN,
    ENABLED,
    FAILED,
    IN_PROGRESS,
    ON_FAILURE,
    ON_SUCCESS,
    ROLLBACK,
    STALE,
    STOPPED,
    STOPPING,
    SUCCEEDED,
    Execution,
    State,
)

ACTIVE = (IN_PROGRESS, STOPPING)


def invariant_violation(state: State) -> str:
    """The first invariant that ``state`` violates, in one sentence; "" if it violates none."""
    return next(_violations(state), "")


def _violations(state: State) -> Iterator[str]:
    numbers = [execution.number for execution in state.executions]
    if numbers != sorted(set(numbers)):
        yield f"executions {numbers} are not unique and in order, oldest first"
    if numbers and not 1 <= numbers[0] <= numbers[-1] <= state.newest:
        yield f"executions {numbers} are not between 1 and {state.newest}"
    if not 0 <= state.last_edited <= state.newest:
        yield f"the last edit was at execution {state.last_edited}, but the newest is {state.newest}"
    for index in range(len(state.stages)):
        yield from _stage(state, index)
    for execution in state.executions:
        yield from _location(state, execution)
        if execution.actions:
            yield from _actions(state, execution)
            yield from _rules(state, execution)
    # A newer execution is never further than an older one. A rollback does not move, and an execution that follows an
    # older definition has other stages.
    moving = [
        execution
        for execution in state.executions
        if execution.kind != ROLLBACK and execution.pipeline is None and state.locks(execution)
    ]
    places = [(execution.stage, bool(execution.actions)) for execution in moving]
    if places != sorted(places, reverse=True):
        yield f"a newer execution has overtaken an older one: {[tuple(execution[:3]) for execution in moving]}"


def _stage(state: State, index: int) -> Iterator[str]:
    name, stage = state.pipeline.stages[index].name, state.stages[index]
    if stage.inbound and stage.transition == ENABLED and not stage.holder:
        yield f"{name} is enabled and unlocked, but execution {stage.inbound[0]} waits"
    if stage.transition == STALE and not stage.inbound:
        yield f"the transition into {name} is stale, but no execution waits"
    if len(stage.inbound) > 1 and state.pipeline.mode == "SUPERSEDED":
        yield f"{len(stage.inbound)} executions wait to enter {name}"
    if list(stage.inbound) != sorted(set(stage.inbound)):
        yield f"{stage.inbound} wait to enter {name}, but not in the order of arrival"
    if stage.holder not in (0, stage.entered):
        yield f"{stage.holder} holds {name}, but {stage.entered} entered last"
    if len(set(stage.targets)) < len(stage.targets) or any(n <= state.last_edited for n in stage.targets):
        yield f"{stage.targets} cannot be the rollback targets of {name}"
    if max((*stage.inbound, stage.entered, stage.succeeded, *stage.targets)) > state.newest:
        yield f"{name} refers to an execution that does not exist"
    for number in filter(None, (*stage.inbound, stage.holder)):
        execution = state.execution(number)
        here = execution is not None and state.current_index(execution) == index
        if not here or bool(execution and execution.actions) != (number == stage.holder):
            yield f"execution {number} is not where {name} says it is"


def _location(state: State, execution: Execution) -> Iterator[str]:
    """Each execution is in one place: it waits for a stage, is in it, or failed or stopped in it."""
    label = f"execution {execution.number}"
    name, seat = state.stage_of(execution).name, state.current_index(execution)
    if execution.actions and execution.status not in (*ACTIVE, FAILED, STOPPED):
        yield f"{label} is {execution.status} but still in {name}"
    if seat < 0 or not state.locks(execution):
        if not execution.actions:
            yield f"{label} waits, but its stage has no transition"
        return
    stage = state.stages[seat]
    if not execution.actions:
        if (
            execution.number not in stage.inbound
            or execution.status != IN_PROGRESS
            or state.outdated(execution)
        ):
            yield f"{label} ({execution.status}) is neither inside {name} nor waiting for it"
        return
    if execution.number != stage.entered:
        yield f"{label} is in {name}, but {stage.entered} entered last"
    if (execution.number == stage.holder) != (execution.status in ACTIVE):
        yield f"{label} is {execution.status} in {name}, which {stage.holder or 'no execution'} holds"


def _actions(state: State, execution: Execution) -> Iterator[str]:
    label = f"execution {execution.number}"
    stage = state.stage_of(execution)
    if len(execution.actions) != len(stage.actions):
        yield f"{stage.name} has {len(stage.actions)} actions, not {len(execution.actions)}"
        return
    if execution.busy != (execution.status in ACTIVE):
        yield f"{label} is {execution.status} in {stage.name} with actions {execution.actions}, rules {execution.rules}"
    if execution.status == FAILED and FAILED not in execution.actions and not execution.condition:
        yield f"{label} failed in {stage.name} without a failed action"
    begun = [any(execution.actions[at] != DID_NOT_RUN for at in group) for group in stage.groups]
    done = [all(execution.actions[at] == SUCCEEDED for at in group) for group in stage.groups]
    for before, (finished, after) in enumerate(zip(done, begun[1:], strict=False), start=1):
        if after and not finished:
            yield f"run order {before + 1} of {stage.name} began before run order {before} had succeeded"
    if begun[0] == (execution.condition == BEFORE_ENTRY):
        yield f"{label} is in {stage.name} with actions {execution.actions} and condition {execution.condition!r}"


def _rules(state: State, execution: Execution) -> Iterator[str]:
    label = f"execution {execution.number}"
    stage = state.stage_of(execution)
    if len(execution.rules) != len(stage.rules(execution.condition)) or bool(execution.rules) != bool(
        execution.condition
    ):
        yield f"{label} has {len(execution.rules)} rules of {execution.condition or 'no condition'} in {stage.name}"
    if execution.kind == ROLLBACK and execution.condition:
        yield f"{label} is a rollback, but a condition of {stage.name} applies to it"
    if any(status not in (IN_PROGRESS, SUCCEEDED, FAILED, ABANDONED) for status in execution.rules):
        yield f"the rules of {label} in {stage.name} are {execution.rules}"
    through = all(status == SUCCEEDED for status in execution.actions)
    if execution.condition and through != (execution.condition == ON_SUCCESS):
        yield f"{execution.condition} of {stage.name} is judged for {label} with actions {execution.actions}"
    if execution.condition == ON_FAILURE and FAILED not in execution.actions:
        yield f"ON_FAILURE of {stage.name} is judged for {label}, but no action failed"
