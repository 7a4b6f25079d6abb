"""A study from beginning to end: what it tells, who computes it, and what it says to what cannot be."""

import pickle

import numpy as np
import pytest
from designs import equal

from cp_teach.flow import (
    Policy,
    commits,
    constant,
    difference,
    every,
    exponential,
    poisson,
    saturated,
    study,
    train,
)
from cp_teach.flow.analysis.confidence_interval import estimate
from cp_teach.flow.studies import study as lab
from cp_teach.pipeline import Pipeline

SHOP = Pipeline.of("shop", Source="S3", Build="CodeBuild", Prod="Manual then CodeDeploy")
GIVEN = {"arrivals": commits(8), "failures": {"Build": 0.1}, "weeks": 4, "replications": 100, "seed": 3}


def test_the_frame_has_every_revision_once_and_agrees_with_the_report() -> None:
    made = study(SHOP, **GIVEN, warmup=0)
    frame = made.frame
    assert not frame.duplicated(["replication", "revision"]).any()
    assert frame.replication.nunique() == 100
    assert (frame.groupby("replication").arrived.diff().dropna() >= 0).all()
    assert set(frame.status.unique()) == {"Succeeded", "Failed", "Superseded"}
    assert set(frame[frame.status == "Failed"].stage) == {"Build"}
    assert (frame.ended >= frame.arrived).all()
    share = frame.groupby("replication").apply(
        lambda g: (g.status == "Superseded").mean(), include_groups=False
    )
    told = made.report["superseded"]
    assert told.mean == pytest.approx(share.mean())
    assert told.low == pytest.approx(estimate(share.to_numpy()).low)
    lead = frame.groupby("replication").lead_time.mean()
    assert made.report["lead_time"].mean == pytest.approx(lead.mean())


def test_workers_and_ways_do_not_change_a_number() -> None:
    alone = study(SHOP, **GIVEN).measures
    for how in (
        {"workers": 2},
        {"path": "arrays"},
        {"path": "compiled"},
        {"path": "reference", "replications": 70},
    ):
        other = study(SHOP, **{**GIVEN, **how}).measures
        for name, values in other.items():
            assert np.array_equal(values, alone[name][: len(values)], equal_nan=True), (how, name)


def test_two_designs_meet_the_same_luck() -> None:
    """Common random numbers: the difference is known far better than either."""
    given = {**GIVEN, "policy": {"hours": "always", "approval": 5}}
    late, soon = (study(SHOP, **given, durations={"Build": minutes}) for minutes in (10, 9))
    one, other = late.report.values("lead_time"), soon.report.values("lead_time")
    apart = difference(one, other)
    assert 1 < apart.low < apart.high < 1.5  # a minute of work, and the waiting that it causes
    assert apart.half < late.report["lead_time"].half / 2
    assert (soon.frame.arrived == late.frame.arrived).all()


def test_the_first_replications_of_a_larger_study_are_those_of_a_smaller_one() -> None:
    many, few = (
        study(SHOP, **{**GIVEN, "replications": n}, warmup=0).report.values("lead_time") for n in (100, 70)
    )
    assert many[:70].tolist() == few.tolist()


def test_a_hotfix_is_released_by_itself_and_is_rework() -> None:
    made = study(
        SHOP, arrivals=every(600), weeks=4, replications=8, warmup=0,
        policy=Policy(
            hours="always", approval=5, change_failure=0.5, recovery="hotfix", detection=10, repair=constant(50)
        ),
    )  # fmt: skip
    assert made.path == "reference"
    assert "hotfixes" in made.notices[0]
    frame = made.frame
    assert 0.3 < made.report["rework_rate"].mean < 0.6
    fixes = frame[frame.rework]
    assert len(fixes) > 50
    # Each came 60 minutes after a deployment that failed.
    for row in fixes.head(20).itertuples():
        before = frame[(frame.replication == row.replication) & frame.failed_in_production]
        assert (abs(before.ended + 60 - row.arrived) < 1e-6).any()
    # The service is down for that hour, and for as long as the fix is under way.
    assert made.report["recovery_time"].mean == pytest.approx(60 + 0.2 + 3.5 + 5 + 2.1, abs=80)


def test_repairs_that_ride_with_the_next_release_are_slower_than_hotfixes() -> None:
    given = {"arrivals": train("Fri 16:00", 8), "weeks": 8, "replications": 20, "seed": 1}
    people = {"approval": 30, "change_failure": 0.02, "hours": "Mon-Fri 9-17"}
    slow = study(SHOP, **given, policy=people).report["recovery_time"]
    quick = study(SHOP, **given, policy={**people, "recovery": "hotfix"}).report["recovery_time"]
    assert quick.high < slow.low / 2


