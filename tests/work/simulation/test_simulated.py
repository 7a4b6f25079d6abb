"""The simulated worker: durations, chance and failure plans, on a clock that never sleeps."""

import time
from typing import Any

import pytest

from cp_teach.engine import Refused, Run
from cp_teach.pipeline import Pipeline
from cp_teach.work import Simulated
from cp_teach.work.simulation.deterministic_random import draw

SHOP = Pipeline.of(
    "shop", Source="Fetch:S3", Build="Compile:CodeBuild and Lint:Test/CodeBuild", Beta="Sign:Manual"
)


def shop(worker: Simulated | None = None) -> Run:
    return Run(SHOP, worker or Simulated({"Fetch": 1, "Compile": 3, "Lint": 2}))


def ends(run: Run) -> list[tuple[str, str, float | None, str]]:
    return [(row.action, row.status, row.ended, row.failure) for row in run.history.actions]


def test_a_build_with_a_hyphen_in_a_secondary_artifact_fails_when_it_starts() -> None:
    structure = SHOP.to_aws()
    compiled = structure["stages"][1]["actions"][0]
    for outputs, failure in ((["a-b"], ""), (["a-b", "c"], "ConfigurationError"), (["a_b", "c"], "")):
        compiled["outputArtifacts"] = [{"name": name} for name in outputs]
        run = Run(Pipeline.from_aws(structure), Simulated())
        run.release()
        run.settle()
        row = run.history.newest[1, "Build", "Compile"]
        assert row.failure == failure
        assert ("identifier must contain only" in row.message) == bool(failure)


def test_durations_are_found_by_place_then_name_then_category() -> None:
    run = shop(Simulated({"Build/Compile": 7, "Compile": 1, "Test": 4, "Fetch": 2}))
    run.release()
    run.settle()
    assert [row.ended for row in run.history.actions] == [120, 540, 360, None]


def test_advance_lets_everything_due_happen_in_order_and_sleeps_never() -> None:
    run = shop()
    run.release()
    began = time.perf_counter()
    happened = run.advance(days=6)
    assert time.perf_counter() - began < 5
    assert [(e.action) for e in happened if type(e).__name__ == "ActionSucceeded"] == [
        "Fetch",
        "Lint",
        "Compile",
    ]
    assert [entry.at for entry in run.journal] == [0, 60, 180, 240]
    assert run.now == 6 * 86400
    assert "The action timed out." in str(run.advance(days=2))  # an approval waits for seven days


def test_time_passes_only_as_far_as_it_is_told() -> None:
    run = shop()
    run.release()
    assert not run.advance(seconds=59.9)
    assert run.advance(seconds=0.1)
    assert run.now == 60
    assert run.next_due() == (180, run.next_due().command)  # type: ignore[union-attr]  # it is there


def test_an_approval_waits_for_a_person() -> None:
    run = shop()
    run.release()
    happened = run.settle()
    assert "waits in Beta for an answer to Sign" in happened.note
    run.advance(days=6)
    run.approve()
    assert run.history.executions[1].status == "Succeeded"


def luck(run: Run) -> list[Any]:
    return [(row.action, row.attempt, row.started, row.ended, row.status) for row in run.history.actions]


def drive(run: Run) -> None:
    run.inject("Build", "Lint", "chance", chance=0.5)
    for _ in range(6):
        run.release()
        run.advance(minutes=9)
        if not run.state.stages[1].holder and run.state.stages[1].entered > run.state.stages[1].succeeded:
            run.retry("Build")
        run.settle()


def test_the_same_seed_gives_the_same_luck_whatever_is_undone_on_the_way() -> None:
    straight = shop(Simulated(spread=0.5, seed=1))
    drive(straight)
    wandering = shop(Simulated(spread=0.5, seed=1))
    drive(wandering)
    wandering.reset()
    wandering.jump(wandering.journal.total)
    wandering.undo(4)
    wandering.redo(4)
    assert luck(wandering) == luck(straight)
    assert luck(wandering.fork()) == luck(straight)
    assert {row.status for row in straight.history.actions if row.action == "Lint"} == {"Succeeded", "Failed"}
    other = shop(Simulated(spread=0.5, seed=2))
    drive(other)
    assert luck(other) != luck(straight)


def test_a_fork_goes_on_with_the_same_luck() -> None:
    run = shop(Simulated(spread=0.5, seed=1))
    run.inject("Build", "Lint", "chance")
    run.release()
    other = run.fork()
    for driven in (run, other):
        driven.settle()
    assert luck(run) == luck(other)


def test_the_spread_stays_within_its_bounds_and_is_used() -> None:
    run = shop(Simulated({"Fetch": 1}, spread=0.2, seed=5))
    spans = []
    for _ in range(200):
        run.release()
        run.step()
        run.stop(run.state.newest, abandon=True)
        row = [r for r in run.history.actions if r.action == "Fetch"][-1]
        assert row.ended is not None
        spans.append(row.ended - row.started)
    assert 48 <= min(spans) < 50
    assert 70 < max(spans) <= 72


