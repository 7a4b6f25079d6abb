"""What people have recorded of the real service, told once more: attempts, boundaries of rollback, stops, approvals."""

import dataclasses

import pytest

from cp_teach.engine import Refused, Run
from cp_teach.engine.model.commands import PutApprovalResult
from cp_teach.pipeline import Pipeline

V2 = dataclasses.replace(
    Pipeline.of("shop", Source="S3", Beta="One:CodeDeploy and Two:CodeDeploy", Prod="Manual then CodeDeploy"),
    pipeline_type="V2",
)


def in_beta(*numbers: int) -> Run:
    """A run in which these executions, one after the other, have succeeded in Beta; the last is in Prod."""
    run = Run(V2)
    for _ in numbers:
        run.release()
        run.succeed("Source")
        run.succeed("Beta", "One")
        run.succeed("Beta", "Two")
    return run


def attempts(run: Run, stage: str) -> list[tuple[str, int, str]]:
    return [(row.action, row.attempt, row.status) for row in run.history.actions if row.stage == stage]


def error(act: object, *args: object, **named: object) -> str:
    with pytest.raises(Refused) as refused:
        act(*args, **named)  # type: ignore[operator]  # a method of the run
    return refused.value.error


def test_retry_counters() -> None:
    """Each attempt is an action execution of its own; what succeeded is not counted again."""
    run = Run(V2)
    run.release()
    run.succeed("Source")
    run.fail("Beta", "One")
    run.succeed("Beta", "Two")
    run.retry("Beta")
    run.fail("Beta", "One")
    run.retry("Beta", "ALL_ACTIONS")
    assert attempts(run, "Beta") == [
        ("One", 1, "Failed"),
        ("Two", 1, "Succeeded"),
        ("One", 2, "Failed"),
        ("One", 3, "InProgress"),
        ("Two", 2, "InProgress"),
    ]
    assert run.state.newest == 1  # a retry keeps the execution


def test_while_a_retry_runs_there_is_no_other() -> None:
    run = Run(V2)
    run.release()
    run.succeed("Source")
    run.fail("Beta", "One")
    run.succeed("Beta", "Two")
    run.retry("Beta")
    assert error(run.retry, "Beta") == "StageNotRetryableException"
    assert error(run.retry, "Beta", "ALL_ACTIONS") == "StageNotRetryableException"


def test_rollback_boundaries() -> None:
    run = in_beta(1, 2)
    assert error(run.rollback, "Prod", 1) == "UnableToRollbackStageException"  # it never succeeded there
    run.rollback("Beta", 1)
    assert error(run.rollback, "Beta", 1) == "UnableToRollbackStageException"  # one is in progress
    assert run.history.executions[3].kind == "ROLLBACK"
    assert run.history.executions[3].trigger == "ManualRollback"
    assert run.history.executions[3].revisions == run.history.executions[1].revisions
    run.succeed("Beta", "One")
    run.succeed("Beta", "Two")
    assert run.history.executions[3].status == "Succeeded"
    assert 3 not in (x.number for x in run.state.executions)  # it never came to Prod
    assert error(run.rollback, "Beta", 3) == "UnableToRollbackStageException"  # a rollback is no target


def test_a_rollback_can_be_stopped_and_retried_with_all_actions() -> None:
    run = in_beta(1, 2)
    run.rollback("Beta", 1)
    run.succeed("Beta", "One")
    run.stop(3, abandon=True)
    assert run.history.executions[3].status == "Stopped"
    run.retry("Beta", "ALL_ACTIONS")
    assert [row for row in attempts(run, "Beta") if row[2] == "InProgress"] == [
        ("One", 2, "InProgress"),
        ("Two", 2, "InProgress"),
    ]
    run.fail("Beta", "One")
    run.succeed("Beta", "Two")
    run.retry("Beta", "ALL_ACTIONS")
    assert run.history.executions[3].status == "InProgress"


def test_a_stopped_stage_can_be_rolled_back() -> None:
    run = in_beta(1)
    run.release()
    run.succeed("Source")
    run.stop(2, abandon=True)
    run.rollback("Beta", 1)
    assert run.state.stages[1].holder == 3


def test_stop_and_wait_with_a_pending_approval_stays_until_it_is_answered() -> None:
    run = in_beta(1)
    run.stop(1)
    assert run.history.executions[1].status == "Stopping"
    assert error(run.stop, 1) == "DuplicatedStopRequestException"
    run.approve()
    assert attempts(run, "Prod") == [("Approve", 1, "Succeeded")]  # and the deployment never began
    assert run.history.executions[1].status == "Stopped"
    assert error(run.stop, 1) == "PipelineExecutionNotStoppableException"


def test_what_is_reported_after_an_abandon_changes_nothing() -> None:
    run = Run(V2)
    run.release()
    run.succeed("Source")
    run.stop(1, abandon=True)
    before = run.state
    assert error(run.succeed, "Beta", "One") == "InvalidJobStateException"
    assert run.state == before


def test_a_required_summary_keeps_the_approval_open() -> None:
    structure = V2.to_aws()
    structure["stages"][2]["actions"][0]["configuration"] = {"IsSummaryRequired": "true"}
    run = Run(Pipeline.from_aws(structure))
    run.release()
    for stage, action in (("Source", "S3"), ("Beta", "One"), ("Beta", "Two")):
        run.succeed(stage, action)
    blank = PutApprovalResult(1, "Prod", "Approve", "Approved", "  ")
    assert error(run.do, blank) == "InvalidApprovalTokenException"
    run.do(blank._replace(summary="Reviewed."))
    assert attempts(run, "Prod")[0] == ("Approve", 1, "Succeeded")
