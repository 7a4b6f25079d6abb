"""What happens in a service at given times of its clock, such as the schedules of EventBridge."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, replace

NEVER = float("inf")


@dataclass
class Timer:
    """Something that repeats: ``at`` is when it is due next, ``after`` gives the next time after one (None for the
    last), and ``fire`` does it."""

    at: float
    after: Callable[[float], float | None]
    fire: Callable[[float], object]


class Timers:
    """The timers of one service, each under a key. The caller must hold the service's lock."""

    def __init__(self) -> None:
        self._timers: dict[Hashable, Timer] = {}
        self.next_at = NEVER
        """When the next timer is due, in epoch seconds."""

    def put(
        self,
        key: Hashable,
        at: float | None,
        after: Callable[[float], float | None],
        fire: Callable[[float], object],
    ) -> None:
        """Set or replace a timer; it is removed if ``at`` is None."""
        self._timers.pop(key, None)
        if at is not None:
            self._timers[key] = Timer(at, after, fire)
        self._find_next()

    def drop(self, belongs: Callable[[Hashable], bool]) -> None:
        """Remove the timers with these keys."""
        for key in [key for key in self._timers if belongs(key)]:
            del self._timers[key]
        self._find_next()

    def fire_next(self) -> None:
        """Do what is due next, and set its next time."""
        key, timer = min(self._timers.items(), key=lambda item: item[1].at)
        at = timer.at
        self._advance(key, timer, timer.after(at))
        timer.fire(at)  # it can set or remove timers itself

    def skip_to(self, now: float) -> int:
        """Leave out everything that is due by ``now``, and return how many timers were due."""
        late = [(key, timer) for key, timer in self._timers.items() if timer.at <= now]
        for key, timer in late:
            self._advance(key, timer, timer.after(now))
        return len(late)

    def snapshot(self) -> dict[Hashable, Timer]:
        """The timers as they are, for ``restore``."""
        return {key: replace(timer) for key, timer in self._timers.items()}

    def restore(self, timers: Mapping[Hashable, Timer]) -> None:
        """Set these timers back, because what they have done since the ``snapshot`` was rolled back."""
        self._timers.update(timers)
        self._find_next()

    def _advance(self, key: Hashable, timer: Timer, at: float | None) -> None:
        if at is None:
            del self._timers[key]
        else:
            timer.at = at
        self._find_next()

    def _find_next(self) -> None:
        self.next_at = min((timer.at for timer in self._timers.values()), default=NEVER)
