"""The rules of a release as short stories: one for each thing that learners get wrong."""

import dataclasses
from typing import Any

import pytest

from cp_teach.engine import ALL_ACTIONS, Refused, Run, StopExecution
from cp_teach.pipeline import Pipeline


def line(mode: str = "SUPERSEDED") -> Run:
    """Source, Build (Compile, then Unit beside Lint), Beta (Deploy, then an approval), Prod."""
    return Run(
        Pipeline.of(
            "line",
            Source="Fetch:S3",
            Build="Compile:CodeBuild then Unit:Test/CodeBuild and Lint:Test/CodeBuild",
            Beta="Deploy:CodeDeploy then Sign:Manual",
            Prod="Deploy:CodeDeploy",
            mode=mode,
        )
    )


def plain(mode: str = "SUPERSEDED") -> Run:
    return Run(
        Pipeline.of(
            "plain", Source="Fetch:S3", Build="Compile:CodeBuild", Prod="Deploy:CodeDeploy", mode=mode
        )
    )


def to(run: Run, *stages: str) -> None:
    """Let a released execution succeed in these stages, action by action."""
    for stage in stages:
        while running := [s for _, s, _ in run._in_progress(stage, approvals=None)]:
            actions = [a for _, _, a in run._in_progress(stage, approvals=False)]
            if not actions:
                run.approve(stage)
            else:
                run.succeed(stage, actions[0])
            if len(running) == 1 and not run._in_progress(stage, approvals=None):
                break


def place(run: Run, number: int) -> str:
    """Where an execution is, in the words of its history."""
    row = run.history.executions[number]
    if row.status != "InProgress":
        return row.status
    return f"{row.visits[row.stage]} {row.stage}"


def error(call: Any, *args: Any, **kwargs: Any) -> str:
    with pytest.raises(Refused) as refused:
        call(*args, **kwargs)
    assert str(refused.value)
    return refused.value.error


# -- 2.3 walking ---------------------------------------------------------------------------------------------
def test_a_stage_is_locked_not_the_pipeline() -> None:
    run = plain()
    run.release()
    to(run, "Source", "Build")
    run.release()
    to(run, "Source")
    run.release()
    assert [place(run, n) for n in (1, 2, 3)] == ["InProgress Prod", "InProgress Build", "InProgress Source"]


def test_the_newer_of_two_that_wait_supersedes_the_older_and_never_the_one_inside() -> None:
    run = plain()
    run.release()
    to(run, "Source")
    for _ in range(2):
        run.release()
        to(run, "Source")
    assert [place(run, n) for n in (1, 2, 3)] == ["InProgress Build", "Superseded", "Waiting Build"]
    assert run.history.executions[2].superseded_by == 3
    run.succeed("Build")
    assert [place(run, n) for n in (1, 3)] == ["InProgress Prod", "InProgress Build"]


def test_newer_ones_wait_behind_a_pending_approval() -> None:
    run = line()
    run.release()
    to(run, "Source", "Build")
    run.succeed("Beta")
    for _ in range(2):
        run.release()
        to(run, "Source", "Build")
    assert [place(run, n) for n in (1, 2, 3)] == ["InProgress Beta", "Superseded", "Waiting Beta"]
    assert "an answer to Sign" in str(run.why(stage="Beta"))
    assert "execution 1 is inside" in str(run.why(execution=3))
    run.approve()
    assert place(run, 3) == "InProgress Beta"


def test_a_failure_unlocks_and_once_the_next_has_entered_retry_is_gone() -> None:
    run = plain()
    run.release()
    to(run, "Source")
    run.release()
    to(run, "Source")
    run.fail("Build")
    assert [place(run, n) for n in (1, 2)] == ["Failed", "InProgress Build"]
    assert error(run.retry, "Build", execution=1) == "NotLatestPipelineExecutionException"


