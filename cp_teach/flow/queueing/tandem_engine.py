"""A line as a pipeline of the engine: one stage for each station, with one action each."""

from __future__ import annotations

import numpy as np

from cp_teach.flow.inputs.arrivals import Releases
from cp_teach.flow.inputs.distribution import constant
from cp_teach.flow.inputs.policy import Policy
from cp_teach.flow.inputs.study_model import Model, Work
from cp_teach.flow.simulation.engine_backend import reference
from cp_teach.flow.numerics.exact_time import Flags, Floats
from cp_teach.flow.simulation.outcome import Codes
from cp_teach.flow.simulation.random_draws import Draws
from cp_teach.pipeline.model.pipeline import Action, ActionType, Pipeline, Stage

MODES = {"queue": "QUEUED", "parallel": "PARALLEL"}


def by_the_engine(
    discipline: str, arrived: Floats, service: Floats, fails: Flags, limit: int
) -> tuple[Codes, Codes, Floats]:
    """What the engine makes of given revisions (see ``line_run.told``). It always keeps AWS's limit of 50 executions.

    Raises ``ValueError`` where another limit is asked for and would have been reached.
    """
    found = reference(_model(discipline, len(service)), _draws(arrived, service, fails))
    if discipline != "supersede" and limit != 50 and (found.status == 4).any():
        raise ValueError("the engine refuses the 51st execution in progress, as AWS does: give limit=50")
    return found.status, found.stage, found.ended


def _model(discipline: str, stations: int) -> Model:
    build = ActionType("Build", "AWS", "CodeBuild", "1")
    stages = tuple(Stage(f"Station{k}", (Action("Work", build),)) for k in range(1, stations + 1))
    works = tuple(
        (Work(stage.name, stage.actions[0], stage.name, constant(0), 0.0, 0.0, float("inf")),)
        for stage in stages
    )
    pipeline = Pipeline("line", stages, execution_mode=MODES.get(discipline))
    return Model(pipeline, Policy(hours="always"), works)  # type: ignore[arg-type]  # words become hours in it


def _draws(arrived: Floats, service: Floats, fails: Flags) -> Draws:
    nothing = np.zeros(arrived.shape)
    return Draws(
        Releases(arrived),
        tuple((needs[None],) for needs in service),
        tuple((wrong[None],) for wrong in fails),
        tuple(np.zeros((0, *arrived.shape)) for _ in service),
        np.zeros(arrived.shape, dtype=np.bool_),
        nothing,
        nothing,
        arrived.shape[1],
    )
