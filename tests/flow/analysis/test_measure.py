"""What is measured is what it says: against slow loops on whatever can happen, and against laws of queueing theory."""

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from slow_measures import slow
from slow_simulator import example, nothing_bad, simulate

from cp_teach.flow.analysis.measures import measure
from cp_teach.flow.inputs.arrivals import Releases
from cp_teach.flow.simulation.block_executor import join
from cp_teach.flow.simulation.outcome import REFUSED, SUCCEEDED, Outcome
from cp_teach.flow.simulation.production_failures import Production

WEEK = 7 * 24 * 60


@st.composite
def studies(draw):
    """Small times in whole minutes, so that much happens at the same moment."""
    rows, n, stages = draw(st.integers(1, 3)), draw(st.integers(1, 8)), draw(st.integers(1, 3))
    seed = draw(st.integers(0, 2**32 - 1))
    rng = np.random.default_rng(seed)
    arrived = np.cumsum(rng.integers(0, draw(st.integers(1, 9)), (rows, n)), axis=1).astype(float)
    for row in range(rows):
        arrived[row, n - rng.integers(0, n + 1) :] = np.inf
    service = rng.integers(0, 9, (stages, rows, n)).astype(float)
    fails = rng.random((stages, rows, n)) < draw(st.sampled_from([0, 0.2, 0.6]))
    mode = draw(st.sampled_from(["SUPERSEDED", "QUEUED", "PARALLEL"]))
    commits = None
    if draw(st.booleans()):
        commits = np.sort(rng.integers(0, 50, (rows, 2 * n)).astype(float), axis=1)
        commits[:, rng.integers(0, 2 * n) :] = np.inf
    begin = draw(st.integers(0, 20))
    return (
        arrived,
        service,
        fails,
        mode,
        commits,
        rng,
        (float(begin), float(begin + draw(st.integers(1, 40)))),
    )


@given(studies())
def test_every_measure_is_what_slow_loops_find(study):
    arrived, service, fails, mode, commits, rng, window = study
    made = simulate(arrived, service, fails, mode)
    refused = np.isfinite(arrived) & (made.stage == len(service)) & (rng.random(arrived.shape) < 0.1)
    made.status[refused], made.stage[refused], made.ended[refused] = REFUSED, -1, arrived[refused]
    for times in (made.began, made.left, made.held):
        times[:, refused] = np.nan
    bad = made.delivered & (rng.random(arrived.shape) < 0.4)
    repaired = np.where(bad, made.ended + rng.integers(0, 12, arrived.shape), np.nan)
    rework = rng.random(arrived.shape) < 0.3
    releases = Releases(arrived, commits)
    found = measure(made, Production(releases, bad, repaired, rework), window)
    for row in range(len(arrived)):
        wanted = slow(made, releases, bad, repaired, rework, window, row)
        assert {name: values[row] for name, values in found.items()} == pytest.approx(
            wanted, nan_ok=True, abs=1e-9
        )


def test_what_was_never_reached_is_not_measured():
    made = simulate([[1.0, 2.0]], [[[1, 1]]], [[[True, True]]])
    found = measure(made, Production(Releases(made.arrived), *nothing_bad(made)), (0, 10))
    undefined = ("lead_time", "change_lead_time", "change_failure_rate", "recovery_time", "age")
    assert all(math.isnan(found[name][0]) for name in undefined)
    assert found["deployments_per_week"] == found["throughput"] == 0
    assert found["failed"] == found["failure_share[0]"] == 1
    assert found["changes_not_deployed"] == 1


def test_a_superseded_change_gets_to_production_with_the_next_revision():
    # 1 holds the stage until 10; 2 waits from 1 on and is superseded by 3, which begins at 10.
    made = simulate([[0.0, 1.0, 2.0]], [[[10, 10, 10]]], np.zeros((1, 1, 3), bool))
    found = measure(made, Production(Releases(made.arrived), *nothing_bad(made)), (0, 100))
    assert found["change_lead_time"] == pytest.approx((10 + 19 + 18) / 3)
    assert found["lead_time"] == pytest.approx((10 + 18) / 2)
    assert found["superseded"] == pytest.approx(1 / 3)


def test_a_change_that_waits_for_its_train_is_older_than_its_revision():
    made = simulate([[60.0]], [[[5]]], [[[False]]])
    found = measure(
        made, Production(Releases(made.arrived, np.array([[0.0, 30.0]])), *nothing_bad(made)), (0, 100)
    )
    assert found["change_lead_time"] == pytest.approx((65 + 35) / 2)
    assert found["lead_time"] == 5


def test_in_parallel_an_older_revision_can_overwrite_a_newer_one():
    made = simulate([[0.0, 1.0]], [[[20, 4]]], np.zeros((1, 1, 2), bool), "PARALLEL")
    found = measure(made, Production(Releases(made.arrived), *nothing_bad(made)), (5, 30))
    # From 5 to 20 runs what arrived at 1, from 20 to 30 what arrived at 0.
    assert found["age"] == pytest.approx((15 * (12.5 - 1) + 10 * 25) / 25)


