"""The same lines over arrays: many replications at once, one NumPy operation for all of them.

Each takes ``arrived`` (rows, n), ``service`` and ``fails`` (stations, rows, n), and returns (status, stage, ended),
each (rows, n). Where the rule allows it there is no loop over revisions at all.
"""

from __future__ import annotations

import numpy as np

from cp_teach.flow.numerics.exact_time import Flags, Floats
from cp_teach.flow.simulation.outcome import FAILED, REFUSED, SUCCEEDED, SUPERSEDED, Codes

Told = tuple[Codes, Codes, Floats]


def supersede(arrived: Floats, service: Floats, fails: Flags) -> Told:
    """Station by station: who waits for a station begins when it is free, unless the next one comes before that."""
    stations, (rows, n) = len(service), arrived.shape
    at = np.ascontiguousarray(arrived.T)  # (n, rows): what is done for all rows at once lies together
    status, stage, ended = _fresh(n, rows, stations)
    there = np.ones((n, rows), dtype=np.bool_)
    for k in range(stations):
        needs = np.ascontiguousarray(service[k].T)
        following = _following(at)
        following[~there] = -np.inf  # who does not come to this door never begins
        begin, out = np.empty_like(at), np.empty_like(there)
        free, until = np.zeros(rows), np.empty(rows)
        for i in range(n):
            np.maximum(at[i], free, out=begin[i])
            np.less_equal(begin[i], following[i], out=out[i])
            np.add(begin[i], needs[i], out=until)
            np.copyto(free, until, where=out[i])
        gone = there & ~out
        failed = np.ascontiguousarray(fails[k].T) & out
        until = begin + needs
        _end(gone, SUPERSEDED, k, following, status, stage, ended)
        _end(failed, FAILED, k, until, status, stage, ended)
        there = out & ~failed
        at = np.where(there, until, np.inf)
    ended[there] = at[there]
    return _rows(status, stage, ended)


def queue(arrived: Floats, service: Floats, fails: Flags) -> Told:
    """Lindley's recursion, all revisions at once: with C the running sum of the services, who comes at A leaves at
    C + the running maximum of (A - the C before it)."""
    stations, (rows, n) = len(service), arrived.shape
    status, stage, ended = _fresh(rows, n, stations)
    at, there = arrived, np.ones((rows, n), dtype=np.bool_)
    for k in range(stations):
        needs = np.where(there, service[k], 0.0)
        total = np.cumsum(needs, axis=1)
        until = np.where(there, at - (total - needs), -np.inf)
        np.maximum.accumulate(until, axis=1, out=until)
        until += total
        failed = there & fails[k]
        _end(failed, FAILED, k, until, status, stage, ended)
        there &= ~failed
        at = until
    ended[there] = at[there]
    return status, stage, ended


def parallel(arrived: Floats, service: Floats, fails: Flags) -> Told:
    """Nobody waits: sums."""
    stations, (rows, n) = len(service), arrived.shape
    status, stage, ended = _fresh(rows, n, stations)
    at, there = arrived.copy(), np.ones((rows, n), dtype=np.bool_)
    for k in range(stations):
        at += service[k]
        failed = there & fails[k]
        _end(failed, FAILED, k, at, status, stage, ended)
        there &= ~failed
    ended[there] = at[there]
    return status, stage, ended


def block(arrived: Floats, service: Floats, fails: Flags) -> Told:
    """Blocking after service: a revision leaves a station when it is done and the next station has been left."""
    stations, (rows, n) = len(service), arrived.shape
    at = np.ascontiguousarray(arrived.T)
    needs, wrong = (np.ascontiguousarray(x.transpose(0, 2, 1)) for x in (service, fails))
    status, stage, ended = _fresh(n, rows, stations)
    free = np.zeros((stations, rows))
    any_fails = bool(wrong.any())
    for i in range(n):
        t = np.maximum(at[i], free[0])
        going = np.ones(rows, dtype=np.bool_)
        for k in range(stations):
            t = t + needs[k, i]
            if any_fails:
                failed = going & wrong[k, i]
                np.copyto(free[k], t, where=failed)
                status[i][failed], stage[i][failed], ended[i][failed] = FAILED, k, t[failed]
                going &= ~failed
            if k + 1 < stations:
                t = np.maximum(t, free[k + 1])
            np.copyto(free[k], t, where=going)
        np.copyto(ended[i], t, where=going)
    return _rows(status, stage, ended)


def loss(arrived: Floats, service: Floats, fails: Flags, servers: int) -> Told:
    """Erlang's loss system: a row of servers for each replication; the first free one takes who comes."""
    stations, (rows, n) = len(service), arrived.shape
    at = np.ascontiguousarray(arrived.T)
    needs, wrong = (np.ascontiguousarray(x.transpose(0, 2, 1)) for x in (service, fails))
    status, stage, ended = _fresh(n, rows, stations)
    busy = np.zeros((stations, rows, servers))
    every = np.arange(rows)
    for i in range(n):
        t, going = at[i].copy(), np.ones(rows, dtype=np.bool_)
        for k in range(stations):
            place = busy[k].argmin(axis=1)
            taken = going & (busy[k, every, place] > t)
            status[i][taken], stage[i][taken], ended[i][taken] = REFUSED, k, t[taken]
            going &= ~taken
            t = t + needs[k, i]
            busy[k, every[going], place[going]] = t[going]
            failed = going & wrong[k, i]
            status[i][failed], stage[i][failed], ended[i][failed] = FAILED, k, t[failed]
            going &= ~failed
        np.copyto(ended[i], t, where=going)
    return _rows(status, stage, ended)


def crowded(arrived: Floats, ended: Floats, limit: int) -> Flags:
    """(rows,): True where somebody may have found ``limit`` others in progress, so that the limit has to be kept."""
    rows, n = arrived.shape
    if n <= limit:
        return np.zeros(rows, dtype=np.bool_)
    # Revision i finds the limit only if more than it can still be there: compare with who has left by then.
    left = np.sort(np.where(np.isfinite(ended), ended, np.inf), axis=1)
    found = np.zeros(rows, dtype=np.bool_)
    for row in range(rows):
        there = arrived[row][np.isfinite(arrived[row])]
        inside = np.arange(len(there)) - np.searchsorted(left[row], there, side="right")
        found[row] = bool((inside >= limit).any())
    return found


def _following(at: Floats) -> Floats:
    """(n, rows): when the next one comes to the same door; ``inf`` when nobody does. ``at`` has ``inf`` for who does
    not come."""
    following = np.full_like(at, np.inf)
    if len(at) > 1:
        following[:-1] = np.minimum.accumulate(at[:0:-1], axis=0)[::-1]
    return following


def _fresh(rows: int, n: int, stations: int) -> Told:
    """As if all had gone through."""
    return (
        np.full((rows, n), SUCCEEDED, np.int8),
        np.full((rows, n), stations, np.int8),
        np.full((rows, n), np.nan),
    )


def _end(who: Flags, code: int, k: int, when: Floats, status: Codes, stage: Codes, ended: Floats) -> None:
    np.putmask(status, who, code)
    np.putmask(stage, who, k)
    np.copyto(ended, when, where=who)


def _rows(status: Codes, stage: Codes, ended: Floats) -> Told:
    return np.ascontiguousarray(status.T), np.ascontiguousarray(stage.T), np.ascontiguousarray(ended.T)
