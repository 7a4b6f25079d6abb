"""DORA: the five metrics of software delivery, and the four clusters of 2024.

DORA's surveys sort the answers of each year into clusters. They are found in the answers, not set as grades: in 2024
the medium cluster fails less than the high one. The metrics are defined at https://dora.dev/guides/dora-metrics/ (in
our words in ``metric``); from 2024 on there are five, and recovery counts as throughput.
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
    """What the answers of one cluster have in common. ``share`` is its part of all answers, ``change_failure_rate`` a
    share, too."""

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
"""The clusters of 2024. All numbers: ``CLUSTERS_SOURCE``, that is at second hand."""

SURVEY_2025 = {"change_failure_rate": 0.19, "rework_rate": 0.22}
"""The means of all industries in DORA's Quick Check of 2025 (github.com/dora-team/dora.dev, Apache-2.0; read there)."""


def clusters(name: str, value: float) -> tuple[str, ...]:
    """In which clusters of 2024 that value of a measure lies: one, two that share a band, or none.

    Lead times and recovery times are minutes, frequencies deployments in a week, rates shares. A change failure rate
    goes to the cluster whose number is nearest. There are no clusters for other measures.
    """
    if math.isnan(value):
        return ()
    if name in ("change_lead_time", "change_lead_time_median"):
        return _first(
            value, (DAY, ("Elite",)), (WEEK, ("High",)), (MONTH, ("Medium",)), (6 * MONTH, ("Low",))
        )
    if name == "deployments_per_week":
        # More often than once a day is "on demand"; a value is turned round to the time between two.
        between = WEEK / value if value > 0 else math.inf
        return _first(
            between, (DAY, ("Elite",)), (WEEK, ("High",)), (MONTH, ("Medium",)), (6 * MONTH, ("Low",))
        )
    if name == "recovery_time":
        # Nobody's cluster lies between a day and a week.
        return _first(value, (HOUR, ("Elite",)), (DAY, ("High", "Medium")), (WEEK, ()), (MONTH, ("Low",)))
    if name == "change_failure_rate":
        return (min(CLUSTERS, key=lambda one: abs(one.change_failure_rate - value)).name,)
    return ()


def placed(name: str, value: float) -> str:
    """The same in words for a table: "like High or Medium in 2024"; "" where there is nothing to say."""
    if math.isnan(value):
        return ""
    found = clusters(name, value)
    if found:
        return f"like {' or '.join(found)} in 2024"
    if name == "rework_rate":
        return f"2025 mean {SURVEY_2025[name] * 100:.0f} %"
    if name in ("change_lead_time", "change_lead_time_median", "deployments_per_week", "recovery_time"):
        return "in no cluster of 2024"
    return ""


def _first(value: float, *bands: tuple[float, tuple[str, ...]]) -> tuple[str, ...]:
    return next((names for limit, names in bands if value < limit), ())
