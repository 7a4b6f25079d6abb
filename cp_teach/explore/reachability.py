"""Reachability: the shortest path to a goal, whether a state is stuck, and who can unblock it."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection
from typing import NamedTuple

from cp_teach.engine.model import commands as c
from cp_teach.engine.model.commands import Command
from cp_teach.engine.model.state import IN_PROGRESS, STOPPING, State
from cp_teach.engine.queries.blocked_reason import why
from cp_teach.engine.queries.legal_commands import legal
from cp_teach.explore.move_kinds import DEFAULT_KINDS, kind_of_move
from cp_teach.explore.state_graph import TooManyStates, explore
from cp_teach.pipeline import Pipeline

Goal = Callable[[State], object]


WHO = {
    "release": "a developer",
    "finish": "the worker of the action",
    "fail": "the worker of the action",
    "time out": "the clock",
    "judge": "the worker of the rule",
    "expire": "the clock",
    "approve": "a reviewer",
    "toggle": "an operator",
    "retry": "an operator",
    "stop": "an operator",
    "override": "an operator",
    "roll back": "an operator",
    "edit": "the owner of the pipeline",
    "delete": "the owner of the pipeline",
}
"""Kind of move -> who makes it."""


class Unblocking(NamedTuple):
    """A move that unblocks something, and who can make it."""

    who: str
    move: Command

    def __str__(self) -> str:
        return f"{self.who}: {self.move}"


def path(
    start: Pipeline | State,
    goal: Goal,
    *,
    revisions: int | None = 2,
    allow: Collection[str] = DEFAULT_KINDS,
    limit: int = 200_000,
    seconds: float = 20.0,
) -> list[Command] | None:
    """The fewest moves from ``start`` to a state for which ``goal`` is true; [] if it is true already, None if no such
    state can be reached.

    Raises ``TooManyStates`` if the answer is still open after ``limit`` states or ``seconds``.
    """
    space = explore(start, revisions, allow, limit=limit)
    until = time.monotonic() + seconds
    for index, state in enumerate(space):
        if goal(space.start if index == 0 else state):
            return space.route(index)
        if index % 256 == 0 and time.monotonic() > until:
            raise TooManyStates(
                f"no answer for {space.pipeline.name} after {seconds:g} s and {space.explored:,} states. "
                f"Narrow it: fewer revisions than {revisions}, fewer kinds of moves than {sorted(space.allow)} "
                "(allow=...), or more seconds."
            )
    return None


def can_reach(
    start: Pipeline | State,
    goal: Goal,
    *,
    revisions: int | None = 2,
    allow: Collection[str] = DEFAULT_KINDS,
    limit: int = 200_000,
    seconds: float = 20.0,
) -> bool:
    """Whether a state for which ``goal`` is true can be reached. Raises ``TooManyStates`` as ``path`` does."""
    return path(start, goal, revisions=revisions, allow=allow, limit=limit, seconds=seconds) is not None


def is_stuck(state: State) -> bool:
    """Whether executions are in progress and every one of them waits for a person."""
    active = any(execution.status in (IN_PROGRESS, STOPPING) for execution in state.executions)
    return active and not any(kind_of_move(move) in ("finish", "judge") for move in legal(state))


def who_can_unblock(
    state: State, *, execution: int | None = None, stage: str | None = None
) -> list[Unblocking]:
    """Who can unblock that execution, or that stage, and with which move; each is allowed and helps at once.

    Empty if no move is needed, or none helps. Raises ``LookupError`` for an unknown execution or stage.
    """
    moves = why(state, execution=execution, stage=stage).moves
    return [
        Unblocking(WHO[kind_of_move(move)], move)
        for move in moves
        if not isinstance(move, c.FinishAction) or not move.failure
    ]
