"""Seats of a lesson: how many browsers can follow at the same time, and which one gives way when it is full.

One browser cannot take every seat, because it has at most ``TABS`` seats with its ballot. When an address or the
whole lesson is full, a newcomer without a seat takes the seat of a second tab, or of a client without a ballot.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Protocol

SEATS = 500
"""Maximum followers at the same time; use JupyterHub for more."""

SEATS_PER_ADDRESS = 400
"""Maximum followers behind one address: a school behind one router fits, but cannot fill the lesson alone."""

TABS = 4
"""Maximum seats of one ballot: tabs and windows of one browser."""

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
        """The network address of the browser."""

    def refresh(self) -> None:
        """Send the new parts of the picture."""

    def end(self, code: int, reason: str) -> None:
        """Close the connection and say why."""


class Seats:
    """All followers, oldest first. Only the server's thread changes the set; any thread can count it."""

    def __init__(self) -> None:
        self._followers: dict[Follower, None] = {}  # a set that keeps its order

    def __contains__(self, follower: object) -> bool:
        return follower in self._followers

    def __iter__(self) -> Iterator[Follower]:
        """All followers, instructors first, because their picture must not wait for the class."""
        return iter(sorted(self._followers, key=lambda follower: not follower.instructor))

    @property
    def ballots(self) -> set[str]:
        """The ballots of the current followers."""
        return {follower.ballot for follower in list(self._followers) if follower.ballot}

    @property
    def students(self) -> int:
        """The number of students who follow; a browser with several tabs counts once."""
        without = sum(not follower.ballot and not follower.instructor for follower in list(self._followers))
        return len(self.ballots) + without

    def take(self, follower: Follower) -> bool:
        """Give the newcomer a seat; False if there is none. A browser with several seats may lose one."""
        if not follower.instructor and not self._has_room(follower):
            return False
        self._followers[follower] = None
        return True

    def leave(self, follower: Follower) -> None:
        """Free a seat."""
        self._followers.pop(follower, None)

    def _has_room(self, follower: Follower) -> bool:
        students = [other for other in self._followers if not other.instructor]
        own = [other for other in students if follower.ballot and other.ballot == follower.ballot]
        if len(own) >= TABS:  # the oldest may be a dead connection, so it gives way
            self._end(own[0], TOO_MANY_TABS)
            return True
        neighbors = [other for other in students if other.address == follower.address]
        crowd = neighbors if len(neighbors) >= SEATS_PER_ADDRESS else students
        if len(crowd) < (SEATS_PER_ADDRESS if crowd is neighbors else SEATS):
            return True
        replaceable = _replaceable_seat(crowd) if follower.ballot and not own else None
        if replaceable is None:
            return False
        self._end(replaceable, REPLACED)
        return True

    def _end(self, follower: Follower, reason: tuple[int, str]) -> None:
        self.leave(follower)
        follower.end(*reason)


def _replaceable_seat(followers: Iterable[Follower]) -> Follower | None:
    """The oldest seat of a client without a ballot, or of a ballot that has another seat."""
    seen: set[str] = set()
    second: Follower | None = None
    for follower in followers:
        if not follower.ballot:
            return follower
        if follower.ballot in seen and second is None:
            second = follower
        seen.add(follower.ballot)
    return second
