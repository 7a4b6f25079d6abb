"""The key of a state: a few bytes that are equal for states that no further move can distinguish.

Executions are renumbered in order, so that an unlimited number of them still makes a finite graph. What no command
reads is left out: the execution that last succeeded in a stage, and the one that entered last if it has ended. Equal
actions of one run-order group are interchangeable for every rule, so their statuses are sorted.
"""

from __future__ import annotations

from functools import lru_cache

from cp_teach.engine.model.state import (
    ABANDONED,
    BEFORE_ENTRY,
    DID_NOT_RUN,
    DISABLED,
    ENABLED,
    EXPIRED,
    FAILED,
    IN_PROGRESS,
    ON_FAILURE,
    ON_SUCCESS,
    ROLLBACK,
    STALE,
    STANDARD,
    STOPPED,
    STOPPING,
    SUCCEEDED,
    SUPERSEDED,
    Execution,
    StageState,
    State,
)
from cp_teach.pipeline import Pipeline

_STATUS = (IN_PROGRESS, SUCCEEDED, FAILED, STOPPING, STOPPED, SUPERSEDED, ABANDONED, DID_NOT_RUN)
_CODE = {status: code for code, status in enumerate(_STATUS)}
_DOOR = (ENABLED, DISABLED, EXPIRED, STALE)
_DOORS = {door: code for code, door in enumerate(_DOOR)}
_CONDITION = ("", BEFORE_ENTRY, ON_SUCCESS, ON_FAILURE)
_CONDITIONS = {condition: code for code, condition in enumerate(_CONDITION)}


@lru_cache(maxsize=256)
def _interchangeable(pipeline: Pipeline) -> tuple[tuple[tuple[int, ...], ...], ...]:
    """For each stage, the groups of actions that the rules treat alike: same run order, approval or not."""
    groups = []
    for stage in pipeline.stages:
        alike: dict[tuple[int, bool], list[int]] = {}
        for at, action in enumerate(stage.actions):
            alike.setdefault((action.order, action.is_approval), []).append(at)
        groups.append(tuple(tuple(group) for group in alike.values() if len(group) > 1))
    return tuple(groups)


Targets = list[tuple[int, ...]]


def _targets(state: State, aims: tuple[int, ...]) -> Targets:
    """For each stage the rollback targets in the key; [] if nothing rolls back."""
    return [stage.targets[-aim:] if aim else () for stage, aim in zip(state.stages, aims, strict=False)]


def numbers(state: State, aims: tuple[int, ...] = (), targets: Targets | None = None) -> list[int]:
    """The executions in a key, in order: the key calls the first 1, the second 2."""
    present = [execution.number for execution in state.executions]
    targets = _targets(state, aims) if targets is None else targets
    if targets:
        referred = set(present).union(*targets)
        if len(referred) > len(present):  # an execution that has ended keeps a number as a rollback target
            return sorted(referred)
    return present


def state_key(state: State, counted: bool, folded: bool, aims: tuple[int, ...] = ()) -> bytes:
    """The key of ``state``.

    ``counted``: include how many executions have started. ``folded``: sort equal parallel actions. ``aims``: how many
    rollback targets of each stage are included; () if nothing rolls back.
    """
    targets = _targets(state, aims)
    old_numbers = numbers(state, aims, targets)
    new = {number: at for at, number in enumerate(old_numbers, start=1)}
    seat = {each.number: state.current_index(each) for each in state.executions if each.actions}
    old = sum([number <= state.last_edited for number in old_numbers]) if state.last_edited else 0
    out = [bytes((*divmod(state.newest if counted else len(new), 256), state.deleted, old))]
    for index, stage in enumerate(state.stages):
        door, inbound, holder, entered, _, _ = stage
        parts = (
            door,
            new.get(holder, 0),
            new[entered] if seat.get(entered) == index else 0,
            tuple([new[number] for number in inbound]) if inbound else (),
            tuple([new[number] for number in targets[index]]) if targets and targets[index] else (),
        )
        out.append(_stage(parts))
    alike_actions = _interchangeable(state.pipeline) if folded else ()
    for number, status, index, actions, kind, condition, rules, retried, own in state.executions:
        alike = alike_actions[index] if alike_actions else ()
        out.append(
            _execution(
                (new[number], status, index, actions, kind, condition, rules, retried, own is not None, alike)
            )
        )
    return b"".join(out)


StageParts = tuple[str, int, int, tuple[int, ...], tuple[int, ...]]
ExecutionParts = tuple[
    int, str, int, tuple[str, ...], str, str, tuple[str, ...], bool, bool, tuple[tuple[int, ...], ...]
]


@lru_cache(maxsize=100_000)  # the same few thousand pieces make up all the keys of a graph
def _stage(parts: StageParts) -> bytes:
    """The bytes of one stage: its transition, holder, last entered and inbound executions, and rollback targets."""
    door, holder, entered, inbound, targets = parts
    return bytes((_DOORS[door], holder, entered, len(inbound), len(targets), *inbound, *targets))


@lru_cache(maxsize=100_000)
def _execution(parts: ExecutionParts) -> bytes:
    """The bytes of one execution; the statuses of equal actions are sorted."""
    number, status, index, actions, kind, condition, rules, retried, edited, alike = parts
    codes = [_CODE[each] for each in actions]
    for group in alike if codes else ():
        for at, code in zip(group, sorted(codes[i] for i in group), strict=True):
            codes[at] = code
    flags = (kind == ROLLBACK) + 2 * retried + 4 * edited + 8 * _CONDITIONS[condition]
    judged = [_CODE[each] for each in rules]
    return bytes((number, _CODE[status], index, flags, len(codes), len(judged), *codes, *judged))


def state_of(start: State, packed: bytes) -> State:
    """The state of a key, with executions numbered from 1 and without what the key leaves out.

    ``start`` is any state of the same run, for its pipeline and readings.
    """
    pipeline = start.pipeline
    last, deleted, before, at = 256 * packed[0] + packed[1], bool(packed[2]), packed[3], 4
    stages = []
    for _ in pipeline.stages:
        door, holder, entered, waiting, aims = packed[at : at + 5]
        at += 5
        inbound, targets = packed[at : at + waiting], packed[at + waiting : at + waiting + aims]
        stages.append(StageState(_DOOR[door], tuple(inbound), holder, entered, 0, tuple(targets)))
        at += waiting + aims
    executions: list[Execution] = []
    while at < len(packed):
        number, status, index, flags, length, judged = packed[at : at + 6]
        at += 6
        actions = tuple([_STATUS[code] for code in packed[at : at + length]])
        rules = tuple([_STATUS[code] for code in packed[at + length : at + length + judged]])
        executions.append(
            Execution(
                number,
                _STATUS[status],
                index,
                actions,
                ROLLBACK if flags & 1 else STANDARD,
                _CONDITION[flags >> 3],
                rules,
                bool(flags & 2),
                pipeline if flags & 4 else None,  # only edits that change nothing are explored
            )
        )
        at += length + judged
    return State(pipeline, last, tuple(stages), tuple(executions), deleted, before, start.readings)
