"""When changes are committed, and when they are released together as one revision."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from cp_teach.flow.inputs.distribution import Distribution, number
from cp_teach.flow.inputs.distribution import exponential as _exponential
from cp_teach.flow.numerics.exact_time import Floats, on_grid


@dataclass(frozen=True)
class Releases:
    """What arrives, one row for each replication.

    ``times`` (rows, n): when each revision is released, in order; rows that have fewer end with ``inf``.
    ``commits`` (rows, m): when each change was committed, likewise; a revision carries all that were committed since
    the one before, up to its own moment. None where each revision is one change, committed when it is released.
    ``width`` is how many columns of luck are drawn for them, at least n: it does not depend on how many rows there are.
    """

    times: Floats
    commits: Floats | None = None
    width: int = 0

    def changes(self) -> Floats:
        """(rows, n): how many changes each revision brings."""
        if self.commits is None:
            return np.isfinite(self.times).astype(np.float64)
        found = np.zeros_like(self.times)
        for row, times in enumerate(self.times):
            upto = np.searchsorted(self.commits[row], times, side="right").astype(np.float64)
            upto[~np.isfinite(times)] = upto[np.isfinite(times)][-1] if np.isfinite(times).any() else 0
            found[row] = np.diff(upto, prepend=0.0)
        return found


class Arrivals(ABC):
    """Says when revisions arrive. ``rate`` is how many, on average, in a unit of time."""

    @property
    @abstractmethod
    def rate(self) -> float:
        """Revisions in a unit of time, on average."""

    @abstractmethod
    def first(
        self, rng: np.random.Generator, rows: int, revisions: int, begin: Floats | None = None
    ) -> Releases:
        """The first ``revisions`` of each row; after the moments ``begin`` (rows,), if given."""

    @abstractmethod
    def until(self, rng: np.random.Generator, rows: int, end: float) -> Releases:
        """All before ``end``, of each row."""


@dataclass(frozen=True)
class Renewal(Arrivals):
    """One after the other; the times between them are independent."""

    between: Distribution

    @property
    def rate(self) -> float:
        """1 / the mean time between two."""
        return 1 / self.between.mean if self.between.mean else math.inf

    def first(
        self, rng: np.random.Generator, rows: int, revisions: int, begin: Floats | None = None
    ) -> Releases:
        """See ``Arrivals``."""
        gaps = self.between.draw(rng, (rows, revisions))
        if begin is not None and revisions:
            gaps[:, 0] += begin
        return Releases(np.cumsum(gaps, axis=1, out=gaps))

    def until(self, rng: np.random.Generator, rows: int, end: float) -> Releases:
        """See ``Arrivals``."""
        times, width = up_to(lambda count: self.between.draw(rng, (rows, count)), rows, self.rate, end)
        return Releases(times, width=width)


@dataclass(frozen=True)
class Saturated(Arrivals):
    """There is always one more: all are there at the beginning."""

    @property
    def rate(self) -> float:
        """Without limit."""
        return math.inf

    def first(
        self, rng: np.random.Generator, rows: int, revisions: int, begin: Floats | None = None
    ) -> Releases:
        """See ``Arrivals``."""
        return Releases(np.zeros((rows, revisions)))

    def until(self, rng: np.random.Generator, rows: int, end: float) -> Releases:
        """Not possible: there would be no last one."""
        raise ValueError("saturated() has no end; it fits Line.study(revisions=…), not study(weeks=…)")


@dataclass(frozen=True)
class Fixed(Arrivals):
    """At moments that are known, the same in every replication."""

    times: tuple[float, ...]

    @property
    def rate(self) -> float:
        """Their number over the time that they take."""
        return len(self.times) / self.times[-1] if self.times[-1] else math.inf

    def first(
        self, rng: np.random.Generator, rows: int, revisions: int, begin: Floats | None = None
    ) -> Releases:
        """See ``Arrivals``."""
        if revisions > len(self.times):
            raise ValueError(f"there are {len(self.times)} moments of arrival, not {revisions}")
        return Releases(self._rows(rows, self.times[:revisions]))

    def until(self, rng: np.random.Generator, rows: int, end: float) -> Releases:
        """See ``Arrivals``."""
        return Releases(self._rows(rows, tuple(time for time in self.times if time < end)))

    def _rows(self, rows: int, times: tuple[float, ...]) -> Floats:
        return on_grid(np.tile(np.array(times, dtype=np.float64), (rows, 1)))


def poisson(rate: float) -> Arrivals:
    """A Poisson process: ``rate`` revisions in a unit of time (in ``study``: a minute), day and night."""
    return Renewal(_exponential(1 / number("the rate of arrivals", rate, above=True)))


def every(between: Distribution | float) -> Arrivals:
    """One each ``between``: a number, or a distribution of the times between two."""
    if not isinstance(between, Distribution):
        from cp_teach.flow.inputs.distribution import constant

        between = constant(number("the time between arrivals", between, above=True))
    if not between.mean:
        raise ValueError(
            "the time between arrivals is always 0; saturated() says that there is always one more"
        )
    return Renewal(between)


def saturated() -> Arrivals:
    """There is always one more: a line under full load. Only for ``Line``."""
    return Saturated()


def at(times: Sequence[float]) -> Arrivals:
    """At exactly these moments, in order: a past that was recorded."""
    found = tuple(number(f"moment {n}", time) for n, time in enumerate(times, 1))
    if not found:
        raise ValueError("nothing arrives: give one moment or more")
    if any(later < earlier for earlier, later in pairwise(found)):
        raise ValueError("the moments of arrival have to be in order")
    return Fixed(found)


def up_to(draw: Callable[[int], Floats], rows: int, rate: float, end: float) -> tuple[Floats, int]:
    """Draw gaps until every row has passed ``end``; what lies beyond becomes ``inf``, or is cut off. And how many
    columns there were before that."""
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