def test_mates_of_a_failed_action_finish_and_later_run_orders_never_start() -> None:
    run = line()
    run.release()
    to(run, "Source")
    run.succeed("Build", "Compile")
    run.fail("Build", "Unit")
    assert place(run, 1) == "InProgress Build"
    run.succeed("Build", "Lint")
    assert place(run, 1) == "Failed"
    run = line()
    run.release()
    to(run, "Source")
    run.fail("Build", "Compile")
    assert place(run, 1) == "Failed"
    assert [row.action for row in run.history.actions] == ["Fetch", "Compile"]


def test_the_source_stage_is_a_stage_like_the_others() -> None:
    run = plain()
    run.release()
    run.release()
    assert place(run, 2) == "Waiting Source"
    run.disable("Source")
    run.succeed("Source")
    assert place(run, 2) == "Waiting Source"


# -- 2.4 queues ----------------------------------------------------------------------------------------------
def test_a_queue_lets_everybody_in_one_by_one() -> None:
    run = plain("QUEUED")
    run.disable("Prod", "demo")
    for _ in range(4):
        run.release()
        to(run, "Source", "Build")
    assert run.state.stages[2].inbound == (1, 2, 3, 4)
    assert "the transition is disabled" in str(run.why(execution=2))
    run.enable("Prod")
    assert "2 executions came before it in the queue. They must" in str(run.why(execution=4))
    for number in (1, 2, 3, 4):
        assert place(run, number) == "InProgress Prod"
        run.succeed("Prod")
        assert place(run, number) == "Succeeded"


def test_a_run_refuses_the_parallel_mode_and_says_what_to_do() -> None:
    with pytest.raises(Refused, match="Use SUPERSEDED or QUEUED"):
        plain("PARALLEL")


@pytest.mark.parametrize("mode", ["SUPERSEDED", "QUEUED"])
def test_a_pipeline_nothing_could_walk_through_is_refused(mode: str) -> None:
    pipe = plain(mode).pipeline
    source, build, prod = pipe.stages
    for stages in [
        (),
        (source, dataclasses.replace(build, actions=())),
        (source, source),
        (source, dataclasses.replace(build, actions=build.actions * 2), prod),
    ]:
        assert error(Run, dataclasses.replace(pipe, stages=stages)) == "InvalidStructureException"


# -- 2.6 stopping --------------------------------------------------------------------------------------------
def test_stop_and_wait_lets_the_running_action_finish_and_starts_nothing_new() -> None:
    run = line()
    run.release()
    to(run, "Source")
    run.stop(reason="wrong commit")
    assert place(run, 1) == "Stopping"
    assert error(run.stop) == "DuplicatedStopRequestException"
    assert error(run.retry, "Build") == "StageNotRetryableException"
    run.succeed("Build", "Compile")
    assert place(run, 1) == "Stopped"
    assert run.history.executions[1].stop_reason == "wrong commit"
    assert [row.action for row in run.history.actions] == ["Fetch", "Compile"]
    assert error(run.stop, 1) == "PipelineExecutionNotStoppableException"


def test_stop_and_wait_can_be_upgraded_to_abandon() -> None:
    run = line()
    run.release()
    to(run, "Source")
    run.stop()
    run.stop(abandon=True)
    assert place(run, 1) == "Stopped"
    assert run.history.actions[-1].status == "Abandoned"
    assert error(run.stop, 1, abandon=True) == "PipelineExecutionNotStoppableException"
    assert (
        error(run.succeed, "Build", "Compile") == "InvalidJobStateException"
    )  # a late result changes nothing


def test_an_approval_given_while_stopping_ends_in_stopped() -> None:
    run = line()
    run.release()
    to(run, "Source", "Build")
    run.succeed("Beta")
    run.stop()
    assert place(run, 1) == "Stopping"
    run.approve()
    assert place(run, 1) == "Stopped"
    assert run.history.actions[-1].status == "Succeeded"
    assert error(run.retry, "Beta") == "StageNotRetryableException"  # nothing failed: all of it, or nothing
    run.retry("Beta", ALL_ACTIONS)
    to(run, "Beta", "Prod")
    assert place(run, 1) == "Succeeded"


