"""The flow lab: simulations of releases over weeks, with measures, confidence intervals, and charts.

>>> from cp_teach.flow import Line, exponential, poisson
>>> study = Line(1, "supersede").study(
...     arrivals=poisson(1), durations=exponential(1), revisions=200_000, seed=1
... )
>>> round(study.superseded_share, 2)  # queueing theory says 1/3
0.33

A name is imported when it is first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cp_teach.flow.analysis.confidence_interval import difference, estimate
    from cp_teach.flow.analysis.dora_clusters import CLUSTERS, CLUSTERS_SOURCE
    from cp_teach.flow.charts import (
        control_chart,
        cumulative_flow,
        lead_times,
        occupancy,
        sensitivity,
        side_by_side,
    )
    from cp_teach.flow.inputs.arrivals import at, every, poisson, saturated
    from cp_teach.flow.inputs.calibration import calibration
    from cp_teach.flow.inputs.commit_arrivals import commits, train
    from cp_teach.flow.inputs.distribution import constant, empirical, exponential, gamma, lognormal, uniform
    from cp_teach.flow.inputs.dora_benchmarks import dora
    from cp_teach.flow.inputs.policy import Policy
    from cp_teach.flow.inputs.presets import preset
    from cp_teach.flow.inputs.weekly_hours import Hours
    from cp_teach.flow.queueing.tandem_queue import Line
    from cp_teach.flow.recorded import history
    from cp_teach.flow.studies.study import Study, study

_MODULES = {
    "analysis.confidence_interval": ("difference", "estimate"),
    "analysis.dora_clusters": ("CLUSTERS", "CLUSTERS_SOURCE"),
    "charts": ("control_chart", "cumulative_flow", "lead_times", "occupancy", "sensitivity", "side_by_side"),
    "inputs.arrivals": ("at", "every", "poisson", "saturated"),
    "inputs.calibration": ("calibration",),
    "inputs.commit_arrivals": ("commits", "train"),
    "inputs.distribution": ("constant", "empirical", "exponential", "gamma", "lognormal", "uniform"),
    "inputs.dora_benchmarks": ("dora",),
    "inputs.policy": ("Policy",),
    "inputs.presets": ("preset",),
    "inputs.weekly_hours": ("Hours",),
    "queueing.tandem_queue": ("Line",),
    "recorded": ("history",),
    "studies.study": ("Study", "study"),
}
_MODULE_OF = {name: f"{__name__}.{module}" for module, names in _MODULES.items() for name in names}

__all__ = [
    "CLUSTERS",
    "CLUSTERS_SOURCE",
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
    if name not in _MODULE_OF:
        raise AttributeError(f"module 'cp_teach.flow' has no attribute {name!r}")
    value = getattr(import_module(_MODULE_OF[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
