"""DORA's clusters of 2024: four groups of survey answers, and the cluster of a measured value.

DORA finds the clusters in the answers of each year; they are not grades. In 2024 the medium cluster has a lower change
failure rate than the high one. The metrics are defined at https://dora.dev/guides/dora-metrics/ (see
``metric_definitions``); from 2024 on there are five, and recovery counts as throughput.
"""

from __future__ import annotations

import math
from typing import NamedTuple

from cp_teach.flow.inputs.weekly_hours import DAY, WEEK

LINK = "https://dora.dev/guides/dora-metrics/"
CLUSTERS_SOURCE = (
    "Accelerate State of DevOps 2024, v. 2024.3, as other pages quote it (the report itself was not at hand)"
)
SOURCE = CLUSTERS_SOURCE
"""The former name, which an earlier lesson imports."""
MONTH = 365.25 / 12 * DAY
HOUR = 60.0


class Cluster(NamedTuple):
    """A cluster of answers. ``share`` is its part of all answers, ``change_failure_rate`` a share, too."""

    name: str
    deployment_frequency: str
    lead_time: str
    change_failure_rate: float
    recovery: str
    share: float


CLUSTERS = (
    Cluster("Elite", "on demand", "less than a day", 0.05, "less than an hour", 0.19),
    Cluster("High", "once a day to once a week", "a day to a week", 0.20, "less than a day", 0.22),
    Cluster("Medium", "once a week to once a month", "a week to a month", 0.10, "less than a day", 0.35),
    Cluster("Low", "once a month to once in 6 months", "1 to 6 months", 0.40, "a week to a month", 0.25),
)
"""The clusters of 2024, at second hand: see ``CLUSTERS_SOURCE``."""

SURVEY_2025 = {"change_failure_rate": 0.19, "rework_rate": 0.22}
"""The means of all industries in DORA's Quick Check of 2025 (github.com/dora-team/dora.dev, Apache-2.0; read there)."""

_SPEED = ((DAY, ("Elite",)), (WEEK, ("High",)), (MONTH, ("Medium",)), (6 * MONTH, ("Low",)))
# No cluster is between a day and a week.
_RECOVERY = ((HOUR, ("Elite",)), (DAY, ("High", "Medium")), (WEEK, ()), (MONTH, ("Low",)))
_BANDS: dict[str, tuple[tuple[float, tuple[str, ...]], ...]] = {
    "change_lead_time": _SPEED,
    "change_lead_time_median": _SPEED,
    "deployments_per_week": _SPEED,  # as the time between two; more than once a day is "on demand"
    "recovery_time": _RECOVERY,
}
"""Measure -> bands (upper limit in minutes, clusters)."""


def find_clusters(name: str, value: float) -> tuple[str, ...]:
    """Return the clusters of 2024 of a measure's value: one, two that share a band, or none.

    Lead times and recovery times are minutes, frequencies deployments in a week, rates shares. A change failure rate
    belongs to the cluster with the nearest number. Other measures have no clusters.
    """
    if math.isnan(value):
        return ()
    if name == "change_failure_rate":
        return (min(CLUSTERS, key=lambda cluster: abs(cluster.change_failure_rate - value)).name,)
    if name == "deployments_per_week":
        value = WEEK / value if value > 0 else math.inf
    return next((clusters for limit, clusters in _BANDS.get(name, ()) if value < limit), ())


def describe_clusters(name: str, value: float) -> str:
    """Return the comparison with DORA's surveys as a phrase; "" if there is none."""
    if math.isnan(value):
        return ""
    if clusters := find_clusters(name, value):
        return f"like {' or '.join(clusters)} in 2024"
    if name == "rework_rate":
        return f"2025 mean {SURVEY_2025[name] * 100:.0f} %"
    return "in no cluster of 2024" if name in _BANDS else ""
