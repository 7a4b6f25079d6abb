"""What each measure is called, in which unit it is, what it means and where the definition comes from."""

from __future__ import annotations

import math
from typing import NamedTuple

from cp_teach.flow.analysis.confidence_interval import Estimate

DORA = "DORA, dora.dev/guides/dora-metrics"
LITTLE = "Little, Operations Research 9 (1961)"
COSTA = "Costa, Codreanu, Ephremides, IEEE Transactions on Information Theory 62 (2016), age of information"
OURS = "cp_teach"


class Metric(NamedTuple):
    """One measure. ``unit`` is "min", "share", or a word that stands behind the number."""

    name: str
    label: str
    unit: str
    definition: str
    source: str

    def said(self, value: float) -> str:
        """A value as people read it: 2 h 15 min, 12 %, 3.4 a week."""
        if math.isnan(value):
            return "–"
        if self.unit == "min":
            return minutes(value)
        if self.unit == "share":
            return f"{value * 100:.3g} %"
        return f"{value:.3g} {self.unit}".strip()

    def interval(self, low: float, high: float) -> str:
        """An interval, with its unit once: 370 to 389 a week."""
        if math.isnan(low):
            return "–"
        if self.unit == "min":
            return f"{minutes(low)} to {minutes(high)}"
        if self.unit == "share":
            return f"{low * 100:.3g} to {high * 100:.3g} %"
        return f"{low:.3g} to {high:.3g} {self.unit}"

    def estimated(self, value: Estimate) -> str:
        """An estimate with its interval: 379 a week (370 to 389)."""
        if math.isnan(value.mean):
            return "not defined"
        if math.isnan(value.low):
            return f"{self.said(value.mean)} (no interval)"
        told = self.interval(value.low, value.high)
        if self.unit != "min":
            told = told.removesuffix(f" {self.unit}")
        return f"{self.said(value.mean)} ({told})"


def minutes(value: float) -> str:
    """A time as people say it: 40 s, 3.5 min, 2 h 15 min, 3.2 days."""
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
    one.name: one
    for one in (
        Metric(
            "change_lead_time", "Lead time for changes (mean)", "min",
            "From the commit of a change to the first deployment that brings it to production.", DORA,
        ),
        Metric(
            "change_lead_time_median", "Lead time for changes (median)", "min",
            "Half of the changes are in production after that time.", DORA,
        ),
        Metric(
            "deployments_per_week", "Deployment frequency", "a week",
            "Revisions that reach the end of the pipeline, in a week.", DORA,
        ),
        Metric(
            "deployments_per_day", "Deployment frequency, a day", "a day",
            "The same, over all seven days of the week.", DORA,
        ),
        Metric(
            "change_failure_rate", "Change failure rate", "share",
            "Deployments that need somebody to step in at once, of all deployments.", DORA,
        ),
        Metric(
            "recovery_time", "Failed deployment recovery time", "min",
            "From a deployment that fails in production to the one that restores the service.", DORA,
        ),
        Metric(
            "rework_rate", "Deployment rework rate", "share",
            "Unplanned deployments that an incident in production has caused, of all deployments.", DORA,
        ),
        Metric(
            "not_restored", "Failures not restored", "share",
            "Failed deployments after which, as far as was studied, nothing restores the service.", OURS,
        ),
        Metric(
            "changes_not_deployed", "Changes not deployed", "share",
            "Changes committed in the window that are not in production at its end.", OURS,
        ),
        Metric(
            "lead_time", "Lead time of the delivered (mean)", "min",
            "From the release of a revision to its end, for those that get through.", OURS,
        ),
        Metric(
            "lead_time_median", "Lead time of the delivered (median)", "min",
            "Half of the delivered revisions take no longer.", OURS,
        ),
        Metric(
            "lead_time_90", "Lead time of the delivered (90th percentile)", "min",
            "Nine of ten delivered revisions take no longer.", OURS,
        ),
        Metric(
            "age", "Age of production", "min",
            "At a random moment, the time since the release of the revision that was deployed last.", COSTA,
        ),
        Metric(
            "arrivals_per_week", "Arrivals", "a week", "Revisions that are released, in a week.", OURS
        ),
        Metric("throughput", "Throughput", "a minute", "Revisions delivered in a minute.", OURS),
        Metric(
            "wip", "Work in progress", "revisions",
            "Revisions between their release and their end, on average over time.", LITTLE,
        ),
        Metric(
            "wip_by_littles_law", "Work in progress by Little's law", "revisions",
            "Arrivals in a minute times the mean time on the way: it has to agree with the work in progress.", LITTLE,
        ),
        Metric(
            "superseded", "Superseded", "share", "Released revisions that a newer one has overtaken.", OURS
        ),
        Metric("failed", "Failed", "share", "Released revisions that failed in a stage.", OURS),
        Metric(
            "refused", "Refused", "share",
            "Released revisions that found as many in progress as AWS lets be.", OURS,
        ),
    )
}  # fmt: skip
"""The measures of a whole study, by their name in ``measure``, in the order in which a report tells them."""

FIVE = (
    "change_lead_time_median", "deployments_per_week", "recovery_time", "change_failure_rate", "rework_rate"
)  # fmt: skip
"""DORA's five metrics: the first three tell throughput, the last two instability."""

OF_STAGE: dict[str, Metric] = {
    one.name: one
    for one in (
        Metric(
            "utilization", "Utilization", "share",
            "Time for which the stage is held, of all time. Above 100 % where executions share it (PARALLEL).", OURS,
        ),
        Metric(
            "waiting", "Waiting at the door", "min",
            "From leaving the stage before to entering this one, for those that enter.", OURS,
        ),
        Metric("failure_share", "Failing here", "share", "Of the revisions that enter the stage.", OURS),
    )
}  # fmt: skip


def metric(name: str, stages: tuple[str, ...] = ()) -> Metric:
    """The measure of that name; ``utilization[1]`` is that of the second stage. Raises ``ValueError`` for others."""
    name = name.replace("utilisation", "utilization")  # the former spelling
    kind, _, rest = name.partition("[")
    if kind in OF_STAGE and rest[:-1].isdecimal() and rest.endswith("]"):
        stage = int(rest[:-1])
        shown = stages[stage] if stage < len(stages) else f"stage {stage + 1}"
        one = OF_STAGE[kind]
        return one._replace(name=name, label=f"{shown}: {one.label.lower()}")
    if name not in METRICS:
        raise ValueError(f"there is no measure {name!r}; there are {', '.join(METRICS)}")
    return METRICS[name]
