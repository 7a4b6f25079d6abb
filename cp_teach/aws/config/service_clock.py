"""The service's clock: manual, virtual, or real time multiplied by a factor.

All pipelines of a server share it. It counts epoch seconds, like AWS's timestamps.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

MODES = ("manual", "virtual", "real")
LATEST = 221_845_392_000.0
"""The year 9000, which a clock never passes, because timestamps cannot go much further."""
FASTEST = 1_000_000.0
"""Maximum speed of a clock as a multiple of the wall clock's: 11 days a second."""


class Clock:
    """The time of the service.

    ``manual``: it changes only with ``tick``. ``virtual``: everything happens at once, and durations pass on this clock
    only. ``real``: it runs ``factor`` times as fast as the wall clock.
    """

    def __init__(self, mode: str = "virtual", factor: float = 1.0, now: float | None = None) -> None:
        self._standing: float | None = None
        self.set(mode, factor, time.time() if now is None else now)

    def set(self, mode: str, factor: float = 1.0, now: float | None = None) -> None:
        """Change the mode from now on. Raises ``ValueError`` for an unknown mode or an invalid factor."""
        if mode not in MODES:
            raise ValueError(f"the clock mode {mode!r} does not exist; use one of: {', '.join(MODES)}")
        if not (is_number(factor) and 0 < factor <= FASTEST):
            raise ValueError(
                f"factor must be a number greater than 0, up to {FASTEST:,.0f}, not {factor!r:.60}"
            )
        self._base = self.now() if now is None else now
        self._wall = time.monotonic()
        self.mode, self.factor = mode, float(factor)

    def now(self) -> float:
        """Epoch seconds."""
        if self._standing is not None:
            return self._standing
        if self.mode == "manual":
            return self._base
        factor = self.factor if self.mode == "real" else 1.0
        return min(LATEST, self._base + (time.monotonic() - self._wall) * factor)

    def tick(self, seconds: float) -> None:
        """Advance the clock in any mode. Raises ``ValueError`` for a negative number of seconds."""
        if not (is_number(seconds) and seconds >= 0):
            raise ValueError(f"seconds must be a number of 0 or more, not {seconds!r:.60}")
        if self.now() + seconds > LATEST:
            raise ValueError(f"{seconds:g} more seconds would move the clock past the year 9000")
        self._base += seconds

    def reach(self, epoch: float) -> None:
        """Advance the clock to that time, unless it is later already."""
        if epoch <= (now := self.now()):
            return
        if self._standing is not None:
            self._standing = epoch
        else:
            self._base += epoch - now

    @contextmanager
    def standing_at(self, epoch: float) -> Iterator[None]:
        """Show an earlier moment, while something is done late that was due then. The caller must hold the service's
        lock."""
        self._standing = epoch
        try:
            yield
        finally:
            reached, self._standing = self._standing, None
            self.reach(reached)

    def reading(self) -> tuple[str, float, float, float]:
        """The complete state of the clock, for ``restore``."""
        return self.mode, self.factor, self._base, self._wall

    def restore(self, reading: tuple[str, float, float, float]) -> None:
        """Reset the clock to an earlier ``reading``."""
        self.mode, self.factor, self._base, self._wall = reading

    def to_dict(self) -> dict[str, Any]:
        """The clock as the admin API shows it."""
        return {"mode": self.mode, "factor": self.factor, "now": self.now()}


def is_number(value: Any) -> bool:
    """True for a finite number; a Boolean is none."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    try:
        return math.isfinite(value)
    except OverflowError:  # an integer too large for a float
        return False


def make_clock(given: str | float | Clock) -> Clock:
    """A clock from an argument: a clock, a mode, or the factor of a real clock.

    Raises ``ValueError`` for anything else.
    """
    if isinstance(given, Clock):
        return given
    if isinstance(given, str):
        return Clock(given)
    return Clock("real", given)
