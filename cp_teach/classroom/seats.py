"""Seats of a lesson: how many browsers follow at the same time, and who makes room when it is full.

One browser cannot take every seat. It has at most ``TABS`` seats with its ballot, and a newcomer who has none yet takes
the seat of a second tab, or of a client without a ballot, where an address or the whole lesson is full.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Protocol

SEATS = 500
"""Followers at the same time; scale past that is JupyterHub's job."""

SEATS_PER_ADDRESS = 400
"""Followers behind one address: a school behind one router fits, and cannot take the lesson from everybody else."""

TABS = 4
"""Seats of one ballot: tabs and windows of one browser."""

FULL, TOO_MANY_TABS, REPLACED = (
    (4503, "This lesson is full."),
    (4409, "The lesson is open in too many tabs of this browser, so this tab was disconnected."),
    (4409, "The lesson is full, and this seat went to a browser without one. Reload to try again."),
)


class Follower(Protocol):
    """What a seat needs to know about its browser."""

    instructor: bool
    ballot: str

    @property
    def address(self) -> str:
        """The address that it connects from."""

    def refresh(self) -> None:
        """Send what is new."""

    def end(self, code: int, reason: str) -> None:
        """Close the connection and say why."""


class Seats:
    """Everybody who follows, oldest first. The server's thread changes it; any thread may count."""

    def __init__(self) -> None:
        self._lines: dict[Follower, None] = {}  # a set that keeps its order

    def __contains__(self, line: object) -> bool:
        return line in self._lines

    def __iter__(self) -> Iterator[Follower]:
        """Everybody, instructors first: their picture does not wait for a class."""
        return iter(sorted(self._lines, key=lambda line: not line.instructor))

    @property
    def ballots(self) -> set[str]:
        """The ballots of those who follow now."""
        return {line.ballot for line in list(self._lines) if line.ballot}

    @property
    def students(self) -> int:
        """How many follow: a browser with several tabs counts once."""
        without = sum(not line.ballot and not line.instructor for line in list(self._lines))
        return len(self.ballots) + without

    def take(self, line: Follower) -> bool:
        """Give the newcomer a seat; False when there is none. Somebody with several seats may lose one by it."""
        if not line.instructor and not self._has_room(line):
            return False
        self._lines[line] = None
        return True

    def leave(self, line: Follower) -> None:
        """Free a seat."""
        self._lines.pop(line, None)

    def _has_room(self, line: Follower) -> bool:
        students = [other for other in self._lines if not other.instructor]
        own = [other for other in students if line.ballot and other.ballot == line.ballot]
        if len(own) >= TABS:  # the newest stays: the oldest may be a connection that is dead already
            self._end(own[0], TOO_MANY_TABS)
            return True
        neighbors = [other for other in students if other.address == line.address]
        crowd = neighbors if len(neighbors) >= SEATS_PER_ADDRESS else students
        if len(crowd) < (SEATS_PER_ADDRESS if crowd is neighbors else SEATS):
            return True
        spare = _spare(crowd) if line.ballot and not own else None
        if spare is None:
            return False
        self._end(spare, REPLACED)
        return True

    def _end(self, line: Follower, why: tuple[int, str]) -> None:
        self.leave(line)
        line.end(*why)


def _spare(lines: Iterable[Follower]) -> Follower | None:
    """The oldest seat of a client without a ballot, or of a ballot that has another one."""
    seen: set[str] = set()
    second: Follower | None = None
    for line in lines:
        if not line.ballot:
            return line
        if line.ballot in seen and second is None:
            second = line
        seen.add(line.ballot)
    return second
