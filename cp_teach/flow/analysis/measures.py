"""What is measured of a study: one number for each measure and replication, over a window of time.

Revisions count when they arrive in the window, deployments when they are made in it, and integrals run over it. The
window is [begin, end): the warm-up lies before it. A measure that is not defined in a replication (the recovery time,
where nothing failed) is NaN there. What each measure means is told in ``metric``.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from cp_teach.flow.analysis.production_measures import age, change_leads, recoveries
from cp_teach.flow.analysis.row_statistics import Chosen, counts, overlap, shares
from cp_teach.flow.inputs.arrivals import Releases
from cp_teach.flow.inputs.weekly_hours import WEEK
from cp_teach.flow.numerics.exact_time import Flags, Floats
from cp_teach.flow.simulation.outcome import FAILED, REFUSED, SUPERSEDED, Outcome

Measures = dict[str, Floats]


def measure(
    outcome: Outcome, releases: Releases, bad: Flags, repaired: Floats, rework: Flags,
    window: tuple[float, float],
) -> Measures:  # fmt: skip
    """Every measure, each (rows,).

    ``bad`` (rows, n): revisions that fail in production once they are delivered. ``repaired`` (rows, n): when the
    repair of a bad one is ready to be released, NaN elsewhere; the service is restored by the first later deployment
    of a good revision that was released at or after that moment. ``rework`` (rows, n): unplanned revisions that were
    released because of an incident. Times are minutes. Raises ``ValueError`` for a window without length.
    """
    begin, end = window
    if not begin < end:
        raise ValueError(f"the window of a study has to end after it begins, not at {end:g} from {begin:g}")
    inside = (outcome.arrived >= begin) & (outcome.arrived < end)
    made = outcome.delivered & (outcome.ended >= begin) & (outcome.ended < end)
    delivered = Chosen(outcome.delivered)
    return {
        **_leads(outcome, inside),
        **_changes(outcome, releases, delivered, window),
        **_deployments(outcome, made, bad, repaired, rework, end - begin),
        **_flow(outcome, inside, window),
        "age": age(outcome, delivered, window),
        **_stages(outcome, inside, window),
    }


def of_stage(name: str, stage: int) -> str:
    """The name of a measure of one stage: ``utilization[0]``."""
    return f"{name}[{stage}]"


def joined(blocks: list[Measures]) -> Measures:
    """The measures of several blocks of replications as those of one."""
    return {name: np.concatenate([block[name] for block in blocks]) for name in blocks[0]} if blocks else {}


def _leads(outcome: Outcome, inside: Flags) -> Measures:
    lead = outcome.ended - outcome.arrived
    who = Chosen(inside & outcome.delivered)
    median, ninety = who.quantiles(lead, (0.5, 0.9))
    return {"lead_time": who.means(lead), "lead_time_median": median, "lead_time_90": ninety}


def _changes(
    outcome: Outcome, releases: Releases, delivered: Chosen, window: tuple[float, float]
) -> Measures:
    mean, median, not_yet = change_leads(outcome, releases, delivered, window)
    return {
        "change_lead_time": mean,
        "change_lead_time_median": median,
        "changes_not_deployed": not_yet,
    }


def _deployments(
    outcome: Outcome, made: Flags, bad: Flags, repaired: Floats, rework: Flags, length: float
) -> Measures:
    rate = counts(made) / length
    recovery, lasting = recoveries(outcome, made & bad, bad, repaired)
    return {
        "deployments_per_week": rate * WEEK,
        "deployments_per_day": rate * WEEK / 7,
        "change_failure_rate": shares(made & bad, made),
        "recovery_time": recovery,
        "not_restored": lasting,
        "rework_rate": shares(made & rework, made),
        "throughput": rate,
    }


def _flow(outcome: Outcome, inside: Flags, window: tuple[float, float]) -> Measures:
    length = window[1] - window[0]
    until = np.nan_to_num(outcome.ended, nan=np.inf, posinf=np.inf)
    rate = counts(inside) / length
    spent = Chosen(inside & np.isfinite(outcome.ended)).means(outcome.ended - outcome.arrived)
    return {
        "arrivals_per_week": rate * WEEK,
        "wip": overlap(outcome.arrived, until, window).sum(axis=1) / length,
        "wip_by_littles_law": np.where(rate > 0, rate * spent, 0.0),
        "superseded": shares(inside & (outcome.status == SUPERSEDED), inside),
        "failed": shares(inside & (outcome.status == FAILED), inside),
        "refused": shares(inside & (outcome.status == REFUSED), inside),
    }


def _stages(outcome: Outcome, inside: Flags, window: tuple[float, float]) -> Measures:
    length = window[1] - window[0]
    found: Measures = {}
    came = outcome.arrived
    for stage, (began, left, held) in enumerate(zip(outcome.began, outcome.left, outcome.held, strict=True)):
        entered = Chosen((began >= window[0]) & (began < window[1]))
        begun = inside & np.isfinite(began)
        broke = begun & (outcome.status == FAILED) & (outcome.stage == stage)
        found[of_stage("utilization", stage)] = entered.sums(held) / length
        found[of_stage("waiting", stage)] = Chosen(begun).means(began - came)
        found[of_stage("failure_share", stage)] = shares(broke, begun)
        came = left
    return found


def pieces(window: tuple[float, float], count: int = 20) -> list[tuple[float, float]]:
    """That window cut into ``count`` of equal length, one after the other: with ``measure`` of each, one replication
    alone gets confidence intervals (batch means). Where work keeps hours, a piece should be a week or several."""
    edges = np.linspace(*window, count + 1)
    return [(float(begin), float(end)) for begin, end in pairwise(edges)]
