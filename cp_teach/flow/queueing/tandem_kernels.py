"""The core loops of the lab: one revision after another through the doors of a line. Plain Python that also compiles.

Each is written once. With Numba (``pip install 'cp-teach[fast]'``) it is compiled; without, it runs on lists. What
they must meet are the rules of the engine (tests/flow) and the laws of queueing theory (benchmarks/flow_laws.py).

``service[k][i]`` is how long revision i takes in station k, ``fails[k][i]`` whether it fails there at the end of it.
"""

from __future__ import annotations

from typing import Any

SUCCEEDED, FAILED, SUPERSEDED, REFUSED = 1, 2, 3, 4
WEEK = 10080.0
NEVER = float("inf")


def supersede(
    first: int, n: int, stations: int, arrived: Any, service: Any, fails: Any,
    free: Any, waits: Any, since: Any, status: Any, stage: Any, ended: Any, last: bool,
) -> None:  # fmt: skip
    """Each door has one place to wait; who comes later takes it (CodePipeline's SUPERSEDED mode).

    Whoever comes to a door settles what became of the one who waited there: it had begun before, and moves on to the
    next door, or it is superseded. ``free``, ``waits`` and ``since`` hold for each station until when it is busy, who
    waits (-1 for nobody) and since when; with them a long run is computed in pieces. ``last`` lets all end.
    """
    for i in range(first, n + stations if last else n):
        # At the very end the doors are emptied, front to back: somebody who never enters comes to each.
        k = 0 if i < n else i - n
        who = i if i < n else -1
        t = arrived[i] if i < n else NEVER
        while True:
            w = waits[k]
            begin = since[k] if since[k] > free[k] else free[k]
            waits[k] = who
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
            who = w


def vacant(inside: Any, places: int, t: Any) -> int:
    """The first of so many places that is free at ``t``, when each is taken until ``inside``; -1 for none."""
    for place in range(places):
        if inside[place] <= t:
            return place
    return -1


def queue(
    first: int, n: int, stations: int, arrived: Any, service: Any, fails: Any,
    free: Any, limit: int, inside: Any, status: Any, stage: Any, ended: Any,
) -> None:  # fmt: skip
    """First come, first served before each station, without end (QUEUED mode). With a ``limit`` above 0, whoever finds
    so many in progress is refused; ``inside`` holds until when each of those ``limit`` stays."""
    for i in range(first, n):
        t = arrived[i]
        place = vacant(inside, limit, t)
        if limit > 0 and place < 0:
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
        if place >= 0:
            inside[place] = t


def parallel(
    first: int, n: int, stations: int, arrived: Any, service: Any, fails: Any,
    limit: int, inside: Any, status: Any, stage: Any, ended: Any,
) -> None:  # fmt: skip
    """Nobody waits for anybody (PARALLEL mode); ``limit`` as in ``queue``."""
    for i in range(first, n):
        t = arrived[i]
        place = vacant(inside, limit, t)
        if limit > 0 and place < 0:
            status[i], stage[i], ended[i] = REFUSED, -1, t
            continue
        status[i], stage[i] = SUCCEEDED, stations
        for k in range(stations):
            t += service[k][i]
            if fails[k][i]:
                status[i], stage[i] = FAILED, k
                break
        ended[i] = t
        if place >= 0:
            inside[place] = t


def block(
    first: int, n: int, stations: int, arrived: Any, service: Any, fails: Any,
    free: Any, status: Any, stage: Any, ended: Any,
) -> None:  # fmt: skip
    """No place between stations: who is done stays, and blocks, until the next one is free (blocking after service).
    Before the first station all may wait. Not what CodePipeline does."""
    for i in range(first, n):
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


def loss(
    first: int, n: int, stations: int, servers: int, arrived: Any, service: Any, fails: Any,
    inside: Any, status: Any, stage: Any, ended: Any,
) -> None:  # fmt: skip
    """Nobody waits: who finds all servers of a station busy is lost (Erlang's loss system). Not what CodePipeline
    does. ``inside[k][s]`` is until when server s of station k is busy."""
    for i in range(first, n):
        t = arrived[i]
        status[i], stage[i] = SUCCEEDED, stations
        for k in range(stations):
            place = vacant(inside[k], servers, t)
            if place < 0:
                status[i], stage[i] = REFUSED, k
                break
            t += service[k][i]
            inside[k][place] = t
            if fails[k][i]:
                status[i], stage[i] = FAILED, k
                break
        ended[i] = t


def one_row(
    discipline: int, arrived: Any, service: Any, fails: Any, status: Any, stage: Any, ended: Any,
    free: Any, waits: Any, since: Any, inside: Any, limit: int, first: int, last: bool,
) -> None:  # fmt: skip
    """One replication of the discipline of that number: 0 supersede, 1 queue, 2 parallel, 3 block, 4 loss."""
    n, stations = len(arrived), len(service)
    if discipline == 0:
        supersede(first, n, stations, arrived, service, fails, free, waits, since, status, stage, ended, last)
    elif discipline == 1:
        queue(first, n, stations, arrived, service, fails, free, limit, inside[0], status, stage, ended)
    elif discipline == 2:
        parallel(first, n, stations, arrived, service, fails, limit, inside[0], status, stage, ended)
    elif discipline == 3:
        block(first, n, stations, arrived, service, fails, free, status, stage, ended)
    else:
        loss(first, n, stations, len(inside[0]), arrived, service, fails, inside, status, stage, ended)


def all_rows(
    discipline: int, arrived: Any, service: Any, fails: Any, status: Any, stage: Any, ended: Any,
    free: Any, waits: Any, since: Any, inside: Any, limit: int, first: int, last: bool,
) -> None:  # fmt: skip
    """The same for each replication: ``arrived`` (rows, n), ``service`` and ``fails`` (stations, rows, n)."""
    for row in range(len(arrived)):
        one_row(
            discipline, arrived[row], service[:, row], fails[:, row], status[row], stage[row], ended[row],
            free[row], waits[row], since[row], inside[row], limit, first, last,
        )  # fmt: skip
