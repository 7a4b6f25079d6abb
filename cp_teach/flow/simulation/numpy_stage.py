"""One stage of a study over arrays: all replications at once, as ``door.through_door`` does it one by one."""

from __future__ import annotations

import numpy as np

from cp_teach.flow.inputs.weekly_hours import Hours
from cp_teach.flow.numerics.exact_time import Flags, Floats
from cp_teach.flow.simulation.outcome import FAILED, SUPERSEDED, Outcome
from cp_teach.flow.simulation.stage_work import Legs


def sweep(
    k: int, supersedes: bool, arrive: Floats, legs: Legs, door: Hours, people: Hours, told: Outcome
) -> Floats:
    """Lead all revisions (rows, n) through stage ``k``. Returns when each comes to the next door, ``inf`` for never."""
    at = np.ascontiguousarray(arrive.T)
    n, rows = at.shape
    stay = _Stay(legs, people)
    following = np.full_like(at, np.inf)
    if n > 1:
        following[:-1] = np.minimum.accumulate(at[:0:-1], axis=0)[::-1]
    there = np.isfinite(at)
    at[~there] = 0.0
    began, left, held = (np.full((n, rows), np.nan) for _ in range(3))
    gone, good = np.zeros((n, rows), dtype=np.bool_), np.zeros((n, rows), dtype=np.bool_)
    free = np.zeros(rows)
    for i in range(n):
        begin = door.opens_many(np.maximum(at[i], free))
        if supersedes:
            gone[i] = there[i] & (following[i] < begin)
        entering = there[i] & ~gone[i]
        np.copyto(began[i], begin, where=entering)
        t, holds, through = stay.visit(0, i, begin)
        trying = entering & ~through
        for v in range(1, stay.visits):
            if not trying.any():
                break
            again = people.after_many(t, stay.reaction[v - 1, i])
            # Somebody newer who enters before that ends the chance to retry, for good.
            newer = following[i]
            comes = np.isfinite(newer)
            entry = np.where(comes, door.opens_many(np.where(comes, np.maximum(t, newer), 0.0)), np.inf)
            trying &= again < entry
            later, more, well = stay.visit(v, i, np.where(trying, again, 0.0))
            t = np.where(trying, later, t)
            holds = np.where(trying, holds + more, holds)
            through = np.where(trying, well, through)
            trying &= ~through
        np.copyto(free, t, where=entering)
        np.copyto(left[i], t, where=entering)
        np.copyto(held[i], holds, where=entering)
        good[i] = entering & through
    failed = there & ~gone & ~good
    _tell(told, k, gone.T, SUPERSEDED, following.T)
    _tell(told, k, failed.T, FAILED, left.T)
    told.began[k], told.left[k], told.held[k] = began.T, left.T, held.T
    return np.ascontiguousarray(np.where(good, left, np.inf).T)


def parallel(k: int, arrive: Floats, legs: Legs, people: Hours, told: Outcome) -> Floats:
    """The same where nobody waits for anybody: all revisions at once, too."""
    there = np.isfinite(arrive)
    stay = _Stay(legs, people, turned=False)
    begin = np.where(there, arrive, 0.0)
    t, holds, through = stay.visit(0, slice(None), begin)
    for v in range(1, stay.visits):
        again = people.after_many(t, stay.reaction[v - 1])
        retried = ~through
        later, more, well = stay.visit(v, slice(None), np.where(retried, again, 0.0))
        t = np.where(retried, later, t)
        holds = np.where(retried, holds + more, holds)
        through = np.where(retried, well, through)
    good = there & through
    _tell(told, k, there & ~through, FAILED, t)
    told.began[k], told.left[k], told.held[k] = (np.where(there, x, np.nan) for x in (begin, t, holds))
    return np.where(good, t, np.inf)


class _Stay:
    """How long a visit lasts; revisions first, so that all rows of one lie together."""

    def __init__(self, legs: Legs, people: Hours, *, turned: bool = True) -> None:
        self.people = people
        turn = (lambda x: np.ascontiguousarray(np.swapaxes(x, -1, -2))) if turned else (lambda x: x)
        self.work, self.through, self.reaction = turn(legs.work), turn(legs.through), turn(legs.reaction)
        self.answer = None if legs.answer is None else turn(legs.answer)
        self.visits = len(self.work)

    def visit(self, v: int, i: int | slice, begin: Floats) -> tuple[Floats, Floats, Flags]:
        """(when it ends, how long it took, whether it ends well)."""
        t = begin
        for leg in range(self.work.shape[1]):
            until = t + self.work[v, leg, i]
            if self.answer is not None:
                asked = self.answer[v, leg, i]
                if (asked >= 0).any():
                    answered = self.people.after_many(t, np.maximum(asked, 0.0))
                    np.maximum(until, answered, out=until, where=asked >= 0)
            t = until
        return t, t - begin, self.through[v, i]


def _tell(told: Outcome, k: int, who: Flags, code: int, when: Floats) -> None:
    np.putmask(told.status, who, code)
    np.putmask(told.stage, who, k)
    np.copyto(told.ended, when, where=who)
