"""Stage work: how long each visit to a stage lasts and whether it succeeds, computed before the clock starts.

Neither depends on when an action runs. The run-order groups, the actions of a retry, and the result of each visit are
therefore known in advance; the loops only add the waiting.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from cp_teach.flow.inputs.study_model import Model
from cp_teach.flow.numerics.exact_time import Flags, Floats
from cp_teach.flow.simulation.random_draws import Draws


class StageWork(NamedTuple):
    """The work of one stage. A visit is a stay in the stage: the first, and one more for each retry by hand. A visit
    has one or more parts: run-order groups, one after the other."""

    minutes: Floats
    """(visits, parts, rows, n): the least duration of each part."""
    answer: Floats
    """(visits, parts, rows, n): working minutes until an approval is answered, -1 for a part without approval; empty
    (0, 0, rows, n) if no approval depends on working hours."""
    success: Flags
    """(visits, rows, n): True if the visit ends in success."""
    reaction: Floats
    """(visits - 1, rows, n): working minutes from a failure to its retry."""


Part = tuple[Floats, Floats | None]
"""(least duration, working minutes until the answer or None), each (rows, n)."""


def compute_stage_work(model: Model, draws: Draws, k: int) -> StageWork:
    """Return the work of stage ``k``."""
    policy, shape = model.policy, draws.shape
    done = [np.zeros(shape, dtype=np.bool_) for _ in model.stages[k]]
    success = np.zeros(shape, dtype=np.bool_)
    visits: list[list[Part]] = []
    successes: list[Flags] = []
    attempt = 0
    for visit in range(policy.retries + 1):
        visits.append([])
        for run in range(2 if visit == 0 and model.automatic_retry(k) else 1):
            going = ~success
            mode = model.automatic_retry(k) if run else policy.retry_mode
            if attempt and mode == "ALL_ACTIONS":
                for flags in done:
                    flags &= ~going
            for group in model.pipeline.stages[k].groups:
                part, failing = _run_group(model, draws, k, group, attempt, going, done)
                visits[-1].append(part)
                going = going & ~failing
            success = success | going
            attempt += 1
        successes.append(success)
    return StageWork(*_stack(visits, shape), np.stack(successes), draws.reactions[k])


def _run_group(
    model: Model, draws: Draws, k: int, group: tuple[int, ...], attempt: int, going: Flags, done: list[Flags]
) -> tuple[Part, Flags]:
    """Run the actions of a group at the same time; marks those ``done`` and returns which revisions fail."""
    shape, hours = draws.shape, model.policy.hours
    minutes = np.zeros(shape)
    answer: Floats | None = None
    failing = np.zeros(shape, dtype=np.bool_)
    for a in group:
        work, duration = model.stages[k][a], draws.durations[k][a][attempt]
        running = going & ~done[a]
        in_hours = work.action.is_approval and not hours.always
        late = duration > (hours.total if in_hours else work.limit)
        failed = running & (draws.fails[k][a][attempt] | late)
        if in_hours:
            answer = np.full(shape, -1.0) if answer is None else answer
            np.maximum(answer, duration, out=answer, where=running & ~late)
            np.maximum(minutes, work.limit, out=minutes, where=running & late)
        else:
            np.maximum(minutes, np.minimum(duration, work.limit), out=minutes, where=running)
        done[a] |= running & ~failed
        failing |= failed
    return (minutes, answer), failing


def _stack(visits: list[list[Part]], shape: tuple[int, int]) -> tuple[Floats, Floats]:
    """Stack the parts. Without an answer they become one part: their sum is exact."""
    if all(answer is None for visit in visits for _, answer in visit):
        minutes = np.stack([np.sum([part for part, _ in visit], axis=0)[None] for visit in visits])
        return minutes, np.empty((0, 0, *shape))
    most = max(map(len, visits))
    padded = [visit + [(np.zeros(shape), None)] * (most - len(visit)) for visit in visits]
    never = np.full(shape, -1.0)
    answers = [[never if answer is None else answer for _, answer in visit] for visit in padded]
    return np.array([[part for part, _ in visit] for visit in padded]), np.array(answers)
