"""The fast ways to compute a study tell exactly what the engine tells, of every revision, on the same luck."""

from collections import Counter
from dataclasses import replace
from unittest import mock

import numpy as np
from designs import arrivals, equal, models
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cp_teach.flow import Hours, Policy, commits, constant, every, exponential
from cp_teach.flow.inputs.arrivals import Arrivals
from cp_teach.flow.inputs.study_model import Model
from cp_teach.flow.inputs.weekly_hours import WEEK
from cp_teach.flow.simulation import backends
from cp_teach.flow.simulation.backends import simulate
from cp_teach.flow.simulation.outcome import FAILED, REFUSED, SUCCEEDED, SUPERSEDED, Outcome
from cp_teach.flow.simulation.random_draws import draw
from cp_teach.pipeline import Conditions, Pipeline

HALF = settings().max_examples // 2
"""Half as many examples as other tests, because each is computed four times."""


def told_by_all(model: Model, arrive: Arrivals, weeks: float, seed: int) -> Outcome:
    """What the engine tells, after asking the others whether they tell the same."""
    draws = draw(model, arrive, weeks * WEEK, seed, 0, 3)
    engine = simulate(model, draws, "reference")
    for path, few in (("compiled", 0), ("arrays", 0), ("arrays", 4)):  # below 4 rows, lists
        with mock.patch.object(backends, "FEW", few):
            assert equal(engine, simulate(model, draws, path)), f"{path}, FEW = {few}, tells otherwise"
    return engine


@settings(max_examples=HALF, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(models(), arrivals(), st.integers(0, 10**6))
def test_every_way_tells_the_same_of_every_revision(model: Model, arrive: Arrivals, seed: int) -> None:
    told_by_all(model, arrive, 0.3, seed)


SHOP = Pipeline.of("shop", Source="S3", Build="CodeBuild", Prod="Manual then CodeDeploy")


def story(arrive: Arrivals, weeks: float = 1.0, **policy: object) -> Outcome:
    model = Model.of(
        SHOP,
        {"Source": 1, "Build": exponential(40), "Deploy": exponential(20)},
        {"Build": 0.2},
        Policy(**policy),  # type: ignore[arg-type]  # words become hours in it
    )
    return told_by_all(model, arrive, weeks, 7)


def test_superseding_with_office_hours_a_closed_door_and_retries() -> None:
    told = story(
        commits(20),
        weeks=2,
        closed={"Prod": "Thu 12:00 - Mon 9:00"},
        retries=2,
        flaky={"Build": 0.3},
        reaction=30,
    )
    seen = Counter(told.status.ravel().tolist())
    assert min(seen[SUCCEEDED], seen[FAILED], seen[SUPERSEDED]) > 5
    # Somebody was retried by hand: there is time in which it did not hold its stage.
    waited = (told.left[1] - told.began[1]) - told.held[1]
    assert (waited[np.isfinite(waited)] > 0).any()
    # Nobody enters Prod while its transition is disabled.
    shut = Hours.of("Thu 12:00 - Mon 9:00")
    entered = told.began[2][np.isfinite(told.began[2])]
    assert all(shut.opens(t) > t for t in entered.tolist())


def test_a_queue_over_the_limit_of_50_is_refused_by_the_engine_and_by_us() -> None:
    told = story(every(5.0), mode="QUEUED")
    assert (told.status == REFUSED).sum() > 100


def test_parallel_executions_do_not_touch_each_other() -> None:
    told = story(commits(40), mode="PARALLEL", approval=constant(0), hours="always")
    assert (told.began[1] == told.left[0])[np.isfinite(told.began[1])].all()
    assert (told.status != SUPERSEDED).all()


def test_failures_are_retried_by_hand_in_parallel_too() -> None:
    told = story(
        commits(20), mode="PARALLEL", approval=constant(0), retries=2, flaky={"Build": 0.3}, reaction=30
    )
    waited = (told.left[1] - told.began[1]) - told.held[1]
    assert (waited[np.isfinite(waited)] > 0).sum() > 10


def test_an_automatic_retry_of_all_actions_runs_the_succeeded_ones_again() -> None:
    pipeline = Pipeline.of("shop", Source="S3", Build="CodeBuild and Lambda", Prod="CodeDeploy")
    source, build, prod = pipeline.stages
    build = replace(build, on_failure=Conditions(result="RETRY", retry_mode="ALL_ACTIONS"))
    model = Model.of(
        replace(pipeline, stages=(source, build, prod)),
        {"Build": exponential(10), "Invoke": exponential(60)},
        {},
        Policy(hours="always", flaky={"Build": 0.4}),
    )
    told_by_all(model, commits(20), 0.3, 3)


def test_two_at_the_same_moment_come_in_their_order() -> None:
    """Work that takes no time: everything falls on the minutes of the timer."""
    model = Model.of(
        SHOP, {"Source": 0, "Build": 30, "Deploy": 0}, {}, Policy(approval=0, hours="always", closed={})
    )
    told = told_by_all(model, every(10.0), 0.2, 1)
    assert (told.status == SUPERSEDED).sum() > 50


def test_a_difference_would_be_found() -> None:
    draws = draw(Model.of(SHOP, {}, {}, Policy()), commits(8), WEEK, 1, 0, 2)
    told = simulate(Model.of(SHOP, {}, {}, Policy()), draws, "arrays")
    other = simulate(Model.of(SHOP, {}, {}, Policy(hours="Mon-Fri 9-16")), draws, "arrays")
    assert equal(told, told)
    assert not equal(told, other)
