"""Metric definitions: label, unit, meaning, and source of each measure, and how its values are formatted."""

from __future__ import annotations

import math
from typing import NamedTuple

from cp_teach.flow.analysis.confidence_interval import Estimate

DORA = "DORA, dora.dev/guides/dora-metrics"
LITTLE = "Little, Operations Research 9 (1961)"
COSTA = "Costa, Codreanu, Ephremides, IEEE Transactions on Information Theory 62 (2016), age of information"
OURS = "cp_teach"


class Metric(NamedTuple):
    """A measure. ``unit`` is "min", "share", or the text after the number."""

    name: str
    label: str
    unit: str
    definition: str
    source: str

    def format(self, value: float) -> str:
        """Format a value: 2 h 15 min, 12 %, 3.4 a week."""
        if math.isnan(value):
            return "–"
        if self.unit == "min":
            return format_minutes(value)
        if self.unit == "share":
            return f"{value * 100:.3g} %"
        return f"{value:.3g} {self.unit}".strip()

    def format_interval(self, low: float, high: float) -> str:
        """Format an interval, with its unit once: 370 to 389 a week."""
        if math.isnan(low):
            return "–"
        if self.unit == "min":
            return f"{format_minutes(low)} to {format_minutes(high)}"
        if self.unit == "share":
            return f"{low * 100:.3g} to {high * 100:.3g} %"
        return f"{low:.3g} to {high:.3g} {self.unit}"

    def format_estimate(self, estimate: Estimate) -> str:
        """Format an estimate with its interval: 379 a week (370 to 389)."""
        if math.isnan(estimate.mean):
            return "not defined"
        if math.isnan(estimate.low):
            return f"{self.format(estimate.mean)} (no interval)"
        interval = self.format_interval(estimate.low, estimate.high)
        if self.unit != "min":
            interval = interval.removesuffix(f" {self.unit}")
        return f"{self.format(estimate.mean)} ({interval})"


def format_minutes(value: float) -> str:
    """Format a duration: 40 s, 3.5 min, 2 h 15 min, 3.2 days."""
    size, sign = abs(value), "-" if value < 0 else ""
    if size < 1 / 120:
        return "0 min"
    if size < 1:
        return f"{sign}{size * 60:.0f} s"
    if size < 10:
        return f"{sign}{size:.1f} min"
    if size < 59.5:
        return f"{sign}{size:.0f} min"
    if size < 1439.5:
        hours, rest = divmod(round(size), 60)
        return f"{sign}{hours} h" + (f" {rest} min" if rest else "")
    return f"{sign}{size / 1440:.1f} days"


METRICS: dict[str, Metric] = {
    metric.name: metric
    for metric in (
        Metric(
            "change_lead_time", "Lead time for changes (mean)", "min",
            "From the commit of a change to the first deployment that contains it.", DORA,
        ),
        Metric(
            "change_lead_time_median", "Lead time for changes (median)", "min",
            "Half of the changes are in production within this time.", DORA,
        ),
        Metric(
            "deployments_per_week", "Deployment frequency", "a week",
            "Revisions that reach the end of the pipeline in a week.", DORA,
        ),
        Metric(
            "deployments_per_day", "Deployment frequency, a day", "a day",
            "The same, over all seven days of the week.", DORA,
        ),
        Metric(
            "change_failure_rate", "Change failure rate", "share",
            "Deployments that need immediate intervention, of all deployments.", DORA,
        ),
        Metric(
            "recovery_time", "Failed deployment recovery time", "min",
            "From a deployment that fails in production to the one that restores the service.", DORA,
        ),
        Metric(
            "rework_rate", "Deployment rework rate", "share",
            "Unplanned deployments caused by an incident in production, of all deployments.", DORA,
        ),
        Metric(
            "not_restored", "Failures not restored", "share",
            "Failed deployments after which nothing restores the service before the study ends.", OURS,
        ),
        Metric(
            "changes_not_deployed", "Changes not deployed", "share",
            "Changes committed in the window that are not in production at its end.", OURS,
        ),
        Metric(
            "lead_time", "Lead time of the delivered (mean)", "min",
            "From the release of a revision to its delivery, for those that are delivered.", OURS,
        ),
        Metric(
            "lead_time_median", "Lead time of the delivered (median)", "min",
            "Half of the delivered revisions take this long or less.", OURS,
        ),
        Metric(
            "lead_time_90", "Lead time of the delivered (90th percentile)", "min",
            "Nine of ten delivered revisions take this long or less.", OURS,
        ),
        Metric(
            "age", "Age of production", "min",
            "At a random moment, the time since the release of the revision that was deployed last.", COSTA,
        ),
        Metric(
            "arrivals_per_week", "Arrivals", "a week", "Revisions released in a week.", OURS
        ),
        Metric("throughput", "Throughput", "a minute", "Revisions delivered in a minute.", OURS),
        Metric(
            "wip", "Work in progress", "revisions",
            "Revisions between their release and their end, on average over time.", LITTLE,
        ),
        Metric(
            "wip_by_littles_law", "Work in progress by Little's law", "revisions",
            "Arrivals in a minute times the mean time in progress; it must agree with the work in progress.", LITTLE,
        ),
        Metric(
            "superseded", "Superseded", "share", "Released revisions that a newer one replaced.", OURS
        ),
        Metric("failed", "Failed", "share", "Released revisions that failed in a stage.", OURS),
        Metric(
            "refused", "Refused", "share",
            "Released revisions that arrived when AWS's limit of executions in progress was reached.", OURS,
        ),
    )
}  # fmt: skip
"""The measures of a whole study by their name in ``measure``, in the order of a report."""

FIVE = (
    "change_lead_time_median", "deployments_per_week", "recovery_time", "change_failure_rate", "rework_rate"
)  # fmt: skip
"""DORA's five metrics: the first three measure throughput, the last two instability."""

STAGE_METRICS: dict[str, Metric] = {
    metric.name: metric
    for metric in (
        Metric(
            "utilization", "Utilization", "share",
            "Time in which the stage is occupied, of all time. Above 100 % if executions share it (PARALLEL).", OURS,
        ),
        Metric(
            "waiting", "Waiting to enter", "min",
            "From leaving the previous stage to entering this one, for those that enter.", OURS,
        ),
        Metric(
            "failure_share", "Failing here", "share",
            "Revisions that fail in the stage, of those that enter it.", OURS,
        ),
    )
}  # fmt: skip


def find_metric(name: str, stages: tuple[str, ...] = ()) -> Metric:
    """Return the measure of that name; ``utilization[1]`` is that of the second stage. Raises ``ValueError`` for an
    unknown name."""
    name = name.replace("utilisation", "utilization")  # the former spelling
    kind, _, index = name.partition("[")
    if kind in STAGE_METRICS and index[:-1].isdecimal() and index.endswith("]"):
        k = int(index[:-1])
        stage = stages[k] if k < len(stages) else f"stage {k + 1}"
        metric = STAGE_METRICS[kind]
        return metric._replace(name=name, label=f"{stage}: {metric.label.lower()}")
    if name not in METRICS:
        raise ValueError(f"unknown measure {name!r}: choose from {', '.join(METRICS)}")
    return METRICS[name]
