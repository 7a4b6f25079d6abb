"""One stage as NumPy operations over all replications at once; equal to the loop in ``stage_kernel``."""

from __future__ import annotations

import numpy as np

from cp_teach.flow.inputs.weekly_hours import Hours
from cp_teach.flow.numerics.exact_time import Flags, Floats
from cp_teach.flow.simulation.outcome import FAILED, SUPERSEDED, Outcome
from cp_teach.flow.simulation.stage_work import StageWork


def simulate_serial_stage(
    k: int,
    supersedes: bool,
    arrive: Floats,
    work: StageWork,
    transition: Hours,
    people: Hours,
    outcome: Outcome,
) -> Floats:
    """Take all revisions (rows, n) through stage ``k``, one at a time, in mode SUPERSEDED or QUEUED.

    Returns when each arrives before the next stage, ``inf`` for never.
    """
    at = np.ascontiguousarray(arrive.T)
    n, rows = at.shape
    stay = _Stay(work, people)
    following = np.full_like(at, np.inf)
    if n > 1:
        following[:-1] = np.minimum.accumulate(at[:0:-1], axis=0)[::-1]
    exists = np.isfinite(at)
    at[~exists] = 0.0
    began, left, held = (np.full((n, rows), np.nan) for _ in range(3))
    superseded, succeeded = np.zeros((n, rows), dtype=np.bool_), np.zeros((n, rows), dtype=np.bool_)
    free = np.zeros(rows)
    for i in range(n):
        begin = transition.opens_many(np.maximum(at[i], free))
        if supersedes:
            superseded[i] = exists[i] & (following[i] < begin)
        entering = exists[i] & ~superseded[i]
        np.copyto(began[i], begin, where=entering)
        t, occupied, success = stay.visit(0, i, begin)
        retrying = entering & ~success
        for v in range(1, stay.visits):
            if not retrying.any():
                break
            again = people.after_many(t, stay.reaction[v - 1, i])
            # The retry is lost for good if a newer execution enters first.
            newer = following[i]
            comes = np.isfinite(newer)
            entry = np.where(comes, transition.opens_many(np.where(comes, np.maximum(t, newer), 0.0)), np.inf)
            retrying &= again < entry
            later, more, succeeds = stay.visit(v, i, np.where(retrying, again, 0.0))
            t = np.where(retrying, later, t)
            occupied = np.where(retrying, occupied + more, occupied)
            success = np.where(retrying, succeeds, success)
            retrying &= ~success
        np.copyto(free, t, where=entering)
        np.copyto(left[i], t, where=entering)
        np.copyto(held[i], occupied, where=entering)
        succeeded[i] = entering & success
    failed = exists & ~superseded & ~succeeded
    outcome.end(superseded.T, SUPERSEDED, k, following.T)
    outcome.end(failed.T, FAILED, k, left.T)
    outcome.began[k], outcome.left[k], outcome.held[k] = began.T, left.T, held.T
    return np.ascontiguousarray(np.where(succeeded, left, np.inf).T)


def simulate_parallel_stage(
    k: int, arrive: Floats, work: StageWork, people: Hours, outcome: Outcome
) -> Floats:
    """Take all revisions (rows, n) through stage ``k`` in mode PARALLEL, where executions never wait for each other.

    Returns when each arrives before the next stage, ``inf`` for never.
    """
    exists = np.isfinite(arrive)
    stay = _Stay(work, people, transpose=False)
    begin = np.where(exists, arrive, 0.0)
    t, occupied, success = stay.visit(0, slice(None), begin)
    for v in range(1, stay.visits):
        again = people.after_many(t, stay.reaction[v - 1])
        retried = ~success
        later, more, succeeds = stay.visit(v, slice(None), np.where(retried, again, 0.0))
        t = np.where(retried, later, t)
        occupied = np.where(retried, occupied + more, occupied)
        success = np.where(retried, succeeds, success)
    outcome.end(exists & ~success, FAILED, k, t)
    outcome.began[k], outcome.left[k], outcome.held[k] = (
        np.where(exists, times, np.nan) for times in (begin, t, occupied)
    )
    return np.where(exists & success, t, np.inf)


class _Stay:
    """The visits to a stage. With ``transpose``, revisions come before rows, so that the rows of one are contiguous."""

    def __init__(self, work: StageWork, people: Hours, *, transpose: bool = True) -> None:
        self.people, self.visits = people, len(work.minutes)
        turn = (lambda x: np.ascontiguousarray(np.swapaxes(x, -1, -2))) if transpose else (lambda x: x)
        self.minutes, self.answer, self.success, self.reaction = map(turn, work)

    def visit(self, v: int, i: int | slice, begin: Floats) -> tuple[Floats, Floats, Flags]:
        """Return (end, duration, success) of visit ``v`` of revision ``i``."""
        t = begin
        for part in range(self.minutes.shape[1]):
            until = t + self.minutes[v, part, i]
            if len(self.answer):
                answer = self.answer[v, part, i]
                if (answer >= 0).any():
                    answered = self.people.after_many(t, np.maximum(answer, 0.0))
                    np.maximum(until, answered, out=until, where=answer >= 0)
            t = until
        return t, t - begin, self.success[v, i]
