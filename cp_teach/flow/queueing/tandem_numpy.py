"""The tandem queue as NumPy operations over all replications at once.

Each function takes ``arrived`` (rows, n), ``service`` and ``fails`` (stations, rows, n), and returns results (rows, n).
Only disciplines whose rule demands it loop over the revisions.
"""

from __future__ import annotations

import numpy as np

from cp_teach.flow.numerics.exact_time import Flags, Floats
from cp_teach.flow.queueing.tandem_kernels import Results
from cp_teach.flow.simulation.outcome import FAILED, REFUSED, SUCCEEDED, SUPERSEDED


def supersede(arrived: Floats, service: Floats, fails: Flags) -> Results:
    """Station by station: a waiting revision begins when the station is free, unless a newer one arrives before."""
    stations, (rows, n) = len(service), arrived.shape
    at = np.ascontiguousarray(arrived.T)  # (n, rows): the rows of a revision are contiguous
    results = _all_succeed(n, rows, stations)
    present = np.ones((n, rows), dtype=np.bool_)
    for k in range(stations):
        duration = np.ascontiguousarray(service[k].T)
        following = np.full_like(at, np.inf)
        if n > 1:
            following[:-1] = np.minimum.accumulate(at[:0:-1], axis=0)[::-1]
        following[~present] = -np.inf  # an absent revision never begins
        begin, begins = np.empty_like(at), np.empty_like(present)
        free, until = np.zeros(rows), np.empty(rows)
        for i in range(n):
            np.maximum(at[i], free, out=begin[i])
            np.less_equal(begin[i], following[i], out=begins[i])
            np.add(begin[i], duration[i], out=until)
            np.copyto(free, until, where=begins[i])
        failed = np.ascontiguousarray(fails[k].T) & begins
        until = begin + duration
        _end(present & ~begins, SUPERSEDED, k, following, results)
        _end(failed, FAILED, k, until, results)
        present = begins & ~failed
        at = np.where(present, until, np.inf)
    results.ended[present] = at[present]
    return _transpose(results)


def queue(arrived: Floats, service: Floats, fails: Flags, waits: bool) -> Results:
    """Lindley's recursion for all revisions at once: with C the running sum of the services, an arrival at A leaves at
    C + the running maximum of (A - the C before it). Without ``waits`` (PARALLEL mode), it leaves after its service."""
    stations, (rows, n) = len(service), arrived.shape
    results = _all_succeed(rows, n, stations)
    at, present = arrived, np.ones((rows, n), dtype=np.bool_)
    for k in range(stations):
        if waits:
            duration = np.where(present, service[k], 0.0)
            total = np.cumsum(duration, axis=1)
            until = np.where(present, at - (total - duration), -np.inf)
            np.maximum.accumulate(until, axis=1, out=until)
            until += total
        else:
            until = at + service[k]
        failed = present & fails[k]
        _end(failed, FAILED, k, until, results)
        present &= ~failed
        at = until
    results.ended[present] = at[present]
    return results


def block(arrived: Floats, service: Floats, fails: Flags) -> Results:
    """Blocking after service: a revision leaves a station when it is finished and the next station is free."""
    stations, (rows, n) = len(service), arrived.shape
    at = np.ascontiguousarray(arrived.T)
    duration, failing = (np.ascontiguousarray(x.transpose(0, 2, 1)) for x in (service, fails))
    status, stage, ended = results = _all_succeed(n, rows, stations)
    free = np.zeros((stations, rows))
    any_fails = bool(failing.any())
    for i in range(n):
        t = np.maximum(at[i], free[0])
        present = np.ones(rows, dtype=np.bool_)
        for k in range(stations):
            t = t + duration[k, i]
            if any_fails:
                failed = present & failing[k, i]
                np.copyto(free[k], t, where=failed)
                status[i][failed], stage[i][failed], ended[i][failed] = FAILED, k, t[failed]
                present &= ~failed
            if k + 1 < stations:
                t = np.maximum(t, free[k + 1])
            np.copyto(free[k], t, where=present)
        np.copyto(ended[i], t, where=present)
    return _transpose(results)


def loss(arrived: Floats, service: Floats, fails: Flags, servers: int) -> Results:
    """Erlang's loss system: the server that is free first takes the arrival; if it is busy, the arrival is refused."""
    stations, (rows, n) = len(service), arrived.shape
    at = np.ascontiguousarray(arrived.T)
    duration, failing = (np.ascontiguousarray(x.transpose(0, 2, 1)) for x in (service, fails))
    status, stage, ended = results = _all_succeed(n, rows, stations)
    busy = np.zeros((stations, rows, servers))
    every_row = np.arange(rows)
    for i in range(n):
        t, present = at[i].copy(), np.ones(rows, dtype=np.bool_)
        for k in range(stations):
            server = busy[k].argmin(axis=1)
            refused = present & (busy[k, every_row, server] > t)
            status[i][refused], stage[i][refused], ended[i][refused] = REFUSED, k, t[refused]
            present &= ~refused
            t = t + duration[k, i]
            busy[k, every_row[present], server[present]] = t[present]
            failed = present & failing[k, i]
            status[i][failed], stage[i][failed], ended[i][failed] = FAILED, k, t[failed]
            present &= ~failed
        np.copyto(ended[i], t, where=present)
    return _transpose(results)


def _all_succeed(rows: int, n: int, stations: int) -> Results:
    shape = (rows, n)
    return Results(
        np.full(shape, SUCCEEDED, np.int8), np.full(shape, stations, np.int8), np.full(shape, np.nan)
    )


def _end(where: Flags, code: int, k: int, when: Floats, results: Results) -> None:
    np.putmask(results.status, where, code)
    np.putmask(results.stage, where, k)
    np.copyto(results.ended, when, where=where)


def _transpose(results: Results) -> Results:
    status, stage, ended = results
    return Results(
        np.ascontiguousarray(status.T), np.ascontiguousarray(stage.T), np.ascontiguousarray(ended.T)
    )
