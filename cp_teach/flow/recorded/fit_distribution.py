"""Fits distributions to measured durations by maximum likelihood, and compares them by Akaike's criterion.

AIC = 2 · parameters - 2 · log likelihood; the smallest is best (Akaike, IEEE Trans. Automatic Control 19, 1974).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from cp_teach.flow.inputs.distribution import Distribution, constant, empirical, exponential, gamma, lognormal
from cp_teach.flow.numerics.exact_time import Floats

KINDS = ("lognormal", "gamma", "exponential", "empirical")
FEW = 10
"""Below this number of values a fit is unreliable."""


@dataclass(frozen=True)
class Fit:
    """A distribution for ``count`` measured values; ``aic`` has the criterion of each candidate, the smaller the
    better."""

    kind: str
    distribution: Distribution
    count: int
    median: float
    mean: float
    aic: dict[str, float]


_CANDIDATES: dict[str, tuple[str, int, Callable[[float, float], Distribution]]] = {
    "lognormal": ("lognorm", 2, lambda sigma, median: lognormal(median, sigma)),
    "gamma": ("gamma", 2, lambda shape, scale: gamma(shape * scale, 1 / shape)),
    "exponential": ("expon", 1, lambda _, mean: exponential(mean)),
}
"""kind -> (name in scipy.stats, free parameters, distribution from shape and scale)."""


def fit(values: Sequence[float], kind: str = "best") -> Fit:
    """Fit a distribution of that ``kind`` (lognormal, gamma, exponential, empirical), or the best of the first three.

    Equal values become a constant; "best" becomes empirical if no candidate fits. A log-normal and a gamma distribution
    need values above 0. Raises ``ValueError`` for another kind, without values, and if that kind cannot be fitted.
    """
    if kind not in ("best", *KINDS):
        raise ValueError(f"unknown fit {kind!r}: choose best, {', '.join(KINDS)}")
    if not len(values):
        raise ValueError("there is nothing to fit: give one measured duration or more")
    x: Floats = np.asarray(values, dtype=np.float64)
    median, mean = float(np.median(x)), float(np.mean(x))
    if kind != "empirical" and x.min() == x.max():
        return Fit("constant", constant(float(x[0])), len(x), median, mean, {})
    candidates = {} if kind == "empirical" else _fit_candidates(x)
    if kind in _CANDIDATES and kind not in candidates:
        raise ValueError(f"a {kind} duration is never 0, but the shortest measured one is; use empirical")
    aic = {name: score for name, (_, score) in candidates.items()}
    chosen = kind if kind != "best" else min(aic, key=aic.__getitem__, default="empirical")
    if chosen == "empirical":
        return Fit(chosen, empirical(list(x)), len(x), median, mean, {})
    return Fit(chosen, candidates[chosen][0], len(x), median, mean, aic)


def _fit_candidates(x: Floats) -> dict[str, tuple[Distribution, float]]:
    """Return (distribution, AIC) of each candidate that can be fitted."""
    from scipy import stats

    candidates = {}
    for kind, (name, free, make) in _CANDIDATES.items():
        if kind == "exponential" or x.min() > 0:
            law = getattr(stats, name)
            parameters = law.fit(x, floc=0)
            score = 2 * free - 2 * float(law.logpdf(x, *parameters).sum())
            candidates[kind] = make(float(parameters[0]), float(parameters[-1])), score
    return candidates


def wilson(hits: int, count: int) -> tuple[float, float]:
    """Return the 95 % interval for a share of ``hits`` in ``count`` (Wilson, J. Amer. Stat. Assoc. 22, 1927); (0, 1)
    for a count of 0.

    Unlike the normal approximation it stays inside 0 to 1, and has a width even without hits.
    """
    if not count:
        return 0.0, 1.0
    from scipy.stats import binomtest

    interval = binomtest(hits, count).proportion_ci(0.95, method="wilson")
    return float(interval.low), float(interval.high)