def test_stop_frees_the_stage_and_the_waiting_one_enters_at_once() -> None:
    run = plain()
    run.release()
    to(run, "Source")
    run.release()
    to(run, "Source")
    run.stop(1, abandon=True)
    assert [place(run, n) for n in (1, 2)] == ["Stopped", "InProgress Build"]
    assert error(run.retry, "Build", execution=1) == "NotLatestPipelineExecutionException"


def test_an_inbound_execution_can_be_stopped_and_never_enters_nor_retries() -> None:
    run = plain()
    run.release()
    to(run, "Source")
    run.release()
    to(run, "Source")
    run.stop(2)
    assert place(run, 2) == "Stopped"
    assert "Build" not in run.history.executions[2].visits
    run.succeed("Build")
    assert run.state.stages[1].holder == 0
    assert error(run.retry, "Build", execution=2) == "StageNotRetryableException"


def test_a_stopped_stage_can_be_retried() -> None:
    run = plain()
    run.release()
    to(run, "Source")
    run.stop(abandon=True)
    run.retry("Build")
    to(run, "Build", "Prod")
    assert place(run, 1) == "Succeeded"


# -- 2.7 retrying --------------------------------------------------------------------------------------------
def test_a_retry_keeps_successful_mates_the_number_and_the_revision() -> None:
    run = line()
    run.release("first")
    to(run, "Source")
    run.succeed("Build", "Compile")
    run.succeed("Build", "Lint")
    run.fail("Build", "Unit")
    run.retry("Build")
    assert [(n, a) for n, _, a in run._in_progress("Build", None)] == [(1, "Unit")]
    assert run.state.last == 1
    to(run, "Build", "Beta", "Prod")
    assert {r.message for row in run.history.actions for a in row.inputs for r in a.sources} == {"first"}
    assert [row.attempt for row in run.history.actions if row.action == "Unit"] == [1, 2]


def test_failed_actions_may_be_retried_while_mates_still_run_but_not_all_actions() -> None:
    run = line()
    run.release()
    to(run, "Source")
    run.succeed("Build", "Compile")
    run.fail("Build", "Unit")
    assert "Unit failed" in str(run.why())
    assert error(run.retry, "Build", ALL_ACTIONS) == "StageNotRetryableException"
    run.retry("Build")
    run.succeed("Build", "Unit")
    assert place(run, 1) == "InProgress Build"
    run.succeed("Build", "Lint")
    assert place(run, 1) == "InProgress Beta"


def test_all_actions_run_again_from_the_first_run_order() -> None:
    run = line()
    run.release()
    to(run, "Source")
    run.succeed("Build", "Compile")
    run.succeed("Build", "Unit")
    run.fail("Build", "Lint")
    run.retry("Build", ALL_ACTIONS)
    assert [a for *_, a in run._in_progress("Build", None)] == ["Compile"]
    to(run, "Build", "Beta", "Prod")
    made = [row.outputs for row in run.history.actions if row.action == "Compile"]
    assert made[0][0].position != made[1][0].position  # new objects, and history keeps both
    assert run.history.artifacts(1)[-1] == made[1][0]


@pytest.mark.parametrize("stage", ["Source", "Build"])
def test_what_succeeded_or_never_came_cannot_be_retried(stage: str) -> None:
    run = plain()
    assert error(run.retry, stage) == "PipelineExecutionNotFoundException"
    run.release()
    assert error(run.retry, stage) == "StageNotRetryableException"
    to(run, "Source", "Build", "Prod")
    assert error(run.retry, stage) == "StageNotRetryableException"
    assert error(run.retry, stage, "SOME_ACTIONS") == "ValidationException"
    assert error(run.retry, stage, execution=9) == "PipelineExecutionNotFoundException"
    assert error(run.retry, "Nope") == "StageNotFoundException"


# -- 2.10 transitions ----------------------------------------------------------------------------------------
def test_a_disabled_door_keeps_only_the_newest_and_it_enters_when_opened() -> None:
    run = plain()
    run.disable("Prod", "Friday afternoon")
    for _ in range(3):
        run.release()
        to(run, "Source", "Build")
    assert [place(run, n) for n in (1, 2, 3)] == ["Superseded", "Superseded", "Waiting Prod"]
    assert run.history.reasons == {"Prod": "Friday afternoon"}
    assert "the transition is disabled" in str(run.why(execution=3))
    run.enable("Prod")
    assert place(run, 3) == "InProgress Prod"
    assert run.history.reasons == {}


