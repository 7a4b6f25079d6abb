"""The tandem queue as a pipeline of the engine: one stage with one action for each station."""

from __future__ import annotations

import numpy as np

from cp_teach.flow.inputs.arrivals import Releases
from cp_teach.flow.inputs.distribution import constant
from cp_teach.flow.inputs.policy import Policy
from cp_teach.flow.inputs.study_model import Model, Work
from cp_teach.flow.inputs.weekly_hours import ALWAYS
from cp_teach.flow.numerics.exact_time import Flags, Floats
from cp_teach.flow.queueing.tandem_kernels import Results
from cp_teach.flow.simulation.engine_backend import simulate_by_engine
from cp_teach.flow.simulation.execution_limit import MAX_IN_PROGRESS
from cp_teach.flow.simulation.outcome import REFUSED
from cp_teach.flow.simulation.random_draws import Draws
from cp_teach.pipeline import Action, ActionType, Pipeline, Stage

MODES = {"queue": "QUEUED", "parallel": "PARALLEL"}


def simulate_line_by_engine(
    discipline: str, arrived: Floats, service: Floats, fails: Flags, limit: int
) -> Results:
    """Return the results of given revisions (see ``tandem_runner.simulate_line``), with AWS's limit of 50 executions.

    Raises ``ValueError`` if another limit is given and an execution was refused.
    """
    outcome = simulate_by_engine(_model(discipline, len(service)), _draws(arrived, service, fails))
    if discipline != "supersede" and limit != MAX_IN_PROGRESS and (outcome.status == REFUSED).any():
        raise ValueError("the engine refuses the 51st execution in progress, as AWS does: give limit=50")
    return Results(outcome.status, outcome.stage, outcome.ended)


def _model(discipline: str, stations: int) -> Model:
    build = ActionType("Build", "AWS", "CodeBuild", "1")
    stages = tuple(Stage(f"Station{k}", (Action("Work", build),)) for k in range(1, stations + 1))
    works = tuple(
        (Work(stage.name, stage.actions[0], stage.name, constant(0), 0.0, 0.0, float("inf")),)
        for stage in stages
    )
    pipeline = Pipeline("line", stages, execution_mode=MODES.get(discipline))
    return Model(pipeline, Policy(hours=ALWAYS), works)


def _draws(arrived: Floats, service: Floats, fails: Flags) -> Draws:
    zeros = np.zeros(arrived.shape)
    return Draws(
        Releases(arrived),
        tuple((durations[None],) for durations in service),
        tuple((failing[None],) for failing in fails),
        tuple(np.zeros((0, *arrived.shape)) for _ in service),
        np.zeros(arrived.shape, dtype=np.bool_),
        zeros,
        zeros,
        arrived.shape[1],
    )
