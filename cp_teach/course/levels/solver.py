"""Shortest paths to the goals of a level, by breadth-first search over its moments."""

from __future__ import annotations

import time
from collections import deque
from typing import Any, NamedTuple

from cp_teach.course.levels.level import Level, Moment
from cp_teach.course.levels.move_language import Move
from cp_teach.explore.state_graph import TooManyStates

MAX_MOMENTS = 60_000
SECONDS = 20.0


class GoalPath(NamedTuple):
    """The fewest moves to the goals from some moment; None where the goals cannot be reached."""

    moves: tuple[Move, ...] | None

    @property
    def lost(self) -> bool:
        """True if no moves lead to the goals."""
        return self.moves is None


def shortest_path(
    level: Level, moment: Moment | None = None, *, limit: int = MAX_MOMENTS, seconds: float = SECONDS
) -> GoalPath:
    """The fewest moves from ``moment`` (default: the start of the level) to a moment at which all goals are met.

    Raises ``TooManyStates`` if the search has neither found a path nor excluded one after ``limit`` moments or
    ``seconds``.
    """
    start = moment or level.start
    newest, deadline = level.newest, time.monotonic() + seconds
    if level.won(start):
        return GoalPath(())
    previous: dict[Any, tuple[Any, Move] | None] = {start.key: None}
    queue = deque([start])
    while queue:
        current = queue.popleft()
        for move in level.moves(current, newest):
            after = level.apply(current, move)
            if after.key in previous:
                continue
            previous[after.key] = (current.key, move)
            if level.won(after):
                return GoalPath(_moves_to(after.key, previous))
            queue.append(after)
        if len(previous) > limit or time.monotonic() > deadline:
            raise TooManyStates(
                f"level {level.name}: no answer after {len(previous):,} moments (limit={limit}, "
                f"seconds={seconds:g}). Allow fewer kinds of moves (allow) or fewer revisions, or use a smaller "
                "pipeline."
            )
    return GoalPath(None)


def _moves_to(key: Any, previous: dict[Any, tuple[Any, Move] | None]) -> tuple[Move, ...]:
    moves: list[Move] = []
    while (step := previous[key]) is not None:
        key, move = step
        moves.append(move)
    return tuple(reversed(moves))


def par(level: Level) -> int:
    """The fewest moves that solve the level. Raises ``ValueError`` for a level that cannot be solved."""
    moves = shortest_path(level).moves
    if moves is None:
        raise ValueError(f"level {level.name} cannot be solved: no moves lead to its goals")
    return len(moves)
