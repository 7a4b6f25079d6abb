"""A number that comes from chance, and how far it can be trusted.

Many replications are independent of each other: the mean of a measure over them has a confidence interval from
Student's t distribution, once the warm-up is deleted (replication/deletion: Law, Simulation Modeling and Analysis).
One long run has no such luck: what follows each other is alike. There it is cut into batches, whose means are nearly
independent when they are long enough (batch means).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from html import escape
from typing import Protocol, TypeAlias, runtime_checkable

import numpy as np

from cp_teach.flow.numerics.exact_time import Floats

BATCHES = 20
"""Into how many batches one run is cut: more hardly help (Schmeiser, Operations Research 30, 1982: 10 to 30)."""
LEAST = 10
"""A batch with fewer observations is no batch: then there is no interval. It is our own limit."""
FEW = 10
"""With fewer values than that, an interval leans on a bell shape that nobody has checked; it says so."""


@runtime_checkable
class HasMeasures(Protocol):
    """A study, a report or a line: it has the values of its measures, by name."""

    @property
    def measures(self) -> Mapping[str, Floats]:
        """name -> (replications,)."""


Measured: TypeAlias = HasMeasures | Floats | Sequence[float]


@dataclass(frozen=True)
class Estimate:
    """The mean of ``n`` values, and the interval from ``low`` to ``high`` that covers the true one in ``level`` of all
    such studies. ``note`` says in words what to doubt; NaN stands for what is not known.

    >>> print(Estimate(12.0, 11.0, 13.0, 30, 0.95))
    12 (11 to 13)
    >>> f"{Estimate(12.0, 11.0, 13.0, 30, 0.95):.1f}"
    '12.0 (11.0 to 13.0)'
    """

    mean: float
    low: float
    high: float
    n: int
    level: float
    note: str = ""

    @property
    def half(self) -> float:
        """Half the length of the interval: what stands behind ±."""
        return (self.high - self.low) / 2

    @property
    def clear(self) -> bool:
        """True when the interval leaves 0 out: for a difference, that there is one."""
        return self.low > 0 or self.high < 0

    def within(self, least: float, most: float) -> Estimate:
        """The same, when it is known that the truth lies between ``least`` and ``most``: the interval ends there."""
        return replace(self, low=max(self.low, least), high=min(self.high, most))

    def __format__(self, spec: str) -> str:
        spec = spec or ".3g"
        if math.isnan(self.mean):
            return "not defined"
        if math.isnan(self.low):
            return f"{self.mean:{spec}} (no interval)"
        return f"{self.mean:{spec}} ({self.low:{spec}} to {self.high:{spec}})"

    def __str__(self) -> str:
        return format(self, "")

    def _repr_html_(self) -> str:
        told = f"{self.level * 100:g} % confidence interval, {self.n} {'values' if self.n != 1 else 'value'}"
        if self.note:
            told += f". {self.note}"
        return f"<span><b>{escape(str(self))}</b> {escape(told)}</span>"


def estimate(values: Floats | Sequence[float], level: float = 0.95) -> Estimate:
    """From independent values, one for each replication; NaN, where a measure was not defined, is left out.

    Raises ``ValueError`` for a level that is not between 0 and 1.
    """
    _check(level)
    found = np.asarray(values, dtype=np.float64).ravel()
    known = found[~np.isnan(found)]
    n = len(known)
    if n == 0:
        return Estimate(math.nan, math.nan, math.nan, 0, level, "It is not defined in any replication.")
    mean = float(known.mean())
    if n == 1:
        return Estimate(mean, math.nan, math.nan, 1, level, "One value alone has no interval.")
    half = _student(n - 1, level) * float(known.std(ddof=1)) / math.sqrt(n)
    notes = []
    if n < FEW:
        notes.append(f"Only {n} values: trust the interval little.")
    if n < len(found):
        notes.append(
            f"It is not defined in {len(found) - n} of {len(found)} replications, which are left out."
        )
    return Estimate(mean, mean - half, mean + half, n, level, " ".join(notes))


def difference(one: Measured, other: Measured, measure: str = "", level: float = 0.95) -> Estimate:
    """How much larger ``one`` is than ``other``, where replication i of both had the same luck (common random
    numbers): the interval is that of the differences, pair by pair (paired t). Pairs with a NaN are left out.

    Give two studies (or reports, or lines) and the name of a ``measure``, or the values themselves. Raises
    ``ValueError`` when there are not as many of each, and for a measure that there is not.
    """
    first, second = (np.asarray(_values(each, measure), dtype=np.float64).ravel() for each in (one, other))
    if len(first) != len(second):
        raise ValueError(
            f"there are {len(first)} and {len(second)} replications: only pairs with the same luck can be compared"
        )
    return estimate(first - second, level)


def _values(given: Measured, measure: str) -> Floats | Sequence[float]:
    if not isinstance(given, HasMeasures):
        return given
    if measure not in given.measures:
        asked = f"there is no measure {measure!r}" if measure else "say which measure of them"
        raise ValueError(f"{asked}; there are {', '.join(given.measures)}")
    return given.measures[measure]


def batch_means(series: Floats | Sequence[float], level: float = 0.95, batches: int = BATCHES) -> Estimate:
    """From what one long run has told, in order (the lead times of its revisions, for one), after its warm-up.

    ``n`` is the number of batches. Where the run is too short for ``batches`` of ``LEAST`` observations there are
    fewer; where it is too short for two there is no interval. The note says so, and also when one batch still
    resembles the next (a one-sided test of the first autocorrelation, at 5 %).
    """
    _check(level)
    if batches < 2:
        raise ValueError(f"batch means need two batches or more, not {batches}")
    found = np.asarray(series, dtype=np.float64).ravel()
    found = found[~np.isnan(found)]
    count = min(batches, len(found) // LEAST)
    if count < 2:
        mean = float(found.mean()) if len(found) else math.nan
        note = (
            f"One run with {len(found)} observations is too short for an interval: run longer, or more often."
        )
        return Estimate(mean, math.nan, math.nan, count, level, note)
    size = len(found) // count
    means = found[len(found) - count * size :].reshape(count, size).mean(axis=1)
    made = estimate(means, level)
    notes = [f"Batch means of one run: {count} batches of {size}."]
    if count < batches:
        notes.append(f"There should be {batches * LEAST} observations or more.")
    if alike(means):
        notes.append("One batch still resembles the next, so the interval is too short: run longer.")
    return replace(made, note=" ".join(notes))


def alike(means: Floats) -> bool:
    """True when the values follow each other too closely to be independent: their first autocorrelation is above
    what 5 % of independent series reach."""
    about = means - means.mean()
    total = float(about @ about)
    return total > 0 and float(about[1:] @ about[:-1]) / total > 1.645 / math.sqrt(len(means))


def _student(freedom: int, level: float) -> float:
    from scipy.special import stdtrit  # a fifth of a second, so only where it is used

    return float(stdtrit(freedom, (1 + level) / 2))


def _check(level: float) -> None:
    if not 0 < level < 1:
        raise ValueError(f"a confidence level lies between 0 and 1, like 0.95; {level!r} does not")
