"""The key of a state: a few bytes that are equal for two states which no further move can tell apart.

Executions are renumbered in their order, so that releases without end still make a finite graph. What no
command reads is left out: who last succeeded in a stage, and who entered last where that execution is gone.
Equal actions of one run-order group are interchangeable for every rule, so their statuses are sorted.
"""

from __future__ import annotations

from functools import lru_cache

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
    SUPERSEDED,
    Execution,
    StageState,
    State,
)
from cp_teach.pipeline.blueprint import Pipeline

_STATUS = (IN_PROGRESS, SUCCEEDED, FAILED, STOPPING, STOPPED, SUPERSEDED, ABANDONED, DID_NOT_RUN)
_CODE = {status: code for code, status in enumerate(_STATUS)}
_DOOR = (ENABLED, DISABLED)


@lru_cache(maxsize=256)
def _twins(pipeline: Pipeline) -> tuple[tuple[tuple[int, ...], ...], ...]:
    """For each stage: the groups of actions that no rule tells apart (same run order, approval or not)."""
    found = []
    for stage in pipeline.stages:
        alike: dict[tuple[int, bool], list[int]] = {}
        for at, action in enumerate(stage.actions):
            alike.setdefault((action.order, action.is_approval), []).append(at)
        found.append(tuple(tuple(group) for group in alike.values() if len(group) > 1))
    return tuple(found)


def key(state: State, counted: bool, folded: bool) -> bytes:
    """The key of ``state``. ``counted`` keeps how many executions were released; ``folded`` sorts equal
    parallel actions."""
    new = {x.number: at for at, x in enumerate(state.executions, start=1)}
    place = {x.number: x.stage for x in state.executions if x.actions}
    out = [*divmod(state.last if counted else len(new), 256), state.deleted]
    for index, stage in enumerate(state.stages):
        entered = new[stage.entered] if place.get(stage.entered) == index else 0
        out += (stage.door == DISABLED, new.get(stage.holder, 0), entered, len(stage.inbound))
        out += [new[number] for number in stage.inbound]
    twins = _twins(state.pipeline) if folded else ()
    for x in state.executions:
        codes = [_CODE[status] for status in x.actions]
        for group in twins[x.stage] if folded and codes else ():
            for at, code in zip(group, sorted(codes[i] for i in group), strict=True):
                codes[at] = code
        out += (_CODE[x.status], x.stage, len(codes), *codes)
    return bytes(out)


def state_of(pipeline: Pipeline, packed: bytes) -> State:
    """The state that a key stands for: the smallest numbers, and nothing that was left out."""
    last, deleted, at = 256 * packed[0] + packed[1], bool(packed[2]), 3
    stages = []
    for _ in pipeline.stages:
        door, holder, entered, waiting = packed[at : at + 4]
        at += 4
        stages.append(StageState(_DOOR[door], tuple(packed[at : at + waiting]), holder, entered, 0))
        at += waiting
    executions: list[Execution] = []
    while at < len(packed):
        status, index, length = packed[at : at + 3]
        at += 3
        actions = tuple([_STATUS[code] for code in packed[at : at + length]])
        executions.append(Execution(len(executions) + 1, _STATUS[status], index, actions))
        at += length
    return State(pipeline, last, tuple(stages), tuple(executions), deleted)
