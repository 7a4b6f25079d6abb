"""The loops over the revisions of a tandem queue, one for each discipline. Plain Python that Numba compiles.

Without Numba (``pip install 'cp-teach[fast]'``) they run on lists. They must agree with the engine (tests/flow) and
with queueing theory (benchmarks/flow_laws.py).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cp_teach.flow.numerics.exact_time import Flags, Floats
from cp_teach.flow.simulation.outcome import FAILED, REFUSED, SUCCEEDED, SUPERSEDED, Codes

NEVER = float("inf")


class Revisions(NamedTuple):
    """Revisions in order of arrival, of all rows or of one row. Without Numba, the arrays of one row are lists."""

    arrived: Floats
    """(rows, n) or (n,)."""
    service: Floats
    """(stations, rows, n) or (stations, n): the duration of each in each station."""
    fails: Flags
    """Likewise: True if it fails there, at the end of its service."""


class Results(NamedTuple):
    """The results of the revisions, each (rows, n) or (n,), as in ``Outcome``."""

    status: Codes
    stage: Codes
    ended: Floats


class LineState(NamedTuple):
    """The state of the stations, kept between two pieces of a long run; without the rows for one row."""

    free: Floats
    """(rows, stations): when each station becomes free."""
    waiting: NDArray[np.int64]
    """(rows, stations): the index of the revision that waits for it, -1 for none."""
    since: Floats
    """(rows, stations): since when."""
    inside: Floats
    """(rows, stations or 1, slots): when each revision in progress ends. The slots are the servers of each station
    ("loss"), or the places below the limit ("queue", "parallel")."""


def supersede(revisions: Revisions, state: LineState, results: Results, first: int, last: bool) -> None:
    """One waiting place before each station, which the newest revision takes (CodePipeline's SUPERSEDED mode).

    A revision that arrives before a station settles the one waiting there: either that one began its service earlier
    and moves on to the next station, or it is superseded. ``last`` empties the stations at the end.
    """
    arrived, service, fails = revisions
    free, waiting, since, _ = state
    status, stage, ended = results
    n, stations = len(arrived), len(service)
    for i in range(first, n + stations if last else n):
        # At the end, an imaginary arrival before each station, front to back, settles the last ones.
        k = 0 if i < n else i - n
        arriving = i if i < n else -1
        t = arrived[i] if i < n else NEVER
        while True:
            w = waiting[k]
            begin = since[k] if since[k] > free[k] else free[k]
            waiting[k] = arriving
            since[k] = t
            if w < 0:
                break
            if t < begin:
                status[w], stage[w], ended[w] = SUPERSEDED, k, t
                break
            t = begin + service[k][w]
            free[k] = t
            if fails[k][w]:
                status[w], stage[w], ended[w] = FAILED, k, t
                break
            k += 1
            if k == stations:
                status[w], stage[w], ended[w] = SUCCEEDED, k, t
                break
            arriving = w


def find_free_slot(inside: Floats, slots: int, t: float) -> int:
    """Return the first slot that is free at ``t``, when each is taken until ``inside``; -1 for none."""
    for slot in range(slots):
        if inside[slot] <= t:
            return slot
    return -1


def queue(revisions: Revisions, state: LineState, results: Results, first: int, limit: int) -> None:
    """First come, first served, with unlimited waiting places (QUEUED mode). With a ``limit`` above 0, a revision that
    meets that many others in progress is refused."""
    arrived, service, fails = revisions
    free, inside = state.free, state.inside[0]
    status, stage, ended = results
    stations = len(service)
    for i in range(first, len(arrived)):
        t = arrived[i]
        slot = find_free_slot(inside, limit, t)
        if limit > 0 and slot < 0:
            status[i], stage[i], ended[i] = REFUSED, -1, t
            continue
        status[i], stage[i] = SUCCEEDED, stations
        for k in range(stations):
            t = (t if t > free[k] else free[k]) + service[k][i]
            free[k] = t
            if fails[k][i]:
                status[i], stage[i] = FAILED, k
                break
        ended[i] = t
        if slot >= 0:
            inside[slot] = t


def parallel(revisions: Revisions, state: LineState, results: Results, first: int, limit: int) -> None:
    """No waiting at all (PARALLEL mode); ``limit`` as in ``queue``. One loop with a switch for both takes twice the
    time."""
    arrived, service, fails = revisions
    inside = state.inside[0]
    status, stage, ended = results
    stations = len(service)
    for i in range(first, len(arrived)):
        t = arrived[i]
        slot = find_free_slot(inside, limit, t)
        if limit > 0 and slot < 0:
            status[i], stage[i], ended[i] = REFUSED, -1, t
            continue
        status[i], stage[i] = SUCCEEDED, stations
        for k in range(stations):
            t += service[k][i]
            if fails[k][i]:
                status[i], stage[i] = FAILED, k
                break
        ended[i] = t
        if slot >= 0:
            inside[slot] = t


def block(revisions: Revisions, state: LineState, results: Results, first: int) -> None:
    """Blocking after service: no waiting place between stations, so that a finished revision blocks its station until
    the next is free. Waiting before the first station is unlimited. Not a mode of CodePipeline."""
    arrived, service, fails = revisions
    free = state.free
    status, stage, ended = results
    stations = len(service)
    for i in range(first, len(arrived)):
        t = arrived[i]
        if free[0] > t:
            t = free[0]
        status[i], stage[i] = SUCCEEDED, stations
        for k in range(stations):
            t += service[k][i]
            if fails[k][i]:
                free[k] = t
                status[i], stage[i] = FAILED, k
                break
            if k + 1 < stations and free[k + 1] > t:
                t = free[k + 1]
            free[k] = t
        ended[i] = t


def loss(revisions: Revisions, state: LineState, results: Results, first: int) -> None:
    """Erlang's loss system: a revision that finds all servers of a station busy is lost. Not a mode of CodePipeline."""
    arrived, service, fails = revisions
    inside = state.inside
    status, stage, ended = results
    stations = len(service)
    for i in range(first, len(arrived)):
        t = arrived[i]
        status[i], stage[i] = SUCCEEDED, stations
        for k in range(stations):
            server = find_free_slot(inside[k], len(inside[k]), t)
            if server < 0:
                status[i], stage[i] = REFUSED, k
                break
            t += service[k][i]
            inside[k][server] = t
            if fails[k][i]:
                status[i], stage[i] = FAILED, k
                break
        ended[i] = t


def simulate_row(
    discipline: int,
    revisions: Revisions,
    state: LineState,
    results: Results,
    limit: int,
    first: int,
    last: bool,
) -> None:
    """Simulate one row from revision ``first`` on; the disciplines are 0 supersede, 1 queue, 2 parallel, 3 block, 4
    loss."""
    if discipline == 0:
        supersede(revisions, state, results, first, last)
    elif discipline == 1:
        queue(revisions, state, results, first, limit)
    elif discipline == 2:
        parallel(revisions, state, results, first, limit)
    elif discipline == 3:
        block(revisions, state, results, first)
    else:
        loss(revisions, state, results, first)


def simulate_rows(
    discipline: int,
    revisions: Revisions,
    state: LineState,
    results: Results,
    limit: int,
    first: int,
    last: bool,
) -> None:
    """Simulate all rows of arrays."""
    arrived, service, fails = revisions
    for row in range(len(arrived)):
        simulate_row(
            discipline,
            Revisions(arrived[row], service[:, row], fails[:, row]),
            LineState(state.free[row], state.waiting[row], state.since[row], state.inside[row]),
            Results(results.status[row], results.stage[row], results.ended[row]),
            limit, first, last,
        )  # fmt: skip


CALLED = (supersede, find_free_slot, queue, parallel, block, loss, simulate_row)
"""The functions that ``simulate_rows`` calls; they are compiled with it."""
