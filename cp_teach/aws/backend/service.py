"""One CodePipeline service: the backend of every account and Region that received a request."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from cp_teach.aws.backend.effects.side_effects import cause_side_effects
from cp_teach.aws.backend.region_backend import RegionBackend
from cp_teach.aws.backend.service_context import ServiceContext
from cp_teach.aws.backend.store import Store
from cp_teach.aws.config.settings import Settings

LOG = logging.getLogger("cp_teach.eventbridge")
MOST_FIRINGS = 1_000
"""Maximum number of times that schedules are due at once; without it, a year that passes at once would never end."""


class Service(ServiceContext):
    """Creates the backend of an account and Region at its first request.

    ``outer`` is the service of an enclosing ``mock_aws``. Nested mocks of moto share their data, so the two services
    share their Regions and their lock; a new Region takes the settings of the inner one.
    """

    def __init__(
        self, settings: Settings | None = None, store: Store | None = None, *, outer: Service | None = None
    ) -> None:
        super().__init__(settings, store)
        self._regions: dict[tuple[str, str], RegionBackend] = {}
        self.caused_starts: dict[str, list[int]] = {}
        """ID of an execution that EventBridge started -> a count that it shares with all executions of one cause."""
        if outer is not None:
            self._regions, self.lock, self.timers = outer._regions, outer.lock, outer.timers
        self._outer = outer

    def region(self, account: str, name: str) -> RegionBackend:
        """The backend of that account and Region."""
        with self.lock:
            if (account, name) not in self._regions:
                region = self._regions[account, name] = RegionBackend(account, name, self, cause_side_effects)
                try:
                    with self.entered():
                        self.store.restore(account, name, region.load)
                except BaseException:
                    region.close()
                    del self._regions[account, name]
                    raise
            return self._regions[account, name]

    @property
    def regions(self) -> list[RegionBackend]:
        """Every backend that exists."""
        return list(self._regions.values())

    def reset(self) -> None:
        """Forget every backend, as moto does when it is reset."""
        for region in self.regions:
            region.close()
        self._regions.clear()
        self.caused_starts.clear()

    def close(self) -> None:
        """End the service. An inner service leaves its backends to the outer one."""
        if self._outer is None:
            self.reset()

    @contextmanager
    def advancing(self) -> Iterator[None]:
        """Run a block in a transaction, then advance every Region to the time of the clock."""
        with self.transaction():
            yield
            self.fire_timers()
            for region in self.regions:
                region.advance_all()

    def fire_timers(self) -> None:
        """Do what was due at given times until now, such as the schedules of EventBridge, each thing at its own time.
        Call this in a transaction."""
        clock, timers = self.settings.clock, self.timers
        if timers.next_at > (now := clock.now()) or self.store.paused:
            return
        for _ in range(MOST_FIRINGS):
            if (at := timers.next_at) > now:
                return
            with clock.standing_at(at):
                for region in self.regions:
                    region.advance_all()
                timers.fire_next()
        if late := timers.skip_to(now):
            LOG.warning(
                "So much time passed at once that schedules were due more than %d times. The rest is skipped (of %d). "
                "Let less time pass at once.",
                MOST_FIRINGS,
                late,
            )

    def pass_time(self, seconds: float) -> None:
        """Advance the clock, and process everything that falls due. Raises ``ValueError`` for a negative number."""
        with self.advancing():
            self.settings.clock.tick(seconds)
