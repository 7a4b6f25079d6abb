"""Which distribution fits what was measured: by maximum likelihood, compared by Akaike's criterion.

AIC = 2 · parameters - 2 · log likelihood; the smallest is taken (Akaike, IEEE Trans. Automatic Control 19, 1974).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from cp_teach.flow.inputs.distribution import Distribution, constant, empirical, exponential, gamma, lognormal
from cp_teach.flow.numerics.exact_time import Floats

KINDS = ("lognormal", "gamma", "exponential", "empirical")
FEW = 10
"""With fewer values than this a fit says little."""


@dataclass(frozen=True)
class Fit:
    """A distribution for ``count`` measured values; ``aic`` has what each candidate scored, less being better."""

    kind: str
    distribution: Distribution
    count: int
    median: float
    mean: float
    aic: dict[str, float]


def fit(values: Sequence[float], kind: str = "best") -> Fit:
    """The distribution of that ``kind`` (lognormal, gamma, exponential, empirical), or the one of the first three that
    fits best.

    It is constant where all values are the same, and empirical where "best" finds no candidate: a lognormal and a gamma
    distribution know no 0. Raises ``ValueError`` for another kind, for no values, and where that kind cannot be fitted.
    """
    if kind not in ("best", *KINDS):
        raise ValueError(f"there is no fit {kind!r}; there are best, {', '.join(KINDS)}")
    if not len(values):
        raise ValueError("there is nothing to fit: give one measured duration or more")
    x: Floats = np.asarray(values, dtype=np.float64)
    median, mean = float(np.median(x)), float(np.mean(x))
    if kind == "empirical":
        return Fit(kind, empirical(list(x)), len(x), median, mean, {})
    if x.min() == x.max():
        return Fit("constant", constant(float(x[0])), len(x), median, mean, {})
    found = {name: one for name, make in _CANDIDATES.items() if (one := make(x)) is not None}
    aic = {name: score for name, (_, score) in found.items()}
    if kind != "best" and kind not in found:
        raise ValueError(f"a {kind} duration is never 0, but the shortest one measured is; take empirical")
    chosen = kind if kind != "best" else min(aic, key=lambda name: aic[name], default="empirical")
    if chosen == "empirical":
        return Fit(chosen, empirical(list(x)), len(x), median, mean, {})
    return Fit(chosen, found[chosen][0], len(x), median, mean, aic)


def _lognormal(x: Floats) -> tuple[Distribution, float] | None:
    if x.min() <= 0:
        return None
    logs = np.log(x)
    mu, sigma = float(logs.mean()), float(logs.std())
    likelihood = -float(logs.sum()) - len(x) * (math.log(sigma) + 0.5 * math.log(2 * math.pi) + 0.5)
    return lognormal(math.exp(mu), sigma), 2 * 2 - 2 * likelihood


def _gamma(x: Floats) -> tuple[Distribution, float] | None:
    if x.min() <= 0:
        return None
    from scipy import stats

    shape, _, scale = stats.gamma.fit(x, floc=0)
    likelihood = float(stats.gamma.logpdf(x, shape, scale=scale).sum())
    return gamma(float(shape * scale), float(1 / shape)), 2 * 2 - 2 * likelihood


def _exponential(x: Floats) -> tuple[Distribution, float] | None:
    mean = float(x.mean())
    return exponential(mean), 2 * 1 - 2 * -len(x) * (math.log(mean) + 1)


_CANDIDATES: dict[str, Callable[[Floats], tuple[Distribution, float] | None]] = {
    "lognormal": _lognormal,
    "gamma": _gamma,
    "exponential": _exponential,
}


def wilson(hits: int, count: int, z: float = 1.959963984540054) -> tuple[float, float]:
    """The 95 % interval for a share of ``hits`` in ``count`` (Wilson, J. Amer. Stat. Assoc. 22, 1927); (0, 1) for none.

    Unlike the usual p ± 2·sqrt(p(1-p)/n) it stays inside 0 to 1 and says something where nothing failed yet.
    """
    if not count:
        return 0.0, 1.0
    share = hits / count
    middle = (share + z * z / (2 * count)) / (1 + z * z / count)
    half = z / (1 + z * z / count) * math.sqrt(share * (1 - share) / count + z * z / (4 * count * count))
    return max(0.0, middle - half), min(1.0, middle + half)
