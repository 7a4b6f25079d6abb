"""Which moves are explored: kinds of commands by a word for each, so that a graph can be narrowed by name."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from functools import lru_cache

from cp_teach.engine.model import commands as c
from cp_teach.engine.model.state import FAILED, IN_PROGRESS, OPEN, STANDARD, STOPPED, Execution, State
from cp_teach.engine.queries.legal_commands import candidates, ends
from cp_teach.engine.rules.validation import refusal
from cp_teach.pipeline import Pipeline

KINDS: dict[str, str] = {
    "release": "a change is released",
    "finish": "a running action succeeds",
    "fail": "a running action fails",
    "time out": "a running action runs into its time limit",
    "approve": "a manual approval is approved or rejected",
    "toggle": "a transition is enabled or disabled",
    "retry": "a stage is retried",
    "stop": "an execution is stopped, waiting or abandoning",
    "judge": "a rule of a stage condition is met or not",
    "override": "a condition that failed a stage is overridden",
    "roll back": "a stage is rolled back",
    "expire": "a transition has been disabled for 30 days",
    "edit": "the pipeline is edited",
    "delete": "the pipeline is deleted",
}
"""Every word that ``allow`` takes, and what it lets happen."""

DEFAULT = ("release", "finish", "fail", "approve", "toggle", "retry", "judge")
"""What is explored unless something else is asked for: each of the others multiplies the graph."""

_KIND: dict[type, str] = {
    c.StartExecution: "release",
    c.TimeOut: "time out",
    c.PutApprovalResult: "approve",
    c.EnableTransition: "toggle",
    c.DisableTransition: "toggle",
    c.RetryStage: "retry",
    c.StopExecution: "stop",
    c.FinishRule: "judge",
    c.OverrideCondition: "override",
    c.RollbackStage: "roll back",
    c.ExpireTransition: "expire",
    c.EditPipeline: "edit",
    c.DeletePipeline: "delete",
}


def kind(move: c.Command) -> str:
    """The word for a move."""
    if isinstance(move, c.FinishAction):
        return "fail" if move.failure else "finish"
    return _KIND[type(move)]


def moves(state: State, allow: Collection[str], newest: int | None) -> list[c.Command]:
    """The moves of these kinds that may be done now and change something; nothing is released or rolled back after
    execution ``newest``.

    They are those of ``legal`` (a test compares). This is the inner loop of exploring, so what needs no judge is not
    asked: whatever is in progress may end, and any door may be turned.
    """
    if state.deleted:
        return []
    found: list[c.Command] = []
    words = frozenset(allow)
    full = newest is not None and state.last >= newest
    if "toggle" in allow:
        # AWS accepts opening what is open and closing what is closed, and it does nothing.
        doors = _doors(state.pipeline)
        found += [both[seen.door in OPEN] for both, seen in zip(doors, state.stages, strict=True)]
    for x in state.executions:
        if x.busy:
            own = state.pipeline if x.pipeline is None else x.pipeline
            found += _ends(own, x.stage, x.number, x.actions, x.condition, x.rules, words)
    found += [move for move in _others(state, allow, full) if refusal(state, move) is None]
    return found


def _others(state: State, allow: Collection[str], full: bool) -> Iterator[c.Command]:
    """What the judge has to be asked about."""
    if not full and ("release" in allow or "roll back" in allow):
        first = next(candidates(state))
        if "release" in allow:
            yield first
        if "roll back" in allow and state.pipeline.type == "V2":
            for stage, seen in zip(state.pipeline.stages, state.stages, strict=True):
                for target in seen.targets:
                    yield c.RollbackStage(stage.name, target)
    for x in state.executions:
        if "retry" in allow and x.actions and (x.status in LYING or FAILED in x.actions):
            name = state.stage_of(x).name
            yield c.RetryStage(x.number, name, c.FAILED_ACTIONS)
            yield c.RetryStage(x.number, name, c.ALL_ACTIONS)
        if "override" in allow and x.condition:
            yield c.OverrideCondition(x.number, state.stage_of(x).name, x.condition)
        if "stop" in allow:
            yield c.StopExecution(x.number, False)
            yield c.StopExecution(x.number, True)
    if "expire" in allow:
        yield from (c.ExpireTransition(stage.name) for stage in state.pipeline.stages)
    if "edit" in allow:
        yield c.EditPipeline(state.pipeline)
    if "delete" in allow:
        yield c.DeletePipeline()


LYING = (FAILED, STOPPED)


@lru_cache(maxsize=64)
def _doors(pipeline: Pipeline) -> tuple[tuple[c.Command, c.Command], ...]:
    """For each stage the move that opens its door, and the one that closes it."""
    return tuple(
        (c.EnableTransition(stage.name), c.DisableTransition(stage.name)) for stage in pipeline.stages
    )


@lru_cache(maxsize=100_000)
def _ends(
    pipeline: Pipeline,
    index: int,
    number: int,
    actions: tuple[str, ...],
    condition: str,
    rules: tuple[str, ...],
    allow: frozenset[str],
) -> tuple[c.Command, ...]:
    """Every way in which what is in progress here may end."""
    x = Execution(number, IN_PROGRESS, 0, actions, STANDARD, condition, rules)
    return tuple(move for move in ends(pipeline.stages[index], x) if kind(move) in allow)


def words(allow: Collection[str]) -> frozenset[str]:
    """``allow`` as a set. Raises ``ValueError`` for a word that is not one of ``KINDS``."""
    if isinstance(allow, str):
        allow = (allow,)
    for word in allow:
        if word not in KINDS:
            raise ValueError(f"allow={word!r} is not known; the words are: {', '.join(KINDS)}")
    return frozenset(allow)
