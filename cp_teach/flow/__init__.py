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
    "Hours": "cp_teach.flow.hours",
    "Line": "cp_teach.flow.line",
    "Policy": "cp_teach.flow.policy",
    "Study": "cp_teach.flow.lab",
    "at": "cp_teach.flow.arrivals",
    "calibration": "cp_teach.flow.calibrated",
    "commits": "cp_teach.flow.people",
    "constant": "cp_teach.flow.distribution",
    "control_chart": "cp_teach.flow.pictures",
    "cumulative_flow": "cp_teach.flow.pictures",
    "difference": "cp_teach.flow.interval",
    "dora": "cp_teach.flow.industry",
    "empirical": "cp_teach.flow.distribution",
    "estimate": "cp_teach.flow.interval",
    "every": "cp_teach.flow.arrivals",
    "exponential": "cp_teach.flow.distribution",
    "gamma": "cp_teach.flow.distribution",
    "history": "cp_teach.flow.past",
    "lead_times": "cp_teach.flow.pictures",
    "lognormal": "cp_teach.flow.distribution",
    "occupancy": "cp_teach.flow.pictures",
    "poisson": "cp_teach.flow.arrivals",
    "preset": "cp_teach.flow.presets",
    "saturated": "cp_teach.flow.arrivals",
    "sensitivity": "cp_teach.flow.pictures",
    "side_by_side": "cp_teach.flow.pictures",
    "study": "cp_teach.flow.lab",
    "train": "cp_teach.flow.people",
    "uniform": "cp_teach.flow.distribution",
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

    value = getattr(import_module(home), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
