"""What is true of every state that can be reached: the rules, said a second time and not by ``step``.

``unsound(state)`` looks at one state and at nothing else, so it can judge a state that came from a file as
well as one that ``step`` has just made. Where the two disagree, one of them is wrong.
"""

from __future__ import annotations

from collections.abc import Iterator

from cp_teach.engine.state import (
    DID_NOT_RUN,
    ENABLED,
    FAILED,
    IN_PROGRESS,
    STOPPED,
    STOPPING,
    SUCCEEDED,
    State,
)


def unsound(state: State) -> str:
    """The first thing in ``state`` that can never be, in one sentence; "" when all is well."""
    return next(_complaints(state), "")


def _complaints(state: State) -> Iterator[str]:
    numbers = [x.number for x in state.executions]
    if numbers != sorted(set(numbers)):
        yield f"executions {numbers} are not each there once, oldest first"
    if numbers and not 1 <= numbers[0] <= numbers[-1] <= state.last:
        yield f"executions {numbers} do not lie between 1 and {state.last}"
    for index in range(len(state.stages)):
        yield from _stage(state, index)
    for index, x in enumerate(state.executions):
        yield from _place(state, index)
        if x.actions:
            yield from _actions(state, index)
    # Nobody overtakes: a newer execution is never further than an older one.
    places = [(x.stage, bool(x.actions)) for x in state.executions]
    if places != sorted(places, reverse=True):
        yield f"a newer execution has overtaken an older one: {[tuple(x[:3]) for x in state.executions]}"


def _stage(state: State, index: int) -> Iterator[str]:
    name, stage = state.pipeline.stages[index].name, state.stages[index]
    if stage.inbound and stage.door == ENABLED and not stage.holder:
        yield f"{name} is open and empty, and yet {stage.inbound[0]} waits"
    if len(stage.inbound) > 1 and state.pipeline.mode == "SUPERSEDED":
        yield f"{len(stage.inbound)} executions wait to enter {name}"
    if list(stage.inbound) != sorted(set(stage.inbound)):
        yield f"{stage.inbound} wait to enter {name}, not in the order of their arrival"
    if stage.holder not in (0, stage.entered):
        yield f"{stage.holder} holds {name}, but {stage.entered} entered last"
    if stage.succeeded > stage.entered:
        yield f"{stage.succeeded} succeeded in {name}, but {stage.entered} entered last"
    for number in (*stage.inbound, *([stage.holder] if stage.holder else [])):
        x = state.execution(number)
        if x is None or x.stage != index or bool(x.actions) != (number == stage.holder):
            yield f"execution {number} is not where {name} says it is"


def _place(state: State, index: int) -> Iterator[str]:
    """Everybody is in exactly one place: at one door, inside one stage, or lying where he failed or
    stopped."""
    x = state.executions[index]
    name, stage = state.pipeline.stages[x.stage].name, state.stages[x.stage]
    if not x.actions:
        if x.number not in stage.inbound or x.status != IN_PROGRESS:
            yield f"execution {x.number} ({x.status}) is neither inside {name} nor waiting for it"
        return
    if x.number != stage.entered:
        yield f"execution {x.number} is in {name}, but {stage.entered} entered last"
    if (x.number == stage.holder) != (x.status in (IN_PROGRESS, STOPPING)):
        yield f"execution {x.number} is {x.status} in {name}, which {stage.holder or 'nobody'} holds"
    if x.status not in (IN_PROGRESS, STOPPING, FAILED, STOPPED):
        yield f"execution {x.number} is {x.status} and yet still in {name}"


def _actions(state: State, index: int) -> Iterator[str]:
    x = state.executions[index]
    stage = state.pipeline.stages[x.stage]
    if len(x.actions) != len(stage.actions):
        yield f"{stage.name} has {len(stage.actions)} actions, not {len(x.actions)}"
        return
    if (IN_PROGRESS in x.actions) != (x.status in (IN_PROGRESS, STOPPING)):
        yield f"execution {x.number} is {x.status} in {stage.name} with actions {x.actions}"
    if x.status == FAILED and FAILED not in x.actions:
        yield f"execution {x.number} failed in {stage.name} without a failed action"
    begun = [any(x.actions[at] != DID_NOT_RUN for at in group) for group in stage.groups]
    done = [all(x.actions[at] == SUCCEEDED for at in group) for group in stage.groups]
    for before, (finished, after) in enumerate(zip(done, begun[1:], strict=False), start=1):
        if after and not finished:
            yield f"run order {before + 1} of {stage.name} began before run order {before} had succeeded"
    if not begun[0]:
        yield f"execution {x.number} is in {stage.name}, and no action has begun"
