"""The measures of a study over a window of time: one number for each measure and replication.

Revisions count if they arrive in the window, deployments if they are made in it, and integrals run over it. The window
is [begin, end), after the warm-up. An undefined measure (the recovery time without failures) is NaN. See
``metric_definitions`` for the meaning of each.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from cp_teach.flow.analysis.production_measures import compute_age, compute_change_leads, compute_recoveries
from cp_teach.flow.analysis.row_statistics import Selection, count_rows, shares
from cp_teach.flow.inputs.weekly_hours import WEEK
from cp_teach.flow.numerics.exact_time import Flags, Floats
from cp_teach.flow.simulation.outcome import FAILED, REFUSED, SUPERSEDED, Outcome
from cp_teach.flow.simulation.production_failures import Production

Measures = dict[str, Floats]
LEAST_FOR_90 = 10
"""The number of values below which no value is above their 90th percentile, so that it is only the largest."""


def measure(outcome: Outcome, production: Production, window: tuple[float, float]) -> Measures:
    """Return every measure, each (rows,); times are minutes.

    The service is restored after a failed deployment by the first later deployment of a good revision that was released
    when the repair was ready, or afterwards. Raises ``ValueError`` if the window does not end after it begins.
    """
    begin, end = window
    if not begin < end:
        raise ValueError(f"the window of a study must end after it begins, but it is {begin:g} to {end:g}")
    length = end - begin
    inside = (outcome.arrived >= begin) & (outcome.arrived < end)
    deployed = outcome.delivered & (outcome.ended >= begin) & (outcome.ended < end)
    delivered = Selection(outcome.delivered)
    lead = outcome.ended - outcome.arrived
    measured = Selection(inside & outcome.delivered)
    lead_median, lead_90 = measured.quantiles(lead, (0.5, 0.9))
    lead_90[measured.counts < LEAST_FOR_90] = np.nan
    change_mean, change_median, not_deployed = compute_change_leads(
        outcome, production.releases, delivered, window
    )
    deployments = count_rows(deployed) / length
    recovery, not_restored = compute_recoveries(outcome, production, deployed & production.bad)
    arrivals = count_rows(inside) / length
    time_in_pipeline = Selection(inside & np.isfinite(outcome.ended)).means(lead)
    until = np.fmin(outcome.ended, end)  # NaN, still in progress, becomes the end
    in_progress = np.maximum(until - np.maximum(outcome.arrived, begin), 0.0)
    return {
        "lead_time": measured.means(lead),
        "lead_time_median": lead_median,
        "lead_time_90": lead_90,
        "change_lead_time": change_mean,
        "change_lead_time_median": change_median,
        "changes_not_deployed": not_deployed,
        "deployments_per_week": deployments * WEEK,
        "deployments_per_day": deployments * WEEK / 7,
        "change_failure_rate": shares(deployed & production.bad, deployed),
        "recovery_time": recovery,
        "not_restored": not_restored,
        "rework_rate": shares(deployed & production.rework, deployed),
        "throughput": deployments,
        "arrivals_per_week": arrivals * WEEK,
        "wip": in_progress.sum(axis=1) / length,
        "wip_by_littles_law": np.where(arrivals > 0, arrivals * time_in_pipeline, 0.0),
        "superseded": shares(inside & (outcome.status == SUPERSEDED), inside),
        "failed": shares(inside & (outcome.status == FAILED), inside),
        "refused": shares(inside & (outcome.status == REFUSED), inside),
        "age": compute_age(outcome, delivered, window),
        **_measure_stages(outcome, inside, window),
    }


def stage_measure(name: str, stage: int) -> str:
    """Return the name of a measure of one stage: ``utilization[0]``."""
    return f"{name}[{stage}]"


def _measure_stages(outcome: Outcome, inside: Flags, window: tuple[float, float]) -> Measures:
    length = window[1] - window[0]
    measures: Measures = {}
    arrived = outcome.arrived
    for k, (began, left, held) in enumerate(zip(outcome.began, outcome.left, outcome.held, strict=True)):
        entered = Selection((began >= window[0]) & (began < window[1]))
        begun = inside & np.isfinite(began)
        failed = begun & (outcome.status == FAILED) & (outcome.stage == k)
        measures[stage_measure("utilization", k)] = entered.sums(held) / length
        measures[stage_measure("waiting", k)] = Selection(begun).means(began - arrived)
        measures[stage_measure("failure_share", k)] = shares(failed, begun)
        arrived = left
    return measures


def cut_window(window: tuple[float, float], count: int = 20) -> list[tuple[float, float]]:
    """Cut a window into ``count`` pieces of equal length.

    With ``measure`` of each piece, a single replication gets confidence intervals (batch means). With working hours, a
    piece should be a whole number of weeks.
    """
    edges = np.linspace(*window, count + 1)
    return [(float(begin), float(end)) for begin, end in pairwise(edges)]