def test_the_service_is_restored_by_a_good_revision_released_after_the_repair():
    made = simulate([[0.0, 6.0, 20.0, 40.0]], [[[5, 5, 5, 5]]], np.zeros((1, 1, 4), bool))
    bad = np.array([[True, False, True, False]])
    repaired = np.array([[15.0, np.nan, 30.0, np.nan]])
    found = measure(made, Production(Releases(made.arrived), bad, repaired, bad), (0, 100))
    # The second is good, but was released before the repair; the third is bad itself: the fourth ends both.
    assert found["recovery_time"] == pytest.approx(((45 - 5) + (45 - 25)) / 2)
    assert found["not_restored"] == 0
    assert found["change_failure_rate"] == 0.5


def test_a_window_without_length_is_refused():
    made = example(n=3)
    with pytest.raises(ValueError, match="must end after it begins"):
        measure(made, Production(Releases(made.arrived), *nothing_bad(made)), (10, 10))


def test_blocks_of_replications_are_join():
    made = example(rows=4)
    halves = [slice(0, 1), slice(1, 4)]
    parts = [
        Outcome(
            *(getattr(made, name)[part] for name in ("arrived", "status", "stage", "ended")),
            *(getattr(made, name)[:, part] for name in ("began", "left", "held")),
        )
        for part in halves
    ]
    whole = measure(made, Production(Releases(made.arrived), *nothing_bad(made)), (0, 500))
    found = join([measure(p, Production(Releases(p.arrived), *nothing_bad(p)), (0, 500)) for p in parts])
    assert list(found) == list(whole)
    assert all(np.array_equal(found[name], whole[name], equal_nan=True) for name in whole)


def fast(arrived, service, mode):
    """One stage, many revisions: the outcome, by the recurrence of each mode."""
    n = len(arrived)
    began, kept, free = np.full(n, np.nan), np.zeros(n, bool), 0.0
    for i, (now, following) in enumerate(pairwise([*arrived, math.inf])):
        begin = max(now, free)
        if mode == "QUEUED" or begin <= following:
            began[i], kept[i], free = begin, True, begin + service[i]
    ended = np.where(kept, began + service, np.append(arrived[1:], np.inf))
    status = np.where(kept, SUCCEEDED, 3).astype(np.int8)
    held = np.where(kept, service, np.nan)
    one = [x[None] for x in (arrived, status, kept.astype(np.int8), ended)]
    return Outcome(*one, *(x[None, None] for x in (began, began + service, held)))


def law(mode, rho, n=200_000, seed=7):
    rng = np.random.default_rng(seed)
    arrived = np.cumsum(rng.exponential(1 / rho, n))
    made = fast(arrived, rng.exponential(1, n), mode)
    nothing = np.zeros((1, n), bool)
    window = (1000.0, float(arrived[-1]) - 100)
    found = measure(
        made, Production(Releases(made.arrived), nothing, np.full((1, n), np.nan), nothing), window
    )
    return {name: float(values[0]) for name, values in found.items()}


@pytest.mark.parametrize("rho", [0.5, 1.0, 2.0])
def test_one_stage_that_supersedes_meets_the_theory(rho):
    """M/M/1/2 with replacement; the age is that of Costa, Codreanu and Ephremides (2016), with 1/μ = 1."""
    found = law("SUPERSEDED", rho)
    both = 1 + rho + rho**2
    age = 1 / rho + 2 + rho / (1 + rho) ** 2 + 1 / (1 + rho) - 2 * (1 + rho) / (rho**2 + rho + 1)
    assert found["superseded"] == pytest.approx(rho**2 / both, abs=0.006)
    assert found["lead_time"] == pytest.approx(1 + rho / (1 + rho) ** 2, rel=0.02)
    assert found["age"] == pytest.approx(age, rel=0.02)
    assert found["utilization[0]"] == pytest.approx(1 - 1 / both, rel=0.02)
    assert found["throughput"] == pytest.approx(1 - 1 / both, rel=0.02)


def test_one_stage_that_queues_meets_the_theory():
    """M/M/1: 1 / (μ - λ) in the system, λ / (μ - λ) of them; and Little's law from the same run."""
    found = law("QUEUED", 0.5)
    assert found["lead_time"] == pytest.approx(2, rel=0.03)
    assert found["wip"] == pytest.approx(1, rel=0.03)
    assert found["wip"] == pytest.approx(found["wip_by_littles_law"], rel=1e-3)
    assert found["waiting[0]"] == pytest.approx(1, rel=0.05)
    assert found["lead_time_90"] == pytest.approx(2 * math.log(10), rel=0.05)  # the lead time is exponential
