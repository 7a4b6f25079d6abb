"""The service's clock: by hand, virtual, or real time times a factor.

Every pipeline of a server lives by the same one. It tells epoch seconds, as AWS's time stamps do.
"""

from __future__ import annotations

import math
import time
from typing import Any

MODES = ("manual", "virtual", "real")
LATEST = 221_845_392_000.0
"""The year 9000, which a clock never passes, because timestamps cannot go much further."""
FASTEST = 1_000_000.0
"""Maximum speed of a clock as a multiple of the wall clock's: 11 days a second."""


class Clock:
    """What time it is for the service.

    ``manual``: it stands still until ``tick``. ``virtual``: whatever can happen happens at once, and takes its time
    on this clock only. ``real``: it goes ``factor`` times as fast as the clock on the wall.
    """

    def __init__(self, mode: str = "virtual", factor: float = 1.0, now: float | None = None) -> None:
        self.set(mode, factor, time.time() if now is None else now)

    def set(self, mode: str, factor: float = 1.0, now: float | None = None) -> None:
        """Go on in another way from the present moment. Raises ``ValueError`` for a mode or factor that is none."""
        if mode not in MODES:
            raise ValueError(f"there is no clock {mode!r}; use one of: {', '.join(MODES)}")
        if not (_is_number(factor) and 0 < factor <= FASTEST):
            raise ValueError(
                f"factor must be a number greater than 0, up to {FASTEST:,.0f}, not {factor!r:.60}"
            )
        self._base = self.now() if now is None else now
        self._wall = time.monotonic()
        self.mode, self.factor = mode, float(factor)

    def now(self) -> float:
        """Epoch seconds."""
        if self.mode == "manual":
            return self._base
        factor = self.factor if self.mode == "real" else 1.0
        return min(LATEST, self._base + (time.monotonic() - self._wall) * factor)

    def tick(self, seconds: float) -> None:
        """Let that many seconds pass at once, whatever the mode. Raises ``ValueError`` for a step back."""
        if not (_is_number(seconds) and seconds >= 0):
            raise ValueError(f"seconds must be a number of 0 or more, not {seconds!r:.60}")
        if self.now() + seconds > LATEST:
            raise ValueError(f"{seconds:g} more seconds would move the clock past the year 9000")
        self._base += seconds

    def reach(self, epoch: float) -> None:
        """Be at least there: what happened on the virtual clock lies in the past of what comes next."""
        if epoch > (now := self.now()):
            self._base += epoch - now

    def reading(self) -> tuple[str, float, float, float]:
        """The complete state of the clock, for ``restore``."""
        return self.mode, self.factor, self._base, self._wall

    def restore(self, reading: tuple[str, float, float, float]) -> None:
        """Reset the clock to an earlier ``reading``."""
        self.mode, self.factor, self._base, self._wall = reading

    def told(self) -> dict[str, Any]:
        """The clock as the admin API tells it."""
        return {"mode": self.mode, "factor": self.factor, "now": self.now()}


def _is_number(value: Any) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    try:
        return math.isfinite(value)
    except OverflowError:  # an integer too large for a float
        return False


def clock(given: str | float | Clock) -> Clock:
    """A clock from what a caller may give: a mode, or a number that real time is multiplied by.

    Raises ``ValueError`` for anything else.
    """
    if isinstance(given, Clock):
        return given
    if isinstance(given, str):
        return Clock(given)
    return Clock("real", given)
