"""The key of a state: a few bytes that are equal for two states which no further move can tell apart.

Executions are renumbered in their order, so that releases without end still make a finite graph. What no
command reads is left out: who last succeeded in a stage, and who entered last where that execution is gone.
Equal actions of one run-order group are interchangeable for every rule, so their statuses are sorted.
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
def _twins(pipeline: Pipeline) -> tuple[tuple[tuple[int, ...], ...], ...]:
    """For each stage: the groups of actions that no rule tells apart (same run order, approval or not)."""
    found = []
    for stage in pipeline.stages:
        alike: dict[tuple[int, bool], list[int]] = {}
        for at, action in enumerate(stage.actions):
            alike.setdefault((action.order, action.is_approval), []).append(at)
        found.append(tuple(tuple(group) for group in alike.values() if len(group) > 1))
    return tuple(found)


Kept = list[tuple[int, ...]]


def _kept(state: State, aims: tuple[int, ...]) -> Kept:
    """For each stage the rollback targets that are told; nothing where nothing rolls back."""
    return [stage.targets[-aim:] if aim else () for stage, aim in zip(state.stages, aims, strict=False)]


def numbers(state: State, aims: tuple[int, ...] = (), kept: Kept | None = None) -> list[int]:
    """The executions that a key tells of, in their order: it calls the first 1, the second 2."""
    found = [x.number for x in state.executions]
    kept = _kept(state, aims) if kept is None else kept
    if kept:
        known = set(found).union(*kept)
        if len(known) > len(found):  # who is gone and can still be rolled back to keeps a number, too
            return sorted(known)
    return found


def key(state: State, counted: bool, folded: bool, aims: tuple[int, ...] = ()) -> bytes:
    """The key of ``state``. ``counted`` keeps how many executions were released; ``folded`` sorts equal
    parallel actions; ``aims`` says how many rollback targets of each stage are kept, which is none where nothing
    rolls back."""
    kept = _kept(state, aims)
    told = numbers(state, aims, kept)
    new = {number: at for at, number in enumerate(told, start=1)}
    seat = {x.number: state.seat(x) for x in state.executions if x.actions}
    old = sum([number <= state.before for number in told]) if state.before else 0
    out = [bytes((*divmod(state.last if counted else len(new), 256), state.deleted, old))]
    for index, stage in enumerate(state.stages):
        door, inbound, holder, entered, _, _ = stage
        who = (
            door,
            new.get(holder, 0),
            new[entered] if seat.get(entered) == index else 0,
            tuple([new[number] for number in inbound]) if inbound else (),
            tuple([new[number] for number in kept[index]]) if kept and kept[index] else (),
        )
        out.append(_stage(who))
    twins = _twins(state.pipeline) if folded else ()
    for x in state.executions:
        number, status, index, actions, kind, condition, rules, retried, own = x
        alike = twins[index] if twins else ()
        what = (new[number], status, index, actions, kind, condition, rules, retried, own is not None, alike)
        out.append(_execution(what))
    return b"".join(out)


Who = tuple[str, int, int, tuple[int, ...], tuple[int, ...]]
What = tuple[
    int, str, int, tuple[str, ...], str, str, tuple[str, ...], bool, bool, tuple[tuple[int, ...], ...]
]


@lru_cache(maxsize=100_000)  # the same few thousand pieces make up all the keys of a graph
def _stage(who: Who) -> bytes:
    """The part of a key that tells of one stage: its door, its holder, who entered last, who waits, the targets."""
    door, holder, entered, inbound, targets = who
    return bytes((_DOORS[door], holder, entered, len(inbound), len(targets), *inbound, *targets))


@lru_cache(maxsize=100_000)
def _execution(what: What) -> bytes:
    """The part of a key that tells of one execution; the statuses of actions that are alike are sorted."""
    number, status, index, actions, kind, condition, rules, retried, edited, alike = what
    codes = [_CODE[each] for each in actions]
    for group in alike if codes else ():
        for at, code in zip(group, sorted(codes[i] for i in group), strict=True):
            codes[at] = code
    flags = (kind == ROLLBACK) + 2 * retried + 4 * edited + 8 * _CONDITIONS[condition]
    judged = [_CODE[each] for each in rules]
    return bytes((number, _CODE[status], index, flags, len(codes), len(judged), *codes, *judged))


def state_of(start: State, packed: bytes) -> State:
    """The state that a key stands for: the smallest numbers, and nothing that was left out. ``start`` is any state of
    the same run: it has the pipeline and the readings."""
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
