"""Confidence intervals for the means of independent replications, after Student's t distribution.

A study deletes the warm-up of each replication and takes the mean over replications (replication/deletion: Law,
Simulation Modeling and Analysis). A single replication is cut into pieces used as replications (batch means).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from html import escape
from typing import Protocol, TypeAlias, runtime_checkable

import numpy as np

from cp_teach.flow.numerics.exact_time import Floats

FEW = 10
"""Below this number of values, the interval depends on the unchecked assumption of a normal distribution."""
CUT = "The interval is cut to the possible values."
"""The note of an interval that would have reached beyond what is possible."""


@runtime_checkable
class HasMeasures(Protocol):
    """A study, a report, or a line study."""

    @property
    def measures(self) -> Mapping[str, Floats]:
        """name -> (replications,)."""


Measured: TypeAlias = HasMeasures | Floats | Sequence[float]


@dataclass(frozen=True)
class Estimate:
    """The mean of ``n`` values and its confidence interval, which covers the true mean in ``level`` of all studies.
    ``note`` says what limits the trust in it; an undefined number is NaN.

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
        """Half the width of the interval: the number after ±."""
        return (self.high - self.low) / 2

    @property
    def clear(self) -> bool:
        """True if the interval excludes 0: a difference is significant."""
        return self.low > 0 or self.high < 0

    def within(self, least: float, most: float) -> Estimate:
        """Return the estimate cut to the possible values, ``least`` to ``most``. The note says if it was cut."""
        if math.isnan(self.mean) or (self.mean <= most and not (self.low < least or self.high > most)):
            return self
        low, mean, high = (min(max(value, least), most) for value in (self.low, self.mean, self.high))
        note = f"{self.note} {CUT}".strip()
        return replace(self, mean=mean, low=low, high=high, note=note)

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
        details = (
            f"{self.level * 100:g} % confidence interval, {self.n} {'values' if self.n != 1 else 'value'}"
        )
        if self.note:
            details += f". {self.note}"
        return f"<span><b>{escape(str(self))}</b> {escape(details)}</span>"


def estimate(values: Floats | Sequence[float], level: float = 0.95) -> Estimate:
    """Estimate the mean of independent values, one for each replication, without NaN (undefined).

    Raises ``ValueError`` if ``level`` is not between 0 and 1.
    """
    if not 0 < level < 1:
        raise ValueError(f"a confidence level must be between 0 and 1, such as 0.95, not {level!r}")
    given = np.asarray(values, dtype=np.float64).ravel()
    defined = given[~np.isnan(given)]
    n = len(defined)
    if n == 0:
        return Estimate(math.nan, math.nan, math.nan, 0, level, "It is not defined in any replication.")
    mean = float(defined.mean())
    if n == 1:
        return Estimate(mean, math.nan, math.nan, 1, level, "A single value has no interval.")
    # Student's quantile: scipy.stats.t.ppf calls the same function, but its import takes a second longer.
    from scipy.special import stdtrit

    half = float(stdtrit(n - 1, (1 + level) / 2)) * float(defined.std(ddof=1)) / math.sqrt(n)
    notes = []
    if n < FEW:
        notes.append(f"Only {n} values: trust the interval little.")
    if n < len(given):
        notes.append(
            f"It is not defined in {len(given) - n} of {len(given)} replications, which are left out."
        )
    return Estimate(mean, mean - half, mean + half, n, level, " ".join(notes))


def difference(first: Measured, second: Measured, measure: str = "", level: float = 0.95) -> Estimate:
    """Estimate by how much ``first`` exceeds ``second``, from pairs of replications with the same random numbers (the
    paired t interval). Pairs with a NaN are left out.

    Give two studies (or reports, or line studies) and the name of a ``measure``, or the values themselves. Raises
    ``ValueError`` if the numbers of replications differ, and for an unknown measure.
    """
    one_side, other_side = (
        np.asarray(_values(side, measure), np.float64).ravel() for side in (first, second)
    )
    if len(one_side) != len(other_side):
        raise ValueError(
            f"there are {len(one_side)} and {len(other_side)} replications: give the same number of replications, "
            "with the same seed"
        )
    return estimate(one_side - other_side, level)


def _values(measured: Measured, measure: str) -> Floats | Sequence[float]:
    if not isinstance(measured, HasMeasures):
        return measured
    if measure not in measured.measures:
        problem = f"unknown measure {measure!r}" if measure else "give the name of a measure"
        raise ValueError(f"{problem}: choose from {', '.join(measured.measures)}")
    return measured.measures[measure]
