"""Arrivals: when changes are committed, and when they are released together as one revision."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.random import Generator

from cp_teach.flow.inputs.distribution import Constant, Distribution, Exponential
from cp_teach.flow.numerics.checked_numbers import checked_number
from cp_teach.flow.numerics.exact_time import Floats, round_to_ticks


@dataclass(frozen=True)
class Releases:
    """The released revisions and their commits, one row for each replication.

    ``times`` (rows, n): the release of each revision, in order; rows with fewer revisions end with ``inf``.
    ``commits`` (rows, m): the commit of each change, likewise; a revision carries all changes that were committed since
    the one before, up to its own release. None if each revision is one change, committed at its release.
    ``width``: the number of columns of random numbers to draw, n or more; it does not depend on the number of rows.
    """

    times: Floats
    commits: Floats | None = None
    width: int = 0

    def changes(self) -> Floats:
        """(rows, n): the number of changes in each revision."""
        if self.commits is None:
            return np.isfinite(self.times).astype(np.float64)
        changes = np.zeros_like(self.times)
        for row, times in enumerate(self.times):
            total = np.searchsorted(self.commits[row], times, side="right").astype(np.float64)
            total[~np.isfinite(times)] = total[np.isfinite(times)][-1] if np.isfinite(times).any() else 0
            changes[row] = np.diff(total, prepend=0.0)
        return changes


class Arrivals(ABC):
    """An arrival process of revisions."""

    @property
    @abstractmethod
    def rate(self) -> float:
        """The mean number of revisions in a unit of time."""

    @abstractmethod
    def first(self, rng: Generator, rows: int, revisions: int, begin: Floats | None = None) -> Releases:
        """Return the first ``revisions`` of each row; those after the times ``begin`` (rows,), if given."""

    @abstractmethod
    def until(self, rng: Generator, rows: int, end: float) -> Releases:
        """Return all revisions of each row before ``end``."""


@dataclass(frozen=True)
class Renewal(Arrivals):
    """A renewal process: the times between arrivals are independent."""

    between: Distribution

    @property
    def rate(self) -> float:
        """1 / the mean time between arrivals."""
        return 1 / self.between.mean if self.between.mean else math.inf

    def first(self, rng: Generator, rows: int, revisions: int, begin: Floats | None = None) -> Releases:
        """See ``Arrivals``."""
        gaps = self.between.draw(rng, (rows, revisions))
        if begin is not None and revisions:
            gaps[:, 0] += begin
        return Releases(np.cumsum(gaps, axis=1, out=gaps))

    def until(self, rng: Generator, rows: int, end: float) -> Releases:
        """See ``Arrivals``."""
        times, width = draw_until(lambda count: self.between.draw(rng, (rows, count)), rows, self.rate, end)
        return Releases(times, width=width)


@dataclass(frozen=True)
class Saturated(Arrivals):
    """An endless supply: all revisions arrive at time 0."""

    @property
    def rate(self) -> float:
        """Infinite."""
        return math.inf

    def first(self, rng: Generator, rows: int, revisions: int, begin: Floats | None = None) -> Releases:
        """See ``Arrivals``."""
        return Releases(np.zeros((rows, revisions)))

    def until(self, rng: Generator, rows: int, end: float) -> Releases:
        """Raises ``ValueError``, because the supply has no end."""
        raise ValueError("saturated() has no end; it fits Line.study(revisions=…), not study(weeks=…)")


@dataclass(frozen=True)
class Fixed(Arrivals):
    """Given times, the same in every replication."""

    times: tuple[float, ...]

    @property
    def rate(self) -> float:
        """The number of arrivals over the time of the last."""
        return len(self.times) / self.times[-1] if self.times[-1] else math.inf

    def first(self, rng: Generator, rows: int, revisions: int, begin: Floats | None = None) -> Releases:
        """See ``Arrivals``. Raises ``ValueError`` if fewer times were given."""
        if revisions > len(self.times):
            raise ValueError(f"there are {len(self.times)} arrival times, but {revisions} revisions")
        return Releases(self._tile(rows, self.times[:revisions]))

    def until(self, rng: Generator, rows: int, end: float) -> Releases:
        """See ``Arrivals``."""
        return Releases(self._tile(rows, tuple(time for time in self.times if time < end)))

    def _tile(self, rows: int, times: tuple[float, ...]) -> Floats:
        return round_to_ticks(np.tile(np.array(times, dtype=np.float64), (rows, 1)))


def poisson(rate: float) -> Arrivals:
    """A Poisson process: ``rate`` revisions in a unit of time (in ``study``: a minute), day and night."""
    return Renewal(Exponential(1 / checked_number("the rate of arrivals", rate, positive=True)))


def every(between: Distribution | float) -> Arrivals:
    """A renewal process; ``between`` is the time between arrivals, a number or a distribution."""
    if not isinstance(between, Distribution):
        between = Constant(checked_number("the time between arrivals", between, positive=True))
    if not between.mean:
        raise ValueError("the time between arrivals is always 0; use saturated() for an endless supply")
    return Renewal(between)


def saturated() -> Arrivals:
    """An endless supply of revisions, for a fully loaded ``Line``."""
    return Saturated()


def at(times: Sequence[float]) -> Arrivals:
    """Arrivals at these times, in order, such as recorded ones."""
    checked = tuple(checked_number(f"arrival time {n}", time) for n, time in enumerate(times, 1))
    if not checked:
        raise ValueError("nothing arrives: give one arrival time or more")
    if any(later < earlier for earlier, later in pairwise(checked)):
        raise ValueError("the arrival times must be in order")
    return Fixed(checked)


def draw_until(draw: Callable[[int], Floats], rows: int, rate: float, end: float) -> tuple[Floats, int]:
    """Draw gaps until the sum of every row has passed ``end``.

    Returns the times (rows, n), ``inf`` from ``end`` on, and the number of columns drawn, n or more. Raises
    ``ValueError`` if there would be too many.
    """
    expected = rate * end
    count = int(expected + 6 * math.sqrt(expected) + 10)
    if count * rows > 5e8:
        raise ValueError(
            f"about {expected:,.0f} revisions would arrive in each replication: give fewer weeks, or a lower rate"
        )
    times: Floats = np.cumsum(draw(count), axis=1)
    while times[:, -1].min() < end:
        more = draw(max(16, count // 8))
        more[:, 0] += times[:, -1]
        times = np.concatenate((times, np.cumsum(more, axis=1)), axis=1)
    times[times >= end] = np.inf
    most = int(np.isfinite(times).sum(axis=1).max()) if rows else 0
    return np.ascontiguousarray(times[:, :most]), times.shape[1]
