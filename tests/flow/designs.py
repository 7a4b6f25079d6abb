"""Random pipelines, teams and arrivals: what the ways to compute a study are compared on."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from hypothesis import strategies as st

from cp_teach.flow import Policy, commits, constant, every, exponential, lognormal, poisson, train
from cp_teach.flow.inputs.arrivals import Arrivals
from cp_teach.flow.inputs.study_model import Model
from cp_teach.flow.simulation.outcome import Outcome
from cp_teach.pipeline import Conditions, Pipeline

STAGES = (
    "CodeBuild",
    "CodeBuild and Lambda",
    "Manual then CodeDeploy",
    "CodeBuild then CodeDeploy",
    "CodeBuild and Manual",
    "CodeDeploy",
)
DURATIONS = (exponential(30), constant(20), lognormal(10, 1), constant(0))
ARRIVALS = (
    poisson(1 / 40),
    commits(8),
    commits(12, batch=3),
    commits(30, hours="always"),
    train(["Wed 12:00", "Fri 16:00"], 8),
    every(10.0),
)


@st.composite
def models(draw: st.DrawFn, modes: tuple[str, ...] = ("SUPERSEDED", "QUEUED", "PARALLEL")) -> Model:
    """A pipeline of two to five stages, with a team around it."""
    stages = {"Source": "S3"}
    for k in range(draw(st.integers(1, 4))):
        stages[f"Stage{k}"] = draw(st.sampled_from(STAGES))
    pipeline = Pipeline.of("shop", **stages)
    if draw(st.booleans()):
        k = draw(st.integers(0, len(pipeline.stages) - 1))
        retry = Conditions(
            result="RETRY", retry_mode=draw(st.sampled_from(["FAILED_ACTIONS", "ALL_ACTIONS"]))
        )
        changed = list(pipeline.stages)
        changed[k] = replace(changed[k], on_failure=retry)
        pipeline = replace(pipeline, stages=tuple(changed))
    closed = draw(st.sampled_from(["", "Fri 12:00 - Mon 9:00", "Mon-Sun 0-12", "Wed 0:00 - Thu 0:00"]))
    policy = Policy(
        mode=draw(st.sampled_from(modes)),
        hours=draw(st.sampled_from(["always", "Mon-Fri 9-17", "Mon-Thu 8:30-12, Sat 10-24"])),
        closed={draw(st.sampled_from(pipeline.stages)).name: closed} if closed else {},
        retries=draw(st.integers(0, 2)),
        reaction=draw(st.sampled_from([constant(0), exponential(30), constant(500)])),
        approval=draw(st.sampled_from([lognormal(60, 1.5), constant(0), lognormal(1000, 1)])),
        retry_mode=draw(st.sampled_from(["FAILED_ACTIONS", "ALL_ACTIONS"])),
        flaky={"Build": draw(st.sampled_from([0, 0.3, 1.0])), "Approval": draw(st.sampled_from([0, 0.2]))},
    )
    durations = {name: draw(st.sampled_from(DURATIONS)) for name in ("Build", "Deploy", "Source")}
    failures = {"Build": draw(st.sampled_from([0, 0.2])), "Deploy": draw(st.sampled_from([0, 0.1]))}
    return Model.of(pipeline, durations, failures, policy)


def arrivals() -> st.SearchStrategy[Arrivals]:
    """People who commit, timers, and a release train."""
    return st.sampled_from(ARRIVALS)


def equal(one: Outcome, other: Outcome) -> bool:
    """True when both tell exactly the same of every revision."""
    return all(
        np.array_equal(getattr(one, name), getattr(other, name), equal_nan=True)
        for name in ("arrived", "status", "stage", "ended", "began", "left", "held")
    )
