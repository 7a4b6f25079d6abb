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

_HOMES = {
    "CLUSTERS": "cp_teach.flow.analysis.dora_clusters",
    "CLUSTERS_SOURCE": "cp_teach.flow.analysis.dora_clusters",
    "Hours": "cp_teach.flow.inputs.weekly_hours",
    "Line": "cp_teach.flow.queueing.tandem_queue",
    "Policy": "cp_teach.flow.inputs.policy",
    "Study": "cp_teach.flow.studies.study",
    "at": "cp_teach.flow.inputs.arrivals",
    "calibration": "cp_teach.flow.inputs.calibration",
    "commits": "cp_teach.flow.inputs.commit_arrivals",
    "constant": "cp_teach.flow.inputs.distribution",
    "control_chart": "cp_teach.flow.charts",
    "cumulative_flow": "cp_teach.flow.charts",
    "difference": "cp_teach.flow.analysis.confidence_interval",
    "dora": "cp_teach.flow.inputs.dora_benchmarks",
    "empirical": "cp_teach.flow.inputs.distribution",
    "estimate": "cp_teach.flow.analysis.confidence_interval",
    "every": "cp_teach.flow.inputs.arrivals",
    "exponential": "cp_teach.flow.inputs.distribution",
    "gamma": "cp_teach.flow.inputs.distribution",
    "history": "cp_teach.flow.recorded",
    "lead_times": "cp_teach.flow.charts",
    "lognormal": "cp_teach.flow.inputs.distribution",
    "occupancy": "cp_teach.flow.charts",
    "poisson": "cp_teach.flow.inputs.arrivals",
    "preset": "cp_teach.flow.inputs.presets",
    "saturated": "cp_teach.flow.inputs.arrivals",
    "sensitivity": "cp_teach.flow.charts",
    "side_by_side": "cp_teach.flow.charts",
    "study": "cp_teach.flow.studies.study",
    "train": "cp_teach.flow.inputs.commit_arrivals",
    "uniform": "cp_teach.flow.inputs.distribution",
}

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
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module 'cp_teach.flow' has no attribute {name!r}")
    from importlib import import_module

    value = getattr(import_module(home), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
