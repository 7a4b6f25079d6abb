"""Ways to the goals of a level: the shortest from where the learner is, and whether there is one at all."""

from __future__ import annotations

import time
from collections import deque
from typing import Any, NamedTuple

from cp_teach.course.levels.level import Level, Moment
from cp_teach.course.levels.move_language import Said
from cp_teach.explore.state_graph import TooManyStates

MOST = 60_000
"""Moments of a level that are looked at, at the most."""
SECONDS = 20.0


class Standing(NamedTuple):
    """How a learner stands: the fewest moves to the goals from here; None where there is no way any more."""

    way: tuple[Said, ...] | None

    @property
    def lost(self) -> bool:
        """True when no moves lead to the goals any more."""
        return self.way is None


def standing(
    level: Level, moment: Moment | None = None, *, limit: int = MOST, seconds: float = SECONDS
) -> Standing:
    """The fewest moves from ``moment`` (the start of the level, if not given) to where all goals are met.

    Raises ``TooManyStates`` when neither a way nor its absence is known after ``limit`` moments or ``seconds``.
    """
    start = moment or level.start
    newest, until = level.newest, time.monotonic() + seconds
    if level.won(start):
        return Standing(())
    came: dict[Any, tuple[Any, Said] | None] = {start.key: None}
    queue = deque([start])
    while queue:
        here = queue.popleft()
        for move in level.moves(here, newest):
            there = level.move(here, move)
            if there.key in came:
                continue
            came[there.key] = (here.key, move)
            if level.won(there):
                return Standing(_back(came, there.key))
            queue.append(there)
        if len(came) > limit or time.monotonic() > until:
            raise TooManyStates(
                f"level {level.name}: no answer after {len(came):,} moments (limit={limit}, seconds={seconds:g}). "
                "Narrow it: fewer kinds of moves (allow), fewer revisions, or a smaller pipeline."
            )
    return Standing(None)


def _back(came: dict[Any, tuple[Any, Said] | None], key: Any) -> tuple[Said, ...]:
    found: list[Said] = []
    while (step := came[key]) is not None:
        key, move = step
        found.append(move)
    return tuple(reversed(found))


def fewest(level: Level) -> int:
    """Par: the fewest moves that solve the level. Raises ``ValueError`` where nothing does."""
    way = standing(level).way
    if way is None:
        raise ValueError(f"level {level.name} cannot be solved: no moves lead to its goals")
    return len(way)
