"""The backends of a study, whose outcomes are equal: the engine, NumPy arrays, and a loop compiled by Numba."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from cp_teach.flow.inputs.study_model import Model
from cp_teach.flow.inputs.weekly_hours import ALWAYS, Hours, add_open_minutes, next_open
from cp_teach.flow.numerics.exact_time import Floats
from cp_teach.flow.numerics.numba_support import compile_loop
from cp_teach.flow.simulation.engine_backend import Replication, simulate_by_engine
from cp_teach.flow.simulation.numpy_stage import simulate_parallel_stage, simulate_serial_stage
from cp_teach.flow.simulation.outcome import MAX_IN_PROGRESS, SUCCEEDED, Outcome, reaches_limit
from cp_teach.flow.simulation.random_draws import Draws
from cp_teach.flow.simulation.stage_kernel import StageOutcome, simulate_row, simulate_rows
from cp_teach.flow.simulation.stage_work import StageWork, compute_stage_work

FEW = 12
"""Below this number of rows, lists are faster than arrays."""


def simulate(model: Model, draws: Draws, path: str) -> Outcome:
    """Return the outcome of a block. ``path`` is "compiled", "arrays" or "reference" (the engine)."""
    if path == "reference":
        return simulate_by_engine(model, draws)
    outcome = Outcome.empty(draws.releases.times, len(model.stages))
    people, supersedes = model.policy.hours, model.mode == "SUPERSEDED"
    many_rows = path == "arrays" and len(draws.releases.times) >= FEW
    serial = simulate_serial_stage if many_rows else partial(_simulate_loop, path)
    arrive = draws.releases.times
    for k, name in enumerate(model.names):
        work = compute_stage_work(model, draws, k)
        if model.mode == "PARALLEL":
            arrive = simulate_parallel_stage(k, arrive, work, people, outcome)
            continue
        disabled = model.policy.closed.get(name)
        transition = ALWAYS if disabled is None else ~disabled
        arrive = serial(k, supersedes, arrive, work, transition, people, outcome)
    outcome.end(np.isfinite(arrive), SUCCEEDED, len(model.stages), arrive)
    if not supersedes:
        # The arrays know no limit of executions in progress. The engine computes the rows that reach it.
        for row in np.flatnonzero(reaches_limit(outcome.arrived, outcome.ended, MAX_IN_PROGRESS)):
            replication = Replication(model, draws, int(row))
            replication.run()
            replication.record(outcome)
    return outcome


def _simulate_loop(
    path: str, k: int, supersedes: bool, arrive: Floats, work: StageWork, transition: Hours, people: Hours,
    outcome: Outcome,
) -> Floats:  # fmt: skip
    """Take all revisions through stage ``k`` by the loop of ``stage_kernel``: compiled, or on lists."""
    filled = StageOutcome(
        outcome.status, outcome.stage, outcome.ended, outcome.began[k], outcome.left[k], outcome.held[k],
        np.empty_like(arrive),
    )  # fmt: skip
    if path == "compiled":
        loop = compile_loop(simulate_rows, simulate_row, next_open, add_open_minutes)
        loop(k, supersedes, arrive, work, transition.arrays, people.arrays, filled)
        return filled.onward
    for row in range(len(arrive)):
        one: Any = [part[..., row, :].tolist() for part in work]
        arrays: Any = list(filled)
        lists: Any = [part[row].tolist() for part in arrays]
        simulate_row(
            k, supersedes, arrive[row].tolist(), StageWork(*one), transition.tuples, people.tuples,
            StageOutcome(*lists),
        )  # fmt: skip
        for part, values in zip(arrays, lists, strict=True):
            part[row] = values
    return filled.onward
