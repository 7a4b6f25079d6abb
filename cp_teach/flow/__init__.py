"""The flow lab: how releases flow over weeks, measured and trusted.

>>> from cp_teach.flow import Line, exponential, poisson
>>> study = Line(1, "supersede").study(
...     arrivals=poisson(1), durations=exponential(1), revisions=200_000, seed=1
... )
>>> round(study.superseded_share, 2)  # queueing theory says 1/3
0.33

The names are loaded when they are first used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cp_teach.flow.arrivals import at, commits, every, poisson, saturated, train
    from cp_teach.flow.distribution import constant, empirical, exponential, gamma, lognormal, uniform
    from cp_teach.flow.hours import Hours
    from cp_teach.flow.lab import Study, study
    from cp_teach.flow.line import Line
    from cp_teach.flow.policy import Policy

_HOMES = {
    "Hours": "hours",
    "Line": "line",
    "Policy": "policy",
    "Study": "lab",
    "at": "arrivals",
    "commits": "arrivals",
    "constant": "distribution",
    "empirical": "distribution",
    "every": "arrivals",
    "exponential": "distribution",
    "gamma": "distribution",
    "lognormal": "distribution",
    "poisson": "arrivals",
    "saturated": "arrivals",
    "study": "lab",
    "train": "arrivals",
    "uniform": "distribution",
}

__all__ = [
    "Hours",
    "Line",
    "Policy",
    "Study",
    "at",
    "commits",
    "constant",
    "empirical",
    "every",
    "exponential",
    "gamma",
    "lognormal",
    "poisson",
    "saturated",
    "study",
    "train",
    "uniform",
]


def __getattr__(name: str) -> Any:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module 'cp_teach.flow' has no attribute {name!r}")
    from importlib import import_module

    value = getattr(import_module(f"cp_teach.flow.{home}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
