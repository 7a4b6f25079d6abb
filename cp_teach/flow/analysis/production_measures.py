"""What production sees: when a change gets there, how long it is broken, how old it is."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from cp_teach.flow.analysis.row_statistics import Chosen, earliest_from, over, row_sums, shares
from cp_teach.flow.inputs.arrivals import Releases
from cp_teach.flow.numerics.exact_time import Flags, Floats
from cp_teach.flow.simulation.outcome import Outcome


def change_leads(
    outcome: Outcome, releases: Releases, delivered: Chosen, window: tuple[float, float]
) -> tuple[Floats, Floats, Floats]:
    """From commit to production, for the changes committed in the window: the mean and the median of those that ever
    get there, and the share of those that are not there at the end of the window; each (rows,).

    A revision is all of the source up to its moment. So the first delivered one at or after the one that carries a
    change deploys it, also when the carrier was superseded or has failed.
    """
    there = earliest_from(delivered.spread(outcome.ended))
    commits = outcome.arrived
    if releases.commits is not None:
        commits = releases.commits
        there = _at(there, _columns(releases.times, commits))
    made = (commits >= window[0]) & (commits < window[1])
    deployed = Chosen(made & np.isfinite(there))
    lead = np.subtract(there, commits, out=np.zeros_like(commits), where=made)
    (median,) = deployed.quantiles(lead, (0.5,))
    return deployed.means(lead), median, shares(made & (there >= window[1]), made)


def recoveries(outcome: Outcome, failed: Flags, bad: Flags, repaired: Floats) -> tuple[Floats, Floats]:
    """From a deployment that ``failed`` in production to the deployment that restores the service: the mean of each
    row, and the share of failures after which nothing restores it; each (rows,)."""
    broken = Chosen(failed)
    if not len(broken.places):
        return np.full(len(failed), np.nan), np.full(len(failed), np.nan)
    restores = earliest_from(Chosen(outcome.delivered & ~bad).spread(outcome.ended))
    ready = np.nan_to_num(broken.of(repaired), nan=np.inf, posinf=np.inf)
    restored = np.full(len(ready), np.inf)
    for row in np.flatnonzero(broken.counts):
        mine = slice(broken.bounds[row], broken.bounds[row + 1])
        column = np.searchsorted(outcome.arrived[row], ready[mine], side="left")
        found = column < outcome.arrived.shape[1]
        restored[mine][found] = restores[row, column[found]]
    done = np.isfinite(restored)
    took = np.where(done, restored - broken.of(outcome.ended), 0.0)
    ended = row_sums(done.astype(np.float64), broken.bounds)
    return over(row_sums(took, broken.bounds), ended), over(broken.counts - ended, broken.counts)


def age(outcome: Outcome, delivered: Chosen, window: tuple[float, float]) -> Floats:
    """(rows,): the mean age of what runs in production: at each moment, the time since the arrival of the revision
    that was deployed last. Exact; from the first deployment on, since before it nothing runs.

    In PARALLEL mode an older revision can arrive later in production, and is then what runs there.
    """
    since, arrived, rows = delivered.of(outcome.ended), delivered.of(outcome.arrived), delivered.rows
    same = rows[1:] == rows[:-1]
    if (same & (since[1:] < since[:-1])).any():
        order = np.lexsort((since, rows))
        since, arrived = since[order], arrived[order]
    until = np.full_like(since, np.inf)
    np.copyto(until[:-1], since[1:], where=same)
    first, last = np.maximum(since, window[0]), np.minimum(until, window[1])
    length = np.maximum(last - first, 0.0)
    aged = length * ((first + last) / 2 - arrived)
    return over(row_sums(aged, delivered.bounds), row_sums(length, delivered.bounds))


def _columns(times: Floats, commits: Floats) -> NDArray[np.intp]:
    """(rows, m): the revision that carries each change: the first that is released at its moment or later."""
    found = np.empty(commits.shape, dtype=np.intp)
    for row, moments in enumerate(times):
        found[row] = moments.searchsorted(commits[row])
    return found


def _at(moments: Floats, columns: NDArray[np.intp]) -> Floats:
    """(rows, m): the moments in those columns; ``inf`` beyond the last."""
    rows, n = moments.shape
    more = np.full((rows, n + 1), np.inf)
    more[:, :n] = moments
    found: Floats = more.ravel()[columns + (np.arange(rows) * (n + 1))[:, None]]
    return found
