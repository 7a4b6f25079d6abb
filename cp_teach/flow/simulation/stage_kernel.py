"""The loop over the revisions of one stage: transition, working hours, retries. Plain Python that Numba compiles."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from cp_teach.flow.inputs.weekly_hours import WEEK, OpenSpans, add_open_minutes, next_open
from cp_teach.flow.numerics.exact_time import Floats
from cp_teach.flow.simulation.outcome import FAILED, SUPERSEDED, Codes
from cp_teach.flow.simulation.stage_work import StageWork

NEVER = np.inf


class StageOutcome(NamedTuple):
    """The arrays that the loop fills, each (rows, n): those of ``Outcome`` for one stage, and ``onward``, when each
    revision arrives before the next stage (``inf`` for never)."""

    status: Codes
    stage: Codes
    ended: Floats
    began: Floats
    left: Floats
    held: Floats
    onward: Floats


def simulate_stage(
    k: int, supersedes: bool, arrive: Floats, work: StageWork, transition: OpenSpans, people: OpenSpans,
    outcome: StageOutcome,
) -> None:  # fmt: skip
    """Take all revisions through stage ``k``, in mode SUPERSEDED if ``supersedes``, else QUEUED.

    ``arrive`` (rows, n): when each revision arrives before the stage, ``inf`` for never. ``transition``: the hours in
    which its inbound transition is enabled. ``people``: the working hours.
    """
    minutes, answer, success, reaction = work
    rows, n = arrive.shape
    visits, parts, approvals = len(minutes), minutes.shape[1], len(answer) > 0
    always = len(transition.starts) == 1 and transition.starts[0] == 0.0 and transition.ends[0] == WEEK
    following = np.empty(n)
    for row in range(rows):
        later = NEVER
        for i in range(n - 1, -1, -1):
            following[i] = later
            if arrive[row, i] < NEVER:
                later = arrive[row, i]
        free = 0.0
        for i in range(n):
            outcome.onward[row, i] = NEVER
            if arrive[row, i] == NEVER:
                continue
            begin = arrive[row, i] if arrive[row, i] > free else free
            if not always:
                begin = next_open(begin, transition)
            if supersedes and following[i] < begin:
                outcome.status[row, i], outcome.stage[row, i] = SUPERSEDED, k
                outcome.ended[row, i] = following[i]
                continue
            outcome.began[row, i] = begin
            t, occupied, v = begin, 0.0, 0
            while True:
                entered = t
                for part in range(parts):
                    until = t + minutes[v, part, row, i]
                    if approvals and answer[v, part, row, i] >= 0:
                        answered = add_open_minutes(t, answer[v, part, row, i], people)
                        if answered > until:
                            until = answered
                    t = until
                occupied += t - entered
                if success[v, row, i]:
                    outcome.onward[row, i] = t
                    break
                v += 1
                if v < visits:
                    again = add_open_minutes(t, reaction[v - 1, row, i], people)
                    # The retry is lost if a newer execution enters first.
                    entry = following[i] if following[i] > t else t
                    if following[i] == NEVER:
                        entry = NEVER
                    elif not always:
                        entry = next_open(entry, transition)
                    if again < entry:
                        t = again
                        continue
                outcome.status[row, i], outcome.stage[row, i], outcome.ended[row, i] = FAILED, k, t
                break
            free = t
            outcome.left[row, i], outcome.held[row, i] = t, occupied