def test_repairs_without_end_are_refused() -> None:
    with pytest.raises(ValueError, match="repairs cause repairs without end"):
        study(
            SHOP, arrivals=every(600), weeks=1, replications=2,
            policy={"change_failure": 1.0, "recovery": "hotfix", "hours": "always", "approval": 1},
        )  # fmt: skip


def test_stage_conditions_are_left_to_the_engine() -> None:
    from dataclasses import replace

    from cp_teach.pipeline import Conditions

    stages = list(SHOP.stages)
    stages[2] = replace(stages[2], on_failure=Conditions(result="ROLLBACK"))
    made = study(
        replace(SHOP, stages=tuple(stages)),
        arrivals=commits(8),
        failures={"Deploy": 0.3},
        weeks=2,
        replications=4,
    )
    assert made.path == "reference"
    assert "the automatic rollback of Prod" in made.notices[0]
    frame = made.frame
    assert (frame.status == "Failed").sum() > 5
    # A rollback holds the stage, but is no revision of its own.
    assert frame.groupby("replication").revision.max().max() < 150


def test_many_parallel_actions_of_many_executions_are_left_to_the_engine() -> None:
    many = " and ".join(f"B{n}:CodeBuild" for n in range(6))
    shape = Pipeline.of("shop", Source="S3", Build=many, mode="PARALLEL")
    made = study(shape, arrivals=every(2_000), weeks=1, replications=2)
    assert made.path == "reference"
    assert "more than 5 parallel actions in Build" in made.notices[0]


def test_the_rules_of_a_stage_condition_are_always_met_and_take_their_time() -> None:
    from dataclasses import replace

    from cp_teach.pipeline import Condition, Conditions, Rule, RuleType

    shop = Pipeline.of("shop", Source="S3", Build="CodeBuild")
    gate = Conditions((Condition("FAIL", (Rule("Check", RuleType("LambdaInvoke")),)),))
    gated = replace(shop, stages=(shop.stages[0], replace(shop.stages[1], before_entry=gate)))
    made = study(
        gated, arrivals=every(60), durations={"Source": 1, "Build": 10}, weeks=0.1, warmup=0, replications=2
    )
    assert "the stage conditions of Build" in made.notices[0]
    assert set(made.frame.status) == {"Succeeded"}
    assert made.frame.lead_time.to_numpy() == pytest.approx(1 + 0.1 + 10)  # a rule takes six seconds


def test_an_unstable_queue_is_told_and_bounded() -> None:
    made = study(
        SHOP, arrivals=poisson(1 / 30), durations={"Build": exponential(60)}, weeks=1, replications=5,
        policy={"mode": "QUEUED", "hours": "always", "approval": 1},
    )  # fmt: skip
    assert "Unstable: Build would need 2.00 of its time" in made.report.notices[0]
    assert made.report["refused"].mean > 0.2


def test_one_replication_is_told_as_pieces() -> None:
    made = study(SHOP, **{**GIVEN, "replications": 1, "weeks": 30})
    assert made.replications == 1
    assert "pieces" in str(made)


def test_an_interrupted_study_says_so_and_resumes(monkeypatch: pytest.MonkeyPatch) -> None:
    calls, real = [], lab.measure_block

    def stop(design, warmup, number):
        calls.append(number)
        if len(calls) == 1:
            raise KeyboardInterrupt
        return real(design, warmup, number)

    monkeypatch.setattr(lab, "measure_block", stop)
    half = study(SHOP, **GIVEN)
    assert not half.complete
    assert "Interrupted after 64 of 100 replications" in half.report.notices[0]
    whole = half.resume()
    assert whole.complete
    assert whole.replications == 100
    monkeypatch.setattr(lab, "measure_block", real)
    assert np.array_equal(whole.report.values("lead_time"), study(SHOP, **GIVEN).report.values("lead_time"))


