"""Stories of stopping a release and of trying again."""

import pytest
from engine_stories import error, line, place, plain, to

from cp_teach.engine import ALL_ACTIONS
from cp_teach.engine.queries.command_targets import actions_in_progress


# -- stopping --------------------------------------------------------------------------------------
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


# -- retrying --------------------------------------------------------------------------------------
def test_a_retry_keeps_successful_mates_the_number_and_the_revision() -> None:
    run = line()
    run.release("first")
    to(run, "Source")
    run.succeed("Build", "Compile")
    run.succeed("Build", "Lint")
    run.fail("Build", "Unit")
    run.retry("Build")
    assert [(n, a) for n, _, a in actions_in_progress(run.state, "Build", None)] == [(1, "Unit")]
    assert run.state.newest == 1
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
    assert [a for *_, a in actions_in_progress(run.state, "Build", None)] == ["Compile"]
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
