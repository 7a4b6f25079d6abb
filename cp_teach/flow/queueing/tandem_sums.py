"""Sums over the revisions of a tandem queue: updated piece by piece, so that memory does not grow with a run."""

from __future__ import annotations

import numpy as np

from cp_teach.flow.numerics.exact_time import Flags, Floats
from cp_teach.flow.queueing.tandem_kernels import Results
from cp_teach.flow.simulation.outcome import FAILED, REFUSED, SUCCEEDED, SUPERSEDED

COUNTS = {"delivered": SUCCEEDED, "failed": FAILED, "superseded": SUPERSEDED, "refused": REFUSED}
SUMS = (*COUNTS, "revisions", "lead", "inside", "last", "first", "age", "newest")
"""The sums of a replication. ``lead``, ``inside``: time from arrival to end, of delivered and of all revisions;
``first``, ``last``: the times of the first and the last delivery; ``age``: the integral of the age of production
between them; ``newest``: the arrival of the revision delivered last."""


def zero_sums(rows: int) -> dict[str, Floats]:
    """Return the sums of ``rows`` replications without revisions."""
    sums = {name: np.zeros(rows) for name in SUMS}
    sums["first"][:] = np.nan
    return sums


def add_revisions(sums: dict[str, Floats], arrived: Floats, results: Results) -> None:
    """Add revisions in order of arrival; each array is (rows, n)."""
    status, _, ended = results
    stayed = ended - arrived
    sums["revisions"] += arrived.shape[1]
    sums["inside"] += stayed.sum(axis=1)
    for name, code in COUNTS.items():
        sums[name] += np.count_nonzero(status == code, axis=1)
    delivered = status == SUCCEEDED
    sums["lead"] += np.sum(stayed, axis=1, where=delivered)
    _add_age(sums, arrived, ended, delivered)


def _add_age(sums: dict[str, Floats], arrived: Floats, ended: Floats, delivered: Flags) -> None:
    """Between two deliveries the age grows from (delivery - arrival) at rate 1: the area of a trapezoid."""
    counts = np.count_nonzero(delivered, axis=1)
    rows = np.flatnonzero(counts)
    if not len(rows):
        return
    when, arrival = ended[delivered], arrived[delivered]  # row after row
    edges = (np.cumsum(counts) - counts)[rows]
    if (np.diff(when) < 0).sum() >= len(
        rows
    ):  # more steps back than changes of row: revisions overtake each other
        order = np.lexsort((when, np.repeat(rows, counts[rows])))
        when, arrival = when[order], arrival[order]
    before, running = np.empty_like(when), np.empty_like(arrival)
    before[1:], running[1:] = when[:-1], arrival[:-1]
    fresh = np.isnan(sums["first"][rows])
    sums["first"][rows[fresh]] = when[edges[fresh]]
    before[edges] = np.where(fresh, when[edges], sums["last"][rows])
    running[edges] = np.where(fresh, arrival[edges], sums["newest"][rows])
    area = (when - before) * (when + before - 2 * running) / 2
    sums["age"][rows] += np.add.reduceat(area, edges)
    last = np.append(edges[1:], len(when)) - 1
    sums["last"][rows], sums["newest"][rows] = when[last], arrival[last]


def compute_measures(sums: dict[str, Floats]) -> dict[str, Floats]:
    """Return the measures, each (replications,). Shares are of all revisions, ``lead_time`` is the mean of those
    delivered, ``wip`` the mean number in progress, ``throughput`` the deliveries in a unit of time, ``age`` the mean
    age of production."""
    with np.errstate(invalid="ignore", divide="ignore"):
        measures = {f"{name}_share": sums[name] / sums["revisions"] for name in COUNTS}
        measures["lead_time"] = sums["lead"] / sums["delivered"]
        measures["throughput"] = (sums["delivered"] - 1) / (sums["last"] - sums["first"])
        measures["wip"] = sums["inside"] / sums["last"]
        measures["age"] = sums["age"] / (sums["last"] - sums["first"])
    return measures
