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
    from cp_teach.flow.arrivals import at, every, poisson, saturated
    from cp_teach.flow.calibrated import calibration
    from cp_teach.flow.distribution import constant, empirical, exponential, gamma, lognormal, uniform
    from cp_teach.flow.hours import Hours
    from cp_teach.flow.industry import dora
    from cp_teach.flow.interval import difference, estimate
    from cp_teach.flow.lab import Study, study
    from cp_teach.flow.line import Line
    from cp_teach.flow.past import history
    from cp_teach.flow.people import commits, train
    from cp_teach.flow.pictures import (
        control_chart,
        cumulative_flow,
        lead_times,
        occupancy,
        sensitivity,
        side_by_side,
    )
    from cp_teach.flow.policy import Policy
    from cp_teach.flow.presets import preset

_HOMES = {
    "Hours": "hours",
    "Line": "line",
    "Policy": "policy",
    "Study": "lab",
    "at": "arrivals",
    "calibration": "calibrated",
    "commits": "people",
    "constant": "distribution",
    "control_chart": "pictures",
    "cumulative_flow": "pictures",
    "difference": "interval",
    "dora": "industry",
    "empirical": "distribution",
    "estimate": "interval",
    "every": "arrivals",
    "exponential": "distribution",
    "gamma": "distribution",
    "history": "past",
    "lead_times": "pictures",
    "lognormal": "distribution",
    "occupancy": "pictures",
    "poisson": "arrivals",
    "preset": "presets",
    "saturated": "arrivals",
    "sensitivity": "pictures",
    "side_by_side": "pictures",
    "study": "lab",
    "train": "people",
    "uniform": "distribution",
}

__all__ = [
    "Hours",
    "Line",
    "Policy",
    "Study",
    "at",
    "calibration",
    "commits",
    "constant",
    "control_chart",
    "cumulative_flow",
    "difference",
    "dora",
    "empirical",
    "estimate",
    "every",
    "exponential",
    "gamma",
    "history",
    "lead_times",
    "lognormal",
    "occupancy",
    "poisson",
    "preset",
    "saturated",
    "sensitivity",
    "side_by_side",
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
