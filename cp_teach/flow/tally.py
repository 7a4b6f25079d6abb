"""The sums of a line, revision after revision, as many as there are: memory does not grow with them."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from cp_teach.flow.grid import Floats
from cp_teach.flow.outcome import FAILED, REFUSED, SUCCEEDED, SUPERSEDED, Codes

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


def _age(sums: dict[str, Floats], arrived: Floats, ended: Floats, there: NDArray[np.bool_]) -> None:
    """From one delivery to the next the age grows from (delivery - arrival) at rate 1: a trapezium."""
    rows = np.repeat(np.arange(len(arrived)), np.count_nonzero(there, axis=1))
    when, came = ended[there], arrived[there]
    if not len(when):
        return
    if (
        np.diff(when) < 0
    ).any():  # they overtake each other: what was delivered last runs (sorted within each row)
        order = np.lexsort((when, rows))
        when, came = when[order], came[order]
    edge = np.flatnonzero(np.diff(rows, prepend=-1))  # where a replication begins
    firsts = rows[edge]
    before_when, before_came = np.roll(when, 1), np.roll(came, 1)
    before_when[edge], before_came[edge] = sums["last"][firsts], sums["newest"][firsts]
    new = edge[np.isnan(sums["first"][firsts])]
    sums["first"][rows[new]] = when[new]
    before_when[new], before_came[new] = when[new], when[new]
    area = ((when - before_came) ** 2 - (before_when - before_came) ** 2) / 2
    sums["age"] += np.bincount(rows, area, minlength=len(arrived))
    last = np.append(edge[1:], len(when)) - 1
    sums["last"][firsts], sums["newest"][firsts] = when[last], came[last]


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
