"""Commits during working hours, released in batches or by a release train."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.random import Generator

from cp_teach.flow.inputs.arrivals import Arrivals, Releases, draw_until
from cp_teach.flow.inputs.distribution import Exponential
from cp_teach.flow.inputs.weekly_hours import OFFICE, WEEK, Hours, to_hours, week_minute
from cp_teach.flow.numerics.checked_numbers import checked_count, checked_number
from cp_teach.flow.numerics.exact_time import Floats


@dataclass(frozen=True)
class Commits(Arrivals):
    """Commits at random during working hours; every ``batch`` commits are released together."""

    per_day: float
    hours: Hours
    batch: int = 1

    @property
    def rate(self) -> float:
        """Revisions a minute, over the whole week."""
        return self.per_day * self.hours.days / WEEK / self.batch

    @property
    def _between(self) -> Exponential:
        return Exponential(self.hours.total / (self.per_day * self.hours.days))

    def first(self, rng: Generator, rows: int, revisions: int, begin: Floats | None = None) -> Releases:
        """See ``Arrivals``."""
        gaps = self._between.draw(rng, (rows, revisions * self.batch))
        if begin is not None and revisions:
            gaps[:, 0] += [self.hours.worked(float(t)) for t in begin]
        return self._release(np.cumsum(gaps, axis=1, out=gaps))

    def until(self, rng: Generator, rows: int, end: float) -> Releases:
        """See ``Arrivals``."""
        between, worked = self._between, self.hours.worked(end)
        times, width = draw_until(
            lambda count: between.draw(rng, (rows, count)), rows, 1 / between.mean, worked
        )
        return self._release(times, -(-width // self.batch))

    def _release(self, worked: Floats, width: int = 0) -> Releases:
        """Turn working minutes into times, and every ``batch`` commits into a revision."""
        commits = np.full_like(worked, np.inf)
        exists = np.isfinite(worked)
        commits[exists] = self.hours.after_many(np.zeros(int(exists.sum())), worked[exists])
        if self.batch == 1:
            return Releases(commits, width=width)
        return Releases(np.ascontiguousarray(commits[:, self.batch - 1 :: self.batch]), commits, width)


@dataclass(frozen=True)
class Train(Arrivals):
    """A release train: departs at fixed minutes of the week with all commits since its last departure."""

    leaves: tuple[float, ...]
    commits: Commits

    @property
    def rate(self) -> float:
        """An upper limit of the departures a minute: a train without a commit does not depart."""
        return min(len(self.leaves) / WEEK, self.commits.rate)

    def first(self, rng: Generator, rows: int, revisions: int, begin: Floats | None = None) -> Releases:
        """Raises ``ValueError``, because the number of weeks is not known."""
        raise ValueError("a release train runs for weeks: give weeks=…, not revisions=…")

    def until(self, rng: Generator, rows: int, end: float) -> Releases:
        """See ``Arrivals``."""
        commits = self.commits.until(rng, rows, end).times
        weeks = np.arange(math.ceil(end / WEEK))[:, None] * WEEK
        departures = (weeks + np.array(self.leaves)[None, :]).ravel()
        departures = departures[departures < end]
        times = np.full((rows, len(departures)), np.inf)
        for row in range(rows):
            taken = np.searchsorted(departures, commits[row][np.isfinite(commits[row])], side="left")
            used = departures[np.unique(taken[taken < len(departures)])]
            times[row, : len(used)] = used
        return Releases(times, commits)


def commits(per_day: float, hours: Hours | str = OFFICE, batch: int = 1) -> Arrivals:
    """Commits at random during working hours: ``per_day`` on each working day. The last commit of each ``batch``
    releases all of them as one revision.

    ``hours`` like "Mon-Fri 9-17" or "always". Raises ``ValueError`` for an impossible value.
    """
    batch = checked_count("batch, the number of commits released together,", batch)
    return Commits(checked_number("commits per day", per_day, positive=True), to_hours(hours), batch)


def train(leaves: str | Sequence[str], per_day: float, hours: Hours | str = OFFICE) -> Arrivals:
    """A release train that departs each week at ``leaves`` ("Fri 16:00", or several) with the commits since the last
    departure.

    ``per_day`` and ``hours`` as in ``commits``. Raises ``ValueError`` for an impossible value.
    """
    departures = [leaves] if isinstance(leaves, str) else list(leaves)
    if not departures:
        raise ValueError('a release train needs a departure, such as "Fri 16:00"')
    per_day = checked_number("commits per day", per_day, positive=True)
    return Train(tuple(sorted({week_minute(text) for text in departures})), Commits(per_day, to_hours(hours)))
