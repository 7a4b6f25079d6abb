"""How long something takes: the distributions that durations are drawn from.

Times are in the unit of the study: minutes in ``study``, whatever you like in ``Line``.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from cp_teach.flow.numerics.exact_time import Floats, on_grid


class Distribution(ABC):
    """Draws durations. ``mean`` is their expectation, ``cv2`` their squared coefficient of variation (variance
    divided by the squared mean: 0 for a constant, 1 for the exponential distribution)."""

    @property
    @abstractmethod
    def mean(self) -> float:
        """The expectation, in the unit of time."""

    @property
    @abstractmethod
    def cv2(self) -> float:
        """Variance / mean²."""

    @abstractmethod
    def _raw(self, rng: np.random.Generator, shape: tuple[int, ...]) -> Floats:
        """Independent draws."""

    def draw(self, rng: np.random.Generator, shape: tuple[int, ...]) -> Floats:
        """Independent draws in an array of that shape, on the grid of exact times."""
        return on_grid(self._raw(rng, shape))


@dataclass(frozen=True)
class Constant(Distribution):
    """Always the same."""

    value: float

    @property
    def mean(self) -> float:
        """The value."""
        return self.value

    @property
    def cv2(self) -> float:
        """0."""
        return 0.0

    def _raw(self, rng: np.random.Generator, shape: tuple[int, ...]) -> Floats:
        return np.full(shape, self.value)


@dataclass(frozen=True)
class Exponential(Distribution):
    """Without memory: what queueing theory can calculate with."""

    average: float

    @property
    def mean(self) -> float:
        """The average."""
        return self.average

    @property
    def cv2(self) -> float:
        """1."""
        return 1.0

    def _raw(self, rng: np.random.Generator, shape: tuple[int, ...]) -> Floats:
        drawn = rng.standard_exponential(shape)
        return drawn if self.average == 1 else np.multiply(drawn, self.average, out=drawn)


@dataclass(frozen=True)
class LogNormal(Distribution):
    """Its logarithm is normal: half take longer than the median, a few much longer. What builds look like."""

    median: float
    sigma: float

    @property
    def mean(self) -> float:
        """median · exp(σ² / 2)."""
        return self.median * math.exp(self.sigma**2 / 2)

    @property
    def cv2(self) -> float:
        """exp(σ²) - 1."""
        return math.expm1(self.sigma**2)

    def _raw(self, rng: np.random.Generator, shape: tuple[int, ...]) -> Floats:
        drawn = rng.standard_normal(shape)
        np.multiply(drawn, self.sigma, out=drawn)
        np.exp(drawn, out=drawn)
        return np.multiply(drawn, self.median, out=drawn)


@dataclass(frozen=True)
class Gamma(Distribution):
    """Any mean with any squared coefficient of variation above 0."""

    average: float
    variation: float

    @property
    def mean(self) -> float:
        """The average."""
        return self.average

    @property
    def cv2(self) -> float:
        """The variation given."""
        return self.variation

    def _raw(self, rng: np.random.Generator, shape: tuple[int, ...]) -> Floats:
        drawn = rng.standard_gamma(1 / self.variation, shape)
        return np.multiply(drawn, self.average * self.variation, out=drawn)


@dataclass(frozen=True)
class Uniform(Distribution):
    """Anything between two limits."""

    low: float
    high: float

    @property
    def mean(self) -> float:
        """The middle."""
        return (self.low + self.high) / 2

    @property
    def cv2(self) -> float:
        """(high - low)² / 12 / mean²."""
        return (self.high - self.low) ** 2 / 12 / self.mean**2 if self.mean else 0.0

    def _raw(self, rng: np.random.Generator, shape: tuple[int, ...]) -> Floats:
        return self.low + (self.high - self.low) * rng.random(shape)


@dataclass(frozen=True)
class Empirical(Distribution):
    """What was measured, drawn again with replacement (the bootstrap)."""

    values: tuple[float, ...]

    @property
    def mean(self) -> float:
        """The mean of what was measured."""
        return float(np.mean(self.values))

    @property
    def cv2(self) -> float:
        """Of what was measured."""
        return float(np.var(self.values)) / self.mean**2 if self.mean else 0.0

    def _raw(self, rng: np.random.Generator, shape: tuple[int, ...]) -> Floats:
        return np.asarray(self.values, dtype=np.float64)[rng.integers(len(self.values), size=shape)]


def constant(value: float) -> Distribution:
    """Always ``value``, 0 or more. Raises ``ValueError`` for anything else, as all of these do."""
    return Constant(number("a constant duration", value))


def exponential(mean: float) -> Distribution:
    """Exponentially distributed with that ``mean``, above 0."""
    return Exponential(number("the mean of an exponential duration", mean, above=True))


def lognormal(median: float, sigma: float = 0.4) -> Distribution:
    """Log-normally distributed: ``median`` above 0; ``sigma``, 0 or more, is the standard deviation of the logarithm.

    0.3 to 0.5 is usual within one pipeline, 1.6 across organisations (docs/flow.md).
    """
    return LogNormal(number("a median", median, above=True), number("sigma", sigma))


def gamma(mean: float, cv2: float) -> Distribution:
    """Gamma distributed with that ``mean`` and squared coefficient of variation ``cv2``, both above 0."""
    return Gamma(number("a mean", mean, above=True), number("cv2", cv2, above=True))


def uniform(low: float, high: float) -> Distribution:
    """Between ``low``, 0 or more, and ``high``."""
    low, high = number("low", low), number("high", high)
    if high < low:
        raise ValueError(f"low is {low:g} and high is {high:g}: the lower limit comes first")
    return Uniform(low, high)


def empirical(values: Sequence[float]) -> Distribution:
    """Drawn from what was measured: one or more durations, each 0 or more."""
    if not len(values):
        raise ValueError("there is nothing to draw from: give one measured duration or more")
    return Empirical(tuple(number(f"measured duration {n}", value) for n, value in enumerate(values, 1)))


def number(what: str, value: float, *, above: bool = False) -> float:
    """That number as a float. Raises ``ValueError`` when it is none, infinite, or below 0 (``above``: not above 0)."""
    try:
        found = float(value)
    except (TypeError, ValueError):
        raise ValueError(f"{what} has to be a number, not {value!r}") from None
    if not math.isfinite(found) or found < 0 or (above and found == 0):
        raise ValueError(f"{what} has to be a number {'above 0' if above else 'from 0 on'}, not {value!r}")
    return found


def distribution(what: str, value: Distribution | float) -> Distribution:
    """A distribution; a bare number is a constant one. Raises ``ValueError`` for anything else."""
    return value if isinstance(value, Distribution) else Constant(number(what, value))
