"""One stage of a study, revision after revision: door, hours, retries. Plain Python that also compiles.

``supersedes`` is True in SUPERSEDED mode and False in QUEUED mode. Opening hours are given as three arrays (starts,
ends, and open minutes before each, all within a week): see ``Hours.arrays``.
"""

from __future__ import annotations

import math
from typing import Any

SUCCEEDED, FAILED, SUPERSEDED = 1, 2, 3
WEEK = 10080.0
NEVER = math.inf


def opens(t: Any, starts: Any, ends: Any) -> Any:
    """The first open moment from ``t`` on (as ``Hours.opens``)."""
    week = math.floor(t / WEEK)
    at = t - week * WEEK
    for i in range(len(starts)):
        if at < ends[i]:
            return t if at >= starts[i] else week * WEEK + starts[i]
    return (week + 1) * WEEK + starts[0]


def after(t: Any, minutes: Any, starts: Any, ends: Any, before: Any) -> Any:
    """When that many open minutes have passed (as ``Hours.after``)."""
    begin = opens(t, starts, ends)
    if minutes <= 0:
        return begin
    last = len(starts) - 1
    total = before[last] + (ends[last] - starts[last])
    week = math.floor(begin / WEEK)
    at = begin - week * WEEK
    i = 0
    while at >= ends[i]:
        i += 1
    target = before[i] + (at - starts[i]) + minutes
    more = math.ceil(target / total) - 1
    rest = target - more * total
    i = 0
    while i < last and rest > before[i] + (ends[i] - starts[i]):
        i += 1
    return (week + more) * WEEK + starts[i] + (rest - before[i])


def through_door(
    k: int, supersedes: bool, arrive: Any, following: Any, work: Any, answer: Any, through: Any, reaction: Any,
    door: Any, people: Any, status: Any, stage: Any, ended: Any, began: Any, left: Any, held: Any, onward: Any,
) -> None:  # fmt: skip
    """Lead all revisions of one replication through stage ``k``.

    ``arrive`` says when each comes to the door (``inf``: it does not), ``following`` is filled with when the next one
    does, ``onward`` with when each comes to the next door. ``work[v][l][i]``, ``answer[v][l][i]``, ``through[v][i]``
    and ``reaction[v][i]`` are those of ``Legs``; ``answer`` is empty where nobody is waited for.
    """
    n = len(arrive)
    visits, parts, asked = len(work), len(work[0]), len(answer) > 0
    door_starts, door_ends, _ = door
    starts, ends, before = people
    always = len(door_starts) == 1 and door_starts[0] == 0.0 and door_ends[0] == WEEK
    later = NEVER
    for i in range(n - 1, -1, -1):
        following[i] = later
        if arrive[i] < NEVER:
            later = arrive[i]
    free = 0.0
    for i in range(n):
        onward[i] = NEVER
        if arrive[i] == NEVER:
            continue
        begin = arrive[i] if arrive[i] > free else free
        if not always:
            begin = opens(begin, door_starts, door_ends)
        if supersedes and following[i] < begin:
            status[i], stage[i], ended[i] = SUPERSEDED, k, following[i]
            continue
        began[i] = begin
        t, holds, v = begin, 0.0, 0
        while True:
            came = t
            for leg in range(parts):
                until = t + work[v][leg][i]
                if asked and answer[v][leg][i] >= 0:
                    answered = after(t, answer[v][leg][i], starts, ends, before)
                    if answered > until:
                        until = answered
                t = until
            holds += t - came
            if through[v][i]:
                onward[i] = t
                break
            v += 1
            if v < visits:
                again = after(t, reaction[v - 1][i], starts, ends, before)
                # Somebody newer who enters before that ends the chance to retry.
                entry = following[i] if following[i] > t else t
                if following[i] == NEVER:
                    entry = NEVER
                elif not always:
                    entry = opens(entry, door_starts, door_ends)
                if again < entry:
                    t = again
                    continue
            status[i], stage[i], ended[i] = FAILED, k, t
            break
        free = t
        left[i], held[i] = t, holds


def all_rows(
    k: int, supersedes: bool, arrive: Any, following: Any, work: Any, answer: Any, through: Any, reaction: Any,
    door: Any, people: Any, status: Any, stage: Any, ended: Any, began: Any, left: Any, held: Any, onward: Any,
) -> None:  # fmt: skip
    """``through_door`` for each replication: the arrays have rows before revisions."""
    for row in range(len(arrive)):
        through_door(
            k, supersedes, arrive[row], following, work[:, :, row], answer[:, :, row], through[:, row],
            reaction[:, row], door, people, status[row], stage[row], ended[row],
            began[row], left[row], held[row], onward[row],
        )  # fmt: skip
