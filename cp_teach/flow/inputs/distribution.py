"""Probability distributions of durations.

Times are in the unit of the study: minutes in ``study``, any unit in ``Line``.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.random import Generator

from cp_teach.flow.numerics.checked_numbers import checked_number
from cp_teach.flow.numerics.exact_time import Floats, round_to_ticks


class Distribution(ABC):
    """A distribution of durations, from 0 on."""

    @property
    def mean(self) -> float:
        """The expectation, in the unit of time."""
        return self._moments()[0]

    @property
    def cv2(self) -> float:
        """The squared coefficient of variation, variance / mean²: 0 if constant, 1 if exponential."""
        return self._moments()[1]

    def draw(self, rng: Generator, shape: tuple[int, ...]) -> Floats:
        """Return independent draws in an array of that shape, as exact times."""
        return round_to_ticks(self._sample(rng, shape))

    @abstractmethod
    def _moments(self) -> tuple[float, float]:
        """Return (mean, cv2)."""

    @abstractmethod
    def _sample(self, rng: Generator, shape: tuple[int, ...]) -> Floats:
        """Return independent draws."""


@dataclass(frozen=True)
class Constant(Distribution):
    """Always the same value."""

    value: float

    def _moments(self) -> tuple[float, float]:
        return self.value, 0.0

    def _sample(self, rng: Generator, shape: tuple[int, ...]) -> Floats:
        return np.full(shape, self.value)


@dataclass(frozen=True)
class Exponential(Distribution):
    """The memoryless distribution, for which queueing theory has formulas."""

    average: float

    def _moments(self) -> tuple[float, float]:
        return self.average, 1.0

    def _sample(self, rng: Generator, shape: tuple[int, ...]) -> Floats:
        drawn = rng.standard_exponential(shape)
        return drawn if self.average == 1 else np.multiply(drawn, self.average, out=drawn)


@dataclass(frozen=True)
class LogNormal(Distribution):
    """A normal logarithm: half the durations exceed the median, a few by far. Builds look like this."""

    median: float
    sigma: float

    def _moments(self) -> tuple[float, float]:
        return self.median * math.exp(self.sigma**2 / 2), math.expm1(self.sigma**2)

    def _sample(self, rng: Generator, shape: tuple[int, ...]) -> Floats:
        drawn = rng.standard_normal(shape)
        np.multiply(drawn, self.sigma, out=drawn)
        np.exp(drawn, out=drawn)
        return np.multiply(drawn, self.median, out=drawn)


@dataclass(frozen=True)
class Gamma(Distribution):
    """Any mean with any squared coefficient of variation above 0."""

    average: float
    variation: float

    def _moments(self) -> tuple[float, float]:
        return self.average, self.variation

    def _sample(self, rng: Generator, shape: tuple[int, ...]) -> Floats:
        drawn = rng.standard_gamma(1 / self.variation, shape)
        return np.multiply(drawn, self.average * self.variation, out=drawn)


@dataclass(frozen=True)
class Uniform(Distribution):
    """All values between two limits are equally likely."""

    low: float
    high: float

    def _moments(self) -> tuple[float, float]:
        mean = (self.low + self.high) / 2
        return mean, (self.high - self.low) ** 2 / 12 / mean**2 if mean else 0.0

    def _sample(self, rng: Generator, shape: tuple[int, ...]) -> Floats:
        return self.low + (self.high - self.low) * rng.random(shape)


@dataclass(frozen=True)
class Empirical(Distribution):
    """Measured values, drawn with replacement (the bootstrap)."""

    values: tuple[float, ...]

    def _moments(self) -> tuple[float, float]:
        mean = float(np.mean(self.values))
        return mean, float(np.var(self.values)) / mean**2 if mean else 0.0

    def _sample(self, rng: Generator, shape: tuple[int, ...]) -> Floats:
        return np.asarray(self.values, dtype=np.float64)[rng.integers(len(self.values), size=shape)]


def constant(value: float) -> Distribution:
    """Always ``value``, 0 or more. Raises ``ValueError`` for any other, as do all functions below."""
    return Constant(checked_number("a constant duration", value))


def exponential(mean: float) -> Distribution:
    """An exponential distribution with that ``mean``, above 0."""
    return Exponential(checked_number("the mean of an exponential duration", mean, positive=True))


def lognormal(median: float, sigma: float = 0.4) -> Distribution:
    """A log-normal distribution: ``median`` above 0; ``sigma``, the standard deviation of the logarithm, from 0 on.

    A sigma of 0.3 to 0.5 is usual within one pipeline, 1.6 across organizations (docs/flow.md).
    """
    return LogNormal(checked_number("a median", median, positive=True), checked_number("sigma", sigma))


def gamma(mean: float, cv2: float) -> Distribution:
    """A gamma distribution with that ``mean`` and squared coefficient of variation ``cv2``, both above 0."""
    return Gamma(checked_number("a mean", mean, positive=True), checked_number("cv2", cv2, positive=True))


def uniform(low: float, high: float) -> Distribution:
    """A uniform distribution from ``low``, 0 or more, to ``high``."""
    low, high = checked_number("low", low), checked_number("high", high)
    if high < low:
        raise ValueError(f"low must not be above high, but low is {low:g} and high is {high:g}")
    return Uniform(low, high)


def empirical(values: Sequence[float]) -> Distribution:
    """Measured durations, drawn with replacement: one or more, each 0 or more."""
    if not len(values):
        raise ValueError("there is nothing to draw from: give one measured duration or more")
    return Empirical(
        tuple(checked_number(f"measured duration {n}", value) for n, value in enumerate(values, 1))
    )


def to_distribution(what: str, value: Distribution | float) -> Distribution:
    """Return a distribution; a bare number becomes a constant. Raises ``ValueError`` for anything else."""
    return value if isinstance(value, Distribution) else Constant(checked_number(what, value))
