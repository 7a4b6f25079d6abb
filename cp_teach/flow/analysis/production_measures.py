"""Measures of production: the lead time for changes, the recovery time, and the age of what runs."""

from __future__ import annotations

import numpy as np

from cp_teach.flow.analysis.row_statistics import (
    Selection,
    divide,
    earliest_from,
    shares,
    sum_pieces,
)
from cp_teach.flow.inputs.arrivals import Releases
from cp_teach.flow.numerics.exact_time import Flags, Floats
from cp_teach.flow.simulation.outcome import Outcome
from cp_teach.flow.simulation.production_failures import Production


def compute_change_leads(
    outcome: Outcome, releases: Releases, delivered: Selection, window: tuple[float, float]
) -> tuple[Floats, Floats, Floats]:
    """Return three arrays (rows,) for the changes committed in the window: mean and median time from commit to
    production of those that ever reach it, and the share not in production at the end of the window.

    A revision contains all earlier changes. A change is therefore deployed by the first delivery among its own revision
    and all later ones, even if its own revision failed or was superseded.
    """
    deployed = earliest_from(delivered.fill(outcome.ended))
    commits = outcome.arrived
    if releases.commits is not None:
        commits = releases.commits
        revision = np.empty(
            commits.shape, dtype=np.intp
        )  # of each change: the first released at its commit or later
        for row, times in enumerate(releases.times):
            revision[row] = times.searchsorted(commits[row])
        beyond_last = np.pad(deployed, ((0, 0), (0, 1)), constant_values=np.inf)
        deployed = np.take_along_axis(beyond_last, revision, axis=1)
    inside = (commits >= window[0]) & (commits < window[1])
    reached = Selection(inside & np.isfinite(deployed))
    lead = np.subtract(deployed, commits, out=np.zeros_like(commits), where=inside)
    (median,) = reached.quantiles(lead, (0.5,))
    return reached.means(lead), median, shares(inside & (deployed >= window[1]), inside)


def compute_recoveries(outcome: Outcome, production: Production, failed: Flags) -> tuple[Floats, Floats]:
    """Return, for the deployments that ``failed`` (rows, n) in production, the mean time until a deployment restores
    the service, and the share of those after which none does; each (rows,)."""
    failures = Selection(failed)
    if not len(failures.indices):
        return np.full(len(failed), np.nan), np.full(len(failed), np.nan)
    restores = earliest_from(Selection(outcome.delivered & ~production.bad).fill(outcome.ended))
    ready = np.nan_to_num(failures.take(production.repaired), nan=np.inf, posinf=np.inf)
    restored = np.full(len(ready), np.inf)
    for row in np.flatnonzero(failures.counts):
        piece = slice(failures.bounds[row], failures.bounds[row + 1])
        column = np.searchsorted(outcome.arrived[row], ready[piece], side="left")
        exists = column < outcome.arrived.shape[1]
        restored[piece][exists] = restores[row, column[exists]]
    done = np.isfinite(restored)
    duration = np.where(done, restored - failures.take(outcome.ended), 0.0)
    count = sum_pieces(done.astype(np.float64), failures.bounds)
    recovery = divide(sum_pieces(duration, failures.bounds), count)
    return recovery, divide(failures.counts - count, failures.counts)


def compute_age(outcome: Outcome, delivered: Selection, window: tuple[float, float]) -> Floats:
    """(rows,): the mean age of production, which is the time since the arrival of the revision deployed last. Exact; it
    begins with the first deployment.

    In PARALLEL mode an older revision can be deployed after a newer one, and then replaces it.
    """
    since, arrived, rows = delivered.take(outcome.ended), delivered.take(outcome.arrived), delivered.rows
    same_row = rows[1:] == rows[:-1]
    if (same_row & (since[1:] < since[:-1])).any():
        order = np.lexsort((since, rows))
        since, arrived = since[order], arrived[order]
    until = np.full_like(since, np.inf)
    np.copyto(until[:-1], since[1:], where=same_row)
    first, last = np.maximum(since, window[0]), np.minimum(until, window[1])
    length = np.maximum(last - first, 0.0)
    area = length * ((first + last) / 2 - arrived)
    return divide(sum_pieces(area, delivered.bounds), sum_pieces(length, delivered.bounds))
