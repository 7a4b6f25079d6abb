"""The tandem queue as NumPy operations over all replications at once, one function for each discipline.

Each takes ``arrived`` (rows, n), ``service`` and ``fails`` (stations, rows, n), and returns (status, stage, ended),
each (rows, n). Only disciplines whose rule demands it loop over the revisions.
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np

from cp_teach.flow.numerics.exact_time import Flags, Floats
from cp_teach.flow.simulation.outcome import FAILED, REFUSED, SUCCEEDED, SUPERSEDED, Codes

ResultArrays: TypeAlias = tuple[Codes, Codes, Floats]


def supersede(arrived: Floats, service: Floats, fails: Flags) -> ResultArrays:
    """Station by station: a waiting revision begins when the station is free, unless a newer one arrives before."""
    stations, (rows, n) = len(service), arrived.shape
    at = np.ascontiguousarray(arrived.T)  # (n, rows): the rows of a revision are contiguous
    status, stage, ended = _all_succeed(n, rows, stations)
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
        _end(present & ~begins, SUPERSEDED, k, following, status, stage, ended)
        _end(failed, FAILED, k, until, status, stage, ended)
        present = begins & ~failed
        at = np.where(present, until, np.inf)
    ended[present] = at[present]
    return _transpose(status, stage, ended)


def queue(arrived: Floats, service: Floats, fails: Flags) -> ResultArrays:
    """Lindley's recursion for all revisions at once: with C the running sum of the services, an arrival at A leaves at
    C + the running maximum of (A - the C before it)."""
    stations, (rows, n) = len(service), arrived.shape
    status, stage, ended = _all_succeed(rows, n, stations)
    at, present = arrived, np.ones((rows, n), dtype=np.bool_)
    for k in range(stations):
        duration = np.where(present, service[k], 0.0)
        total = np.cumsum(duration, axis=1)
        until = np.where(present, at - (total - duration), -np.inf)
        np.maximum.accumulate(until, axis=1, out=until)
        until += total
        failed = present & fails[k]
        _end(failed, FAILED, k, until, status, stage, ended)
        present &= ~failed
        at = until
    ended[present] = at[present]
    return status, stage, ended


def parallel(arrived: Floats, service: Floats, fails: Flags) -> ResultArrays:
    """No waiting: the end is the sum of the services."""
    stations, (rows, n) = len(service), arrived.shape
    status, stage, ended = _all_succeed(rows, n, stations)
    at, present = arrived.copy(), np.ones((rows, n), dtype=np.bool_)
    for k in range(stations):
        at += service[k]
        failed = present & fails[k]
        _end(failed, FAILED, k, at, status, stage, ended)
        present &= ~failed
    ended[present] = at[present]
    return status, stage, ended


def block(arrived: Floats, service: Floats, fails: Flags) -> ResultArrays:
    """Blocking after service: a revision leaves a station when it is finished and the next station is free."""
    stations, (rows, n) = len(service), arrived.shape
    at = np.ascontiguousarray(arrived.T)
    duration, failing = (np.ascontiguousarray(x.transpose(0, 2, 1)) for x in (service, fails))
    status, stage, ended = _all_succeed(n, rows, stations)
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
    return _transpose(status, stage, ended)


def loss(arrived: Floats, service: Floats, fails: Flags, servers: int) -> ResultArrays:
    """Erlang's loss system: the server that is free first takes the arrival; if it is busy, the arrival is refused."""
    stations, (rows, n) = len(service), arrived.shape
    at = np.ascontiguousarray(arrived.T)
    duration, failing = (np.ascontiguousarray(x.transpose(0, 2, 1)) for x in (service, fails))
    status, stage, ended = _all_succeed(n, rows, stations)
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
    return _transpose(status, stage, ended)


def _all_succeed(rows: int, n: int, stations: int) -> ResultArrays:
    return (
        np.full((rows, n), SUCCEEDED, np.int8),
        np.full((rows, n), stations, np.int8),
        np.full((rows, n), np.nan),
    )


def _end(where: Flags, code: int, k: int, when: Floats, status: Codes, stage: Codes, ended: Floats) -> None:
    np.putmask(status, where, code)
    np.putmask(stage, where, k)
    np.copyto(ended, when, where=where)


def _transpose(status: Codes, stage: Codes, ended: Floats) -> ResultArrays:
    return np.ascontiguousarray(status.T), np.ascontiguousarray(stage.T), np.ascontiguousarray(ended.T)