@pytest.mark.parametrize("warmup", [None, 1])
def test_each_block_is_simulated_once(warmup, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also the first, from which the warm-up is detected, and which the charts draw."""
    simulated, real = [], lab.Design.block

    def count(design, number):
        simulated.append(number)
        return real(design, number)

    monkeypatch.setattr(lab.Design, "block", count)
    made = study(SHOP, **GIVEN, warmup=warmup)
    assert simulated == [0, 1]
    assert made.outcome is made.outcome
    assert simulated == [0, 1, 0]


def test_a_block_of_a_checkpoint_is_not_measured_again(tmp_path) -> None:
    first = study(SHOP, **GIVEN, checkpoint=tmp_path)
    written = {path: path.stat().st_mtime_ns for path in tmp_path.glob("block-*")}
    assert len(written) == 2
    again = study(SHOP, **GIVEN, checkpoint=tmp_path)
    assert {path: path.stat().st_mtime_ns for path in written} == written
    assert np.array_equal(first.report.values("lead_time"), again.report.values("lead_time"))


def test_a_design_travels() -> None:
    made = study(SHOP, **{**GIVEN, "replications": 3})
    again = pickle.loads(pickle.dumps(made.design))
    assert equal(again.block(0).outcome, made.outcome)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"durations": {"Build": -3}}, "the duration of 'Build' must be a number from 0 on, not -3"),
        (
            {"durations": {"Biuld": 3}},
            "durations names 'Biuld', but shop has no such action; it has Source/S3",
        ),
        (
            {"failures": {"Build": 1.2}},
            "the failure rate of 'Build' must be a probability from 0 to 1, not 1.2",
        ),
        ({"failures": {"Build": "often"}}, "must be a probability from 0 to 1, not 'often'"),
        ({"policy": {"flaky": {"Build": -0.1}}}, "must be a probability from 0 to 1"),
        ({"policy": {"mode": "LIFO"}}, "mode must be one of SUPERSEDED, QUEUED, PARALLEL, not 'LIFO'"),
        (
            {"policy": {"closed": {"Beta": "Mon-Fri 9-17"}}},
            "policy.closed names 'Beta', but shop has no such stage",
        ),
        ({"policy": {"closed": {"Prod": "always"}}}, "no execution would ever enter Prod"),
        ({"policy": {"hours": "nine to five"}}, "cannot read the hours"),
        ({"policy": {"pauses": 3}}, "a policy has no setting 'pauses'; it has mode, hours"),
        ({"policy": {"retries": -1}}, "retries must be a whole number from 0 to 10"),
        ({"policy": {"recovery": "hope"}}, "recovery must be one of next, hotfix"),
        ({"weeks": 0}, "weeks must be a number above 0"),
        ({"weeks": 10**6}, "the most that can be computed exactly"),
        ({"warmup": 4}, "a warm-up of 4 weeks leaves nothing of 4 weeks"),
        ({"replications": 0}, "replications must be a whole number from 1 on"),
        ({"seed": "luck"}, "the seed must be a whole number"),
        ({"path": "quantum"}, "path must be one of auto, compiled"),
        ({"arrivals": saturated()}, "saturated"),
        ({"arrivals": 8}, "arrivals must come from commits"),
    ],
)
def test_what_cannot_be_is_told(given: dict, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        study(SHOP, **{**GIVEN, "replications": 2, **given})


def test_a_pipeline_is_needed() -> None:
    with pytest.raises(ValueError, match="a study needs a Pipeline, not 'shop'"):
        study("shop", **GIVEN)


def test_a_study_tells_its_report_also_where_no_html_is_seen() -> None:
    made = study(SHOP, **{**GIVEN, "replications": 2})
    assert repr(made) == str(made.report)
    assert "Bottleneck: Prod" in repr(made)


def test_two_studies_are_compared_by_the_name_of_a_measure() -> None:
    soon, late = (study(SHOP, **{**GIVEN, "weeks": 2}, policy={"approval": minutes}) for minutes in (30, 300))
    apart = difference(late, soon, "lead_time")
    assert apart.clear
    assert apart == difference(late.measures["lead_time"], soon.measures["lead_time"])
    assert apart == difference(late.report, soon.report, "lead_time")
    with pytest.raises(ValueError, match="give the name of a measure: choose from lead_time"):
        difference(late, soon)


def test_no_interval_goes_where_the_truth_cannot_be() -> None:
    made = study(SHOP, arrivals=commits(3), weeks=2, replications=5, policy={"change_failure": 0.03}).report
    assert all(made[one.name].low >= 0 for one in made.metrics if made[one.name].n > 1)
    assert made["change_failure_rate"].high <= 1


@pytest.mark.parametrize("name", ["healthy", "slow build", "friday train", "flaky suite", "late approval"])
def test_a_preset_can_be_studied(name: str) -> None:
    from cp_teach.flow import preset

    made = study(**preset(name).settings, replications=10, seed=1).report
    assert made["deployments_per_week"].mean > 0.5
    assert made["failed"].mean < 0.4
