"""The rules of a release as short stories: one for each thing that learners get wrong."""

import dataclasses

import pytest
from engine_stories import error, line, place, plain, to

from cp_teach.engine import PutApprovalResult, Refused, Run, StopExecution, TimeOut
from cp_teach.engine.queries.command_targets import actions_in_progress


# -- walking ---------------------------------------------------------------------------------------
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
    assert "execution 1 is in the stage" in str(run.why(execution=3))
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


# -- queues ----------------------------------------------------------------------------------------
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


# -- transitions -----------------------------------------------------------------------------------
def test_a_disabled_door_keeps_only_the_newest_and_it_enters_when_opened() -> None:
    run = plain()
    run.disable("Prod", "Friday afternoon")
    for _ in range(3):
        run.release()
        to(run, "Source", "Build")
    assert [place(run, n) for n in (1, 2, 3)] == ["Superseded", "Superseded", "Waiting Prod"]
    assert run.history.disabled_reasons == {"Prod": "Friday afternoon"}
    assert "the transition is disabled" in str(run.why(execution=3))
    run.enable("Prod")
    assert place(run, 3) == "InProgress Prod"
    assert run.history.disabled_reasons == {}


def test_disabling_stops_nothing_that_is_past_the_door() -> None:
    run = plain()
    run.release()
    to(run, "Source")
    run.disable("Build")
    to(run, "Build", "Prod")
    assert place(run, 1) == "Succeeded"
    assert "the next execution will wait to enter" in str(run.why(stage="Build"))


def test_enabling_what_is_enabled_is_fine_and_changes_nothing() -> None:
    run = plain()
    state = run.state
    assert not run.enable("Build")
    assert run.state == state
    run.disable("Build", "one")
    run.disable("Build", "two")
    assert run.history.disabled_reasons == {"Build": "two"}


@pytest.mark.parametrize("reason", ["a, b", "don't", "see: here", "a/b", "ü", "line\n", "", "x" * 301])
def test_a_reason_outside_awss_alphabet_is_refused(reason: str) -> None:
    assert error(plain().disable, "Build", reason) == "ValidationException"


def test_a_reason_inside_the_alphabet_is_taken() -> None:
    plain().disable("Build", "Deploy freeze (ask anna@example) - until 24.12.! Why?* " + "x" * 200)


# -- approvals -------------------------------------------------------------------------------------
def test_a_rejection_is_a_failure_and_a_retry_asks_again() -> None:
    run = line()
    run.release()
    to(run, "Source", "Build")
    run.succeed("Beta")
    run.reject(summary="Not today.")
    assert place(run, 1) == "Failed"
    assert run.history.actions[-1].message == "Not today."
    run.retry("Beta")
    assert [a for *_, a in actions_in_progress(run.state, "Beta", True)] == ["Sign"]
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
    assert error(run.do, PutApprovalResult(1, "Beta", "Sign", "approved", "x")) == "ValidationException"
    assert error(run.do, PutApprovalResult(1, "Beta", "Deploy", "Approved", "x")) == "ActionNotFoundException"
    assert error(run.do, PutApprovalResult(1, "Nope", "Deploy", "Approved", "x")) == "StageNotFoundException"
    assert error(run.approve, summary="x" * 513) == "ValidationException"
    run.do(TimeOut(1, "Beta", "Sign"))
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
