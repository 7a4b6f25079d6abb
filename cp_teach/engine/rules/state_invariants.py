"""What is true of every state that can be reached: the rules, said a second time and not by ``step``.

``unsound(state)`` looks at one state and at nothing else, so it can judge a state that came from a file as
well as one that ``step`` has just made. Where the two disagree, one of them is wrong.
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

GOING = (IN_PROGRESS, STOPPING)


def unsound(state: State) -> str:
    """The first thing in ``state`` that can never be, in one sentence; "" when all is well."""
    return next(_complaints(state), "")


def _complaints(state: State) -> Iterator[str]:
    numbers = [x.number for x in state.executions]
    if numbers != sorted(set(numbers)):
        yield f"executions {numbers} are not each there once, oldest first"
    if numbers and not 1 <= numbers[0] <= numbers[-1] <= state.last:
        yield f"executions {numbers} do not lie between 1 and {state.last}"
    if not 0 <= state.before <= state.last:
        yield f"the last edit lies at execution {state.before}, and the newest is {state.last}"
    for index in range(len(state.stages)):
        yield from _stage(state, index)
    for x in state.executions:
        yield from _place(state, x)
        if x.actions:
            yield from _actions(state, x)
            yield from _rules(state, x)
    # Nobody overtakes: a newer execution is never further than an older one. A rollback takes no way at all, and
    # who follows an older definition has other places.
    walking = [x for x in state.executions if x.kind != ROLLBACK and x.pipeline is None and state.locks(x)]
    places = [(x.stage, bool(x.actions)) for x in walking]
    if places != sorted(places, reverse=True):
        yield f"a newer execution has overtaken an older one: {[tuple(x[:3]) for x in walking]}"


def _stage(state: State, index: int) -> Iterator[str]:
    name, stage = state.pipeline.stages[index].name, state.stages[index]
    if stage.inbound and stage.door == ENABLED and not stage.holder:
        yield f"{name} is open and empty, and yet {stage.inbound[0]} waits"
    if stage.door == STALE and not stage.inbound:
        yield f"nobody waits at the door of {name}, and yet it lets nobody in"
    if len(stage.inbound) > 1 and state.pipeline.mode == "SUPERSEDED":
        yield f"{len(stage.inbound)} executions wait to enter {name}"
    if list(stage.inbound) != sorted(set(stage.inbound)):
        yield f"{stage.inbound} wait to enter {name}, not in the order of their arrival"
    if stage.holder not in (0, stage.entered):
        yield f"{stage.holder} holds {name}, but {stage.entered} entered last"
    if len(set(stage.targets)) < len(stage.targets) or any(n <= state.before for n in stage.targets):
        yield f"{stage.targets} cannot be what {name} may be rolled back to"
    if max((*stage.inbound, stage.entered, stage.succeeded, *stage.targets)) > state.last:
        yield f"{name} knows an execution that never was"
    for number in (*stage.inbound, *([stage.holder] if stage.holder else [])):
        x = state.execution(number)
        if x is None or state.seat(x) != index or bool(x.actions) != (number == stage.holder):
            yield f"execution {number} is not where {name} says it is"


def _place(state: State, x: Execution) -> Iterator[str]:
    """Everybody is in exactly one place: at one door, inside one stage, or lying where he failed or
    stopped."""
    name, seat = state.stage_of(x).name, state.seat(x)
    if x.actions and x.status not in (*GOING, FAILED, STOPPED):
        yield f"execution {x.number} is {x.status} and yet still in {name}"
    if seat < 0 or not state.locks(x):
        if not x.actions:
            yield f"execution {x.number} waits where there is no door"
        return
    stage = state.stages[seat]
    if not x.actions:
        if x.number not in stage.inbound or x.status != IN_PROGRESS or state.outdated(x):
            yield f"execution {x.number} ({x.status}) is neither inside {name} nor waiting for it"
        return
    if x.number != stage.entered:
        yield f"execution {x.number} is in {name}, but {stage.entered} entered last"
    if (x.number == stage.holder) != (x.status in GOING):
        yield f"execution {x.number} is {x.status} in {name}, which {stage.holder or 'nobody'} holds"


def _actions(state: State, x: Execution) -> Iterator[str]:
    stage = state.stage_of(x)
    if len(x.actions) != len(stage.actions):
        yield f"{stage.name} has {len(stage.actions)} actions, not {len(x.actions)}"
        return
    if x.busy != (x.status in GOING):
        yield f"execution {x.number} is {x.status} in {stage.name} with actions {x.actions}, rules {x.rules}"
    if x.status == FAILED and FAILED not in x.actions and not x.condition:
        yield f"execution {x.number} failed in {stage.name} without a failed action"
    begun = [any(x.actions[at] != DID_NOT_RUN for at in group) for group in stage.groups]
    done = [all(x.actions[at] == SUCCEEDED for at in group) for group in stage.groups]
    for before, (finished, after) in enumerate(zip(done, begun[1:], strict=False), start=1):
        if after and not finished:
            yield f"run order {before + 1} of {stage.name} began before run order {before} had succeeded"
    if begun[0] == (x.condition == BEFORE_ENTRY):
        yield f"execution {x.number} is in {stage.name} with actions {x.actions} and condition {x.condition!r}"


def _rules(state: State, x: Execution) -> Iterator[str]:
    stage = state.stage_of(x)
    if len(x.rules) != len(stage.rules(x.condition)) or bool(x.rules) != bool(x.condition):
        yield f"execution {x.number} has {len(x.rules)} rules of {x.condition or 'no condition'} in {stage.name}"
    if x.kind == ROLLBACK and x.condition:
        yield f"execution {x.number} is a rollback, and no condition of {stage.name} is meant for it"
    if any(status not in (IN_PROGRESS, SUCCEEDED, FAILED, ABANDONED) for status in x.rules):
        yield f"the rules of execution {x.number} in {stage.name} are {x.rules}"
    through = all(status == SUCCEEDED for status in x.actions)
    if x.condition and through != (x.condition == ON_SUCCESS):
        yield f"{x.condition} of {stage.name} is judged for execution {x.number} with actions {x.actions}"
    if x.condition == ON_FAILURE and FAILED not in x.actions:
        yield f"ON_FAILURE of {stage.name} is judged for execution {x.number}, and nothing failed"
