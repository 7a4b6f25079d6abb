"""Moves: the commands of an exploration, grouped into kinds by name, so that a graph can be narrowed by them."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from functools import lru_cache

from cp_teach.engine.model import commands as c
from cp_teach.engine.model.state import (
    FAILED,
    IN_PROGRESS,
    SHOWN_AS_ENABLED,
    STANDARD,
    STOPPED,
    Execution,
    State,
)
from cp_teach.engine.queries.legal_commands import candidates, ends, rollbacks
from cp_teach.engine.rules.step import refusal
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
"""Kind of move, as ``allow`` takes it -> what happens."""

DEFAULT_KINDS = ("release", "finish", "fail", "approve", "toggle", "retry", "judge")
"""The kinds that are explored by default; each of the others multiplies the graph."""

MOVE_KINDS: dict[type[c.Command], str] = {
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
"""Command -> its kind of move. A ``FinishAction`` is a "fail" or a "finish"."""


def kind_of_move(move: c.Command) -> str:
    """The kind of a move, a key of ``KINDS``."""
    if isinstance(move, c.FinishAction):
        return "fail" if move.failure else "finish"
    return MOVE_KINDS[type(move)]


def allowed_moves(state: State, allow: Collection[str], newest: int | None) -> list[c.Command]:
    """The allowed moves of these kinds that change something. None of them starts an execution after ``newest``.

    They are those of ``legal`` (a test compares). This is the inner loop of an exploration, so commands that are always
    allowed are not validated: all that is in progress may end, and any transition may be enabled or disabled.
    """
    if state.deleted:
        return []
    listed: list[c.Command] = []
    kinds = frozenset(allow)
    full = newest is not None and state.newest >= newest
    if "toggle" in allow:
        # AWS also accepts a move that does nothing, such as enabling an enabled transition.
        toggles = _toggles(state.pipeline)
        listed += [
            toggle[stage.transition in SHOWN_AS_ENABLED]
            for toggle, stage in zip(toggles, state.stages, strict=True)
        ]
    for each in state.executions:
        if each.busy:
            own = state.pipeline if each.pipeline is None else each.pipeline
            listed += _ends(own, each.stage, each.number, each.actions, each.condition, each.rules, kinds)
    listed += [move for move in _others(state, allow, full) if refusal(state, move) is None]
    return listed


def _others(state: State, allow: Collection[str], full: bool) -> Iterator[c.Command]:
    """The moves that must be validated."""
    if not full and ("release" in allow or "roll back" in allow):
        first = next(candidates(state))
        if "release" in allow:
            yield first
        if "roll back" in allow and state.pipeline.type == "V2":
            yield from rollbacks(state)
    for each in state.executions:
        if "retry" in allow and each.actions and (each.status in (FAILED, STOPPED) or FAILED in each.actions):
            name = state.stage_of(each).name
            yield c.RetryStage(each.number, name, c.FAILED_ACTIONS)
            yield c.RetryStage(each.number, name, c.ALL_ACTIONS)
        if "override" in allow and each.condition:
            yield c.OverrideCondition(each.number, state.stage_of(each).name, each.condition)
        if "stop" in allow:
            yield c.StopExecution(each.number, False)
            yield c.StopExecution(each.number, True)
    if "expire" in allow:
        yield from (c.ExpireTransition(stage.name) for stage in state.pipeline.stages)
    if "edit" in allow:
        yield c.EditPipeline(state.pipeline)
    if "delete" in allow:
        yield c.DeletePipeline()


@lru_cache(maxsize=64)
def _toggles(pipeline: Pipeline) -> tuple[tuple[c.Command, c.Command], ...]:
    """For each stage the commands that enable and disable its transition."""
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
    """Every way in which the running actions and rules may end."""
    execution = Execution(number, IN_PROGRESS, 0, actions, STANDARD, condition, rules)
    return tuple(move for move in ends(pipeline.stages[index], execution) if kind_of_move(move) in allow)


def checked_kinds(allow: Collection[str]) -> frozenset[str]:
    """``allow`` as a set. Raises ``ValueError`` for a kind that is not in ``KINDS``."""
    if isinstance(allow, str):
        allow = (allow,)
    for name in allow:
        if name not in KINDS:
            raise ValueError(f"allow={name!r} is not known; the kinds of moves are: {', '.join(KINDS)}")
    return frozenset(allow)
