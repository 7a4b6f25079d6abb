"""People who commit while they are at work, and the train that leaves with what they have committed."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from cp_teach.flow.inputs.arrivals import Arrivals, Releases, up_to
from cp_teach.flow.inputs.distribution import Distribution, number
from cp_teach.flow.inputs.distribution import exponential as _exponential
from cp_teach.flow.inputs.weekly_hours import OFFICE, WEEK, Hours, moment
from cp_teach.flow.numerics.exact_time import Floats


@dataclass(frozen=True)
class Commits(Arrivals):
    """People commit while they are at work, at random; every ``batch`` commits are released together."""

    per_day: float
    hours: Hours
    batch: int = 1

    @property
    def rate(self) -> float:
        """Revisions a minute, over the whole week."""
        return self.per_day * self.hours.days / WEEK / self.batch

    @property
    def _between(self) -> Distribution:
        return _exponential(self.hours.total / (self.per_day * self.hours.days))

    def first(
        self, rng: np.random.Generator, rows: int, revisions: int, begin: Floats | None = None
    ) -> Releases:
        """See ``Arrivals``."""
        gaps = self._between.draw(rng, (rows, revisions * self.batch))
        if begin is not None and revisions:
            gaps[:, 0] += [self.hours.worked(float(t)) for t in begin]
        return self._released(np.cumsum(gaps, axis=1, out=gaps))

    def until(self, rng: np.random.Generator, rows: int, end: float) -> Releases:
        """See ``Arrivals``."""
        rate = 1 / self._between.mean
        worked = self.hours.worked(end)
        times, width = up_to(lambda count: self._between.draw(rng, (rows, count)), rows, rate, worked)
        return self._released(times, -(-width // self.batch))

    def _released(self, worked: Floats, width: int = 0) -> Releases:
        commits = np.full_like(worked, np.inf)
        there = np.isfinite(worked)
        commits[there] = self.hours.moments(worked[there])
        if self.batch == 1:
            return Releases(commits, width=width)
        return Releases(np.ascontiguousarray(commits[:, self.batch - 1 :: self.batch]), commits, width)


@dataclass(frozen=True)
class Train(Arrivals):
    """A release train: it leaves at fixed moments of the week with all that was committed since the last."""

    leaves: tuple[float, ...]
    commits: Commits

    @property
    def rate(self) -> float:
        """Trains a minute, at most: one without a change does not leave."""
        return min(len(self.leaves) / WEEK, self.commits.rate)

    def first(
        self, rng: np.random.Generator, rows: int, revisions: int, begin: Floats | None = None
    ) -> Releases:
        """Not possible: how many weeks that takes is not known."""
        raise ValueError("a release train runs for weeks: give weeks=…, not revisions=…")

    def until(self, rng: np.random.Generator, rows: int, end: float) -> Releases:
        """See ``Arrivals``."""
        commits = self.commits.until(rng, rows, end).times
        weeks = np.arange(math.ceil(end / WEEK))[:, None] * WEEK
        trains = (weeks + np.array(self.leaves)[None, :]).ravel()
        trains = trains[trains < end]
        times = np.full((rows, len(trains)), np.inf)
        for row in range(rows):
            taken = np.searchsorted(trains, commits[row][np.isfinite(commits[row])], side="left")
            full = trains[np.unique(taken[taken < len(trains)])]
            times[row, : len(full)] = full
        return Releases(times, commits)


def commits(per_day: float, hours: Hours | str = OFFICE, batch: int = 1) -> Arrivals:
    """Commits at random while people work: ``per_day`` on each day with ``hours``; ``batch`` of them are released at
    once, as soon as the last of them is there.

    ``hours`` like "Mon-Fri 9-17" or "always". Raises ``ValueError`` for what cannot be.
    """
    if isinstance(batch, bool) or not isinstance(batch, int | np.integer) or batch < 1:
        raise ValueError(
            f"batch says how many commits are released together: a whole number from 1 on, not {batch!r}"
        )
    open_hours = Hours.of(hours) if isinstance(hours, str) else hours
    return Commits(number("commits per day", per_day, above=True), open_hours, int(batch))


def train(leaves: str | Sequence[str], per_day: float, hours: Hours | str = OFFICE) -> Arrivals:
    """A release train that leaves each week at ``leaves`` ("Fri 16:00", or several) with the commits since the last.

    ``per_day`` and ``hours`` as in ``commits``.
    """
    moments = [leaves] if isinstance(leaves, str) else list(leaves)
    if not moments:
        raise ValueError('a release train has to leave some time: "Fri 16:00", for one')
    made = commits(per_day, hours)
    assert isinstance(made, Commits)
    return Train(tuple(sorted({moment(one) for one in moments})), made)
