"""The sums of a line, revision after revision, as many as there are: memory does not grow with them."""

from __future__ import annotations

from typing import Any

import numpy as np

from cp_teach.flow.numerics.exact_time import Flags, Floats
from cp_teach.flow.simulation.outcome import FAILED, REFUSED, SUCCEEDED, SUPERSEDED, Codes

COUNTS = {"delivered": SUCCEEDED, "failed": FAILED, "superseded": SUPERSEDED, "refused": REFUSED}
SUMS = (*COUNTS, "revisions", "lead", "inside", "last", "first", "age", "newest")
"""What is counted or added up for each replication. ``lead`` and ``inside``: time from arrival to the end, of those
delivered and of all; ``first`` and ``last``: when the first and the last was delivered; ``age``: the integral of the
age of what runs in production from the first to the last; ``newest``: when that which runs last had arrived."""


def nothing(rows: int) -> dict[str, Floats]:
    """Sums of ``rows`` replications in which nothing has happened yet."""
    found = {name: np.zeros(rows) for name in SUMS}
    found["first"][:] = np.nan
    return found


def add(sums: dict[str, Floats], arrived: Floats, status: Codes, ended: Floats) -> None:
    """Add what became of some more revisions, each array (rows, n), in the order of their arrival."""
    stayed = ended - arrived
    sums["revisions"] += arrived.shape[1]
    sums["inside"] += stayed.sum(axis=1)
    for name, code in COUNTS.items():
        sums[name] += np.count_nonzero(status == code, axis=1)
    there = status == SUCCEEDED
    sums["lead"] += np.sum(stayed, axis=1, where=there)
    _age(sums, arrived, ended, there)


def _age(sums: dict[str, Floats], arrived: Floats, ended: Floats, there: Flags) -> None:
    """From one delivery to the next the age grows from (delivery - arrival) at rate 1: a trapezium."""
    counts = np.count_nonzero(there, axis=1)
    rows = np.flatnonzero(counts)
    if not len(rows):
        return
    when, came = ended[there], arrived[there]  # row after row
    edges = (np.cumsum(counts) - counts)[rows]
    if (np.diff(when) < 0).sum() >= len(rows):  # more steps back than from one row to the next: they overtake
        order = np.lexsort((when, np.repeat(rows, counts[rows])))
        when, came = when[order], came[order]
    before, running = np.empty_like(when), np.empty_like(came)
    before[1:], running[1:] = when[:-1], came[:-1]
    fresh = np.isnan(sums["first"][rows])
    sums["first"][rows[fresh]] = when[edges[fresh]]
    before[edges] = np.where(fresh, when[edges], sums["last"][rows])
    running[edges] = np.where(fresh, came[edges], sums["newest"][rows])
    area = (when - before) * (when + before - 2 * running) / 2
    sums["age"][rows] += np.add.reduceat(area, edges)
    last = np.append(edges[1:], len(when)) - 1
    sums["last"][rows], sums["newest"][rows] = when[last], came[last]


def measures(sums: dict[str, Any]) -> dict[str, Floats]:
    """Each (replications,). Shares are of all revisions, ``lead_time`` is the mean of those delivered, ``wip`` the mean
    number in progress, ``throughput`` the deliveries in a unit of time, ``age`` that of production."""
    with np.errstate(invalid="ignore", divide="ignore"):
        found = {f"{name}_share": sums[name] / sums["revisions"] for name in COUNTS}
        found["lead_time"] = sums["lead"] / sums["delivered"]
        found["throughput"] = (sums["delivered"] - 1) / (sums["last"] - sums["first"])
        found["wip"] = sums["inside"] / sums["last"]
        found["age"] = sums["age"] / (sums["last"] - sums["first"])
    return found