def test_a_plan_for_the_next_runs_is_a_queue() -> None:
    run = shop()
    run.inject("Build", "Compile", times=2, message="red")
    run.inject("Build", "Compile", failure="PermissionError")
    run.release()
    run.settle()
    for _ in range(3):
        run.retry("Build")
        run.settle()
    compiled = [
        (row.status, row.failure, row.message) for row in run.history.actions if row.action == "Compile"
    ]
    assert compiled == [
        ("Failed", "JobFailed", "red"),
        ("Failed", "JobFailed", "red"),
        ("Failed", "PermissionError", "The service role may not do this."),
        ("Succeeded", "", ""),
    ]
    assert run.history.plans == ()


def test_always_means_until_healed() -> None:
    run = shop()
    run.inject("Build", "Compile", "always")
    run.release()
    run.settle()
    for _ in range(3):
        run.retry("Build")
        run.settle()
        assert run.history.executions[1].status == "Failed"
    run.heal("Build", "Compile")
    run.retry("Build")
    run.settle()
    assert run.history.executions[1].status == "InProgress"  # at the approval
    assert run.history.plans == ()


def test_a_timeout_ends_at_the_limit_of_the_action() -> None:
    run = shop()
    run.inject("Build", "Compile", failure="TimedOut")
    run.release()
    run.settle()
    row = next(row for row in run.history.actions if row.action == "Compile")
    assert (row.status, row.failure, row.message) == ("Failed", "JobFailed", "The action timed out.")
    assert row.ended == row.started + 36 * 3600  # a build with CodeBuild may take 36 hours


def test_a_source_may_not_find_its_revision() -> None:
    run = shop()
    run.inject("Source", "Fetch", failure="RevisionUnavailable")
    run.release()
    run.settle()
    assert ends(run) == [("Fetch", "Failed", 60, "RevisionUnavailable")]


def test_two_plans_on_two_actions_spoil_both() -> None:
    run = shop()
    run.inject("Build", "Compile")
    run.inject("Build", "Lint", failure="SystemUnavailable")
    run.release()
    run.settle()
    assert {(a, f) for a, s, _, f in ends(run) if s == "Failed"} == {
        ("Compile", "JobFailed"), ("Lint", "SystemUnavailable"),
    }  # fmt: skip


def test_a_plan_made_while_the_action_runs_is_for_its_next_run() -> None:
    run = shop()
    run.release()
    run.step()
    run.inject("Build", "Compile")
    run.settle()
    run.release()
    run.settle()
    assert [row.status for row in run.history.actions if row.action == "Compile"] == ["Succeeded", "Failed"]


def test_undoing_a_plan_takes_it_back() -> None:
    run = shop()
    run.inject("Build", "Compile")
    run.undo()
    assert run.history.plans == ()
    run.release()
    run.settle()
    assert run.history.executions[1].status == "InProgress"


@pytest.mark.parametrize(
    ("plan", "words"),
    [
        (("Build", "Nope"), "There is no action Build/Nope"),
        (("Nope", "Compile"), "The actions are: Source/Fetch"),
        (("Beta", "Sign"), "is a manual approval"),
        (("Build", "Compile", "soon"), "when='soon' is unknown"),
        (("Build", "Compile", "next", "Oops"), "Unknown failure type 'Oops'"),
        (("Build", "Compile", "chance", "JobFailed", "", 1, 1.5), "between 0 and 1"),
        (("Build", "Compile", "chance", "JobFailed", "", 1, float("nan")), "between 0 and 1"),
        (("Build", "Compile", "next", "JobFailed", "", 0), "would never fail"),
        (("Build", "Compile", "next", "JobFailed", None), "message=None is not valid"),
        ((["Build"], "Compile"), "is not valid"),
    ],
)
def test_a_plan_that_makes_no_sense_is_refused(plan: tuple[Any, ...], words: str) -> None:
    run = shop()
    with pytest.raises(Refused) as refused:
        run.inject(*plan)
    assert words in str(refused.value)
    assert run.journal.total == 0


def test_nobody_plans_for_a_deleted_pipeline() -> None:
    run = shop()
    run.delete()
    with pytest.raises(Refused, match="is deleted"):
        run.inject("Build", "Compile")


@pytest.mark.parametrize(
    "wrong",
    [
        {"minutes": {"Build": 0}},
        {"minutes": {"Build": "x"}},
        {"spread": 1},
        {"minutes": {"Build": float("inf")}},
    ],
)
def test_a_worker_that_cannot_be_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="must"):
        Simulated(**wrong)


def test_chance_is_even_and_depends_on_nothing_else() -> None:
    draws = [draw(1, "x", n) for n in range(4000)]
    assert draws == [draw(1, "x", n) for n in range(4000)]
    assert all(0 <= d < 1 for d in draws)
    tenths = [sum(n <= 10 * d < n + 1 for d in draws) for n in range(10)]
    assert max(abs(n - 400) for n in tenths) < 80  # four standard deviations
    assert draw(1, "a", "b") != draw(1, "ab") != draw(2, "ab")


def test_settle_gives_up_on_a_run_that_never_rests() -> None:
    run = shop()
    run.listen(lambda change: run.release() if change.entry and run.state.newest < 30 else None)
    run.release()
    with pytest.raises(RuntimeError, match="had not come to rest after 5 steps"):
        run.settle(limit=5)
