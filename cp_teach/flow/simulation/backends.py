"""The ways to compute a study: the engine itself, loops over arrays, and the same loops compiled. They agree."""

from __future__ import annotations

from typing import Any

import numpy as np

from cp_teach.flow.inputs.study_model import Model
from cp_teach.flow.inputs.weekly_hours import ALWAYS, Hours
from cp_teach.flow.queueing.tandem_numpy import crowded
from cp_teach.flow.simulation.engine_backend import Replication, reference
from cp_teach.flow.numerics.exact_time import Floats
from cp_teach.flow.numerics.numba_support import compiled
from cp_teach.flow.simulation.numpy_stage import parallel, sweep
from cp_teach.flow.simulation.outcome import SUCCEEDED, Outcome
from cp_teach.flow.simulation.random_draws import Draws
from cp_teach.flow.simulation.stage_kernel import after, all_rows, opens, through_door
from cp_teach.flow.simulation.stage_work import Legs, legs

LIMIT = 50
"""Executions that may be in progress at a time, in the modes QUEUED and PARALLEL (quota)."""
FEW = 12
"""Rows below which lists are quicker than arrays."""
PATHS = ("auto", "compiled", "arrays", "reference")


def outcome(model: Model, draws: Draws, path: str) -> Outcome:
    """What becomes of all revisions of a block. ``path`` is "compiled", "arrays" or "reference"."""
    if path == "reference":
        return reference(model, draws)
    told = Outcome.empty(draws.releases.times, len(model.stages))
    arrive = draws.releases.times
    for k, name in enumerate(model.names):
        stage = legs(model, draws, k)
        if model.mode == "PARALLEL":
            arrive = parallel(k, arrive, stage, model.policy.hours, told)
            continue
        shut = model.policy.closed.get(name)
        door = ALWAYS if shut is None else ~shut
        arrive = _lead(path, len(arrive))(
            k, model.mode == "SUPERSEDED", arrive, stage, door, model.policy.hours, told
        )
    through = np.isfinite(arrive)
    told.status[through], told.stage[through] = SUCCEEDED, len(model.stages)
    np.copyto(told.ended, arrive, where=through)
    if model.mode != "SUPERSEDED":
        # So far nobody was refused. Where somebody would have been, the engine has the last word.
        for row in np.flatnonzero(crowded(told.arrived, told.ended, LIMIT)):
            one = Replication(model, draws, int(row))
            one.run()
            one.tell(told)
    return told


def _lead(path: str, rows: int) -> Any:
    """How one stage is computed: compiled, over arrays, or, where there are few rows for an array, on lists."""
    if path == "compiled":
        return _compiled
    return sweep if rows >= FEW else _plain


def _compiled(
    k: int, supersedes: bool, arrive: Floats, stage: Legs, door: Hours, people: Hours, told: Outcome
) -> Floats:
    onward, following = np.empty_like(arrive), np.empty(arrive.shape[1])
    answer = np.empty((0, 0, *arrive.shape)) if stage.answer is None else stage.answer
    compiled(all_rows, through_door, opens, after)(
        k, supersedes, arrive, following, stage.work, answer, stage.through, stage.reaction,
        door.arrays, people.arrays, told.status, told.stage, told.ended,
        told.began[k], told.left[k], told.held[k], onward,
    )  # fmt: skip
    return onward


def _plain(
    k: int, supersedes: bool, arrive: Floats, stage: Legs, door: Hours, people: Hours, told: Outcome
) -> Floats:
    onward = np.empty_like(arrive)
    hours = [tuple(part.tolist() for part in each.arrays) for each in (door, people)]
    for row in range(len(arrive)):
        places = (told.status, told.stage, told.ended, told.began[k], told.left[k], told.held[k], onward)
        lists = [place[row].tolist() for place in places]
        through_door(
            k, supersedes, arrive[row].tolist(), [0.0] * arrive.shape[1], stage.work[:, :, row].tolist(),
            [] if stage.answer is None else stage.answer[:, :, row].tolist(), stage.through[:, row].tolist(),
            stage.reaction[:, row].tolist(), *hours, *lists,
        )  # fmt: skip
        for place, filled in zip(places, lists, strict=True):
            place[row] = filled
    return onward