def test_disabling_stops_nothing_that_is_past_the_door() -> None:
    run = plain()
    run.release()
    to(run, "Source")
    run.disable("Build")
    to(run, "Build", "Prod")
    assert place(run, 1) == "Succeeded"
    assert "the next execution will wait at the door" in str(run.why(stage="Build"))


def test_enabling_what_is_enabled_is_fine_and_changes_nothing() -> None:
    run = plain()
    state = run.state
    assert not run.enable("Build")
    assert run.state == state
    run.disable("Build", "one")
    run.disable("Build", "two")
    assert run.history.reasons == {"Build": "two"}


@pytest.mark.parametrize("reason", ["a, b", "don't", "see: here", "a/b", "ü", "line\n", "", "x" * 301])
def test_a_reason_outside_awss_alphabet_is_refused(reason: str) -> None:
    assert error(plain().disable, "Build", reason) == "ValidationException"


def test_a_reason_inside_the_alphabet_is_taken() -> None:
    plain().disable("Build", "Deploy freeze (ask anna@example) - until 24.12.! Why?* " + "x" * 200)


# -- 2.11 approvals ------------------------------------------------------------------------------------------
def test_a_rejection_is_a_failure_and_a_retry_asks_again() -> None:
    run = line()
    run.release()
    to(run, "Source", "Build")
    run.succeed("Beta")
    run.reject(summary="Not today.")
    assert place(run, 1) == "Failed"
    assert run.history.actions[-1].message == "Not today."
    run.retry("Beta")
    assert [a for *_, a in run._in_progress("Beta", True)] == ["Sign"]
    run.approve(summary="Now.")
    assert error(run.approve, "Beta", "Sign") == "InvalidApprovalTokenException"
    assert place(run, 1) == "InProgress Prod"


def test_a_summary_may_be_required() -> None:
    pipe = line().pipeline
    beta = pipe["Beta"]
    sign = dataclasses.replace(beta["Sign"], configuration=(("IsSummaryRequired", "true"),))
    beta = dataclasses.replace(beta, actions=(beta["Deploy"], sign))
    run = Run(dataclasses.replace(pipe, stages=(*pipe.stages[:2], beta, pipe.stages[3])))
    run.release()
    to(run, "Source", "Build")
    run.succeed("Beta", "Deploy")
    with pytest.raises(Refused, match="Action 'Sign' in stage 'Beta' requires a summary"):
        run.approve(summary=" ")
    for move in run.why().moves:
        assert move in run.legal()
    run.approve(summary="Seen.")
    assert place(run, 1) == "InProgress Prod"


def test_an_approval_is_answered_with_the_right_word_by_a_person() -> None:
    run = line()
    run.release()
    to(run, "Source", "Build")
    run.succeed("Beta", "Deploy")
    assert error(run.succeed, "Beta") == "InvalidJobStateException"
    from cp_teach.engine import PutApprovalResult

    assert error(run.do, PutApprovalResult(1, "Beta", "Sign", "approved", "x")) == "ValidationException"
    assert error(run.do, PutApprovalResult(1, "Beta", "Deploy", "Approved", "x")) == "ActionNotFoundException"
    assert error(run.approve, summary="x" * 513) == "ValidationException"
    run.time_out("Beta", "Sign")
    assert place(run, 1) == "Failed"


# -- deleting ------------------------------------------------------------------------------------------------
def test_a_deleted_pipeline_answers_nothing_but_undo() -> None:
    run = plain()
    run.release()
    before = run.state
    run.delete()
    assert run.legal() == []
    assert error(run.release) == "PipelineNotFoundException"
    assert error(run.do, StopExecution(1)) == "PipelineNotFoundException"
    assert error(run.delete) == "PipelineNotFoundException"
    assert "Undo" in str(run.why())
    run.undo()
    assert run.state == before
