"""The loop over the revisions of one stage: transition, working hours, retries. Plain Python that Numba compiles.

Without Numba it runs on lists, which for few rows is faster than arrays.
"""

from __future__ import annotations

from typing import NamedTuple

from cp_teach.flow.inputs.weekly_hours import WEEK, OpenSpans, add_open_minutes, next_open
from cp_teach.flow.numerics.exact_time import Floats
from cp_teach.flow.simulation.outcome import FAILED, SUPERSEDED, Codes
from cp_teach.flow.simulation.stage_work import StageWork

NEVER = float("inf")


class StageOutcome(NamedTuple):
    """The arrays that the loop fills, each (rows, n) or, of one row, (n,): those of ``Outcome`` for one stage, and
    ``onward``, when each revision arrives before the next stage (``inf`` for never)."""

    status: Codes
    stage: Codes
    ended: Floats
    began: Floats
    left: Floats
    held: Floats
    onward: Floats


def simulate_row(
    k: int, supersedes: bool, arrive: Floats, work: StageWork, transition: OpenSpans, people: OpenSpans,
    outcome: StageOutcome,
) -> None:  # fmt: skip
    """Take the revisions of one row through stage ``k``, in mode SUPERSEDED if ``supersedes``, else QUEUED.

    ``arrive`` (n,): when each revision arrives before the stage, ``inf`` for never. ``transition``: the hours in which
    its inbound transition is enabled. ``people``: the working hours.
    """
    minutes, answer, success, reaction = work
    status, stage, ended, began, left, held, onward = outcome
    n, visits, parts, approvals = len(arrive), len(minutes), len(minutes[0]), len(answer) > 0
    always = len(transition.starts) == 1 and transition.starts[0] == 0.0 and transition.ends[0] == WEEK
    later = NEVER
    for i in range(n - 1, -1, -1):
        onward[i] = later  # for now, when the next one arrives
        if arrive[i] < NEVER:
            later = arrive[i]
    free = 0.0
    for i in range(n):
        following, onward[i] = onward[i], NEVER
        if arrive[i] == NEVER:
            continue
        begin = arrive[i] if arrive[i] > free else free
        if not always:
            begin = next_open(begin, transition)
        if supersedes and following < begin:
            status[i], stage[i], ended[i] = SUPERSEDED, k, following
            continue
        began[i] = begin
        t, occupied, v = begin, 0.0, 0
        while True:
            entered = t
            for part in range(parts):
                until = t + minutes[v][part][i]
                if approvals and answer[v][part][i] >= 0:
                    answered = add_open_minutes(t, answer[v][part][i], people)
                    if answered > until:
                        until = answered
                t = until
            occupied += t - entered
            if success[v][i]:
                onward[i] = t
                break
            v += 1
            if v < visits:
                again = add_open_minutes(t, reaction[v - 1][i], people)
                # The retry is lost if a newer execution enters first.
                entry = following if following > t else t
                if following == NEVER:
                    entry = NEVER
                elif not always:
                    entry = next_open(entry, transition)
                if again < entry:
                    t = again
                    continue
            status[i], stage[i], ended[i] = FAILED, k, t
            break
        free = t
        left[i], held[i] = t, occupied


def simulate_rows(
    k: int, supersedes: bool, arrive: Floats, work: StageWork, transition: OpenSpans, people: OpenSpans,
    outcome: StageOutcome,
) -> None:  # fmt: skip
    """Take the revisions of all rows of arrays through stage ``k``."""
    minutes, answer, success, reaction = work
    status, stage, ended, began, left, held, onward = outcome
    for row in range(len(arrive)):
        one = StageWork(
            minutes[..., row, :], answer[..., row, :], success[..., row, :], reaction[..., row, :]
        )
        filled = StageOutcome(
            status[row], stage[row], ended[row], began[row], left[row], held[row], onward[row]
        )
        simulate_row(k, supersedes, arrive[row], one, transition, people, filled)
