"""What a stage has to do for each revision, worked out before the clock starts: its legs, and whether it gets through.

How long an action takes and whether it fails does not depend on when it runs. So the run-order groups, what is run
again at a retry, and the outcome of each visit are known beforehand; only the waiting is left to the loops.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cp_teach.flow.inputs.study_model import Model
from cp_teach.flow.numerics.exact_time import Flags, Floats
from cp_teach.flow.simulation.random_draws import Draws


@dataclass(frozen=True)
class Legs:
    """Of one stage. A visit is a stay in it: the first, and one more for each retry by a person.

    ``work`` (visits, legs, rows, n): how long each leg lasts at least; ``answer`` likewise: how long somebody is waited
    for, in hours in which somebody is there, -1 for nobody (None where nobody ever is); ``through`` (visits, rows, n):
    True where the visit ends well; ``reaction`` (visits - 1, rows, n): how long after a failure it is retried.
    """

    work: Floats
    answer: Floats | None
    through: Flags
    reaction: Floats


def legs(model: Model, draws: Draws, k: int) -> Legs:
    """The legs of stage ``k``."""
    works, stage = model.stages[k], model.pipeline.stages[k]
    hours = model.policy.hours
    shape = draws.shape
    done = [np.zeros(shape, dtype=np.bool_) for _ in works]
    through = np.zeros(shape, dtype=np.bool_)
    visits: list[list[tuple[Floats, Floats | None]]] = []
    ends: list[Flags] = []
    attempt = 0
    for visit in range(model.policy.retries + 1):
        visits.append([])
        runs_of_it = 2 if visit == 0 and model.automatic(k) else 1
        for run in range(runs_of_it):
            going = ~through
            mode = model.automatic_mode(k) if run else model.policy.retry_mode
            if attempt and mode == "ALL_ACTIONS":
                for each in done:
                    each &= ~going
            for group in stage.groups:
                plain = np.zeros(shape)
                answer: Floats | None = None
                failing = np.zeros(shape, dtype=np.bool_)
                for a in group:
                    work, lasts, wrong = works[a], draws.durations[k][a][attempt], draws.fails[k][a][attempt]
                    running = going & ~done[a]
                    asked = work.action.is_approval and not hours.always
                    late = lasts > (hours.total if asked else work.limit)
                    wrong = running & (wrong | late)
                    if asked:
                        answer = np.full(shape, -1.0) if answer is None else answer
                        np.maximum(answer, lasts, out=answer, where=running & ~late)
                        np.maximum(plain, work.limit, out=plain, where=running & late)
                    else:
                        np.maximum(plain, np.minimum(lasts, work.limit), out=plain, where=running)
                    done[a] |= running & ~wrong
                    failing |= wrong
                visits[-1].append((plain, answer))
                going = going & ~failing
            through = through | going
            attempt += 1
        ends.append(through.copy())
    return Legs(*_together(visits), np.stack(ends), draws.reactions[k])


def _together(visits: list[list[tuple[Floats, Floats | None]]]) -> tuple[Floats, Floats | None]:
    """As arrays. Legs in which nobody is waited for are one: their sum is exact."""
    if all(answer is None for visit in visits for _, answer in visit):
        return np.stack([np.sum([plain for plain, _ in visit], axis=0)[None] for visit in visits]), None
    most = max(map(len, visits))
    shape = visits[0][0][0].shape
    nothing, nobody = np.zeros(shape), np.full(shape, -1.0)
    padded = [visit + [(nothing, None)] * (most - len(visit)) for visit in visits]
    work = np.stack([np.stack([plain for plain, _ in visit]) for visit in padded])
    answer = np.stack([np.stack([nobody if a is None else a for _, a in visit]) for visit in padded])
    return work, answer
