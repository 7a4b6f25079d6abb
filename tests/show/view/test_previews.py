"""What a stop or a rollback will do is said before it is done, and then it does just that."""

from __future__ import annotations

from cp_teach import Pipeline, Run, Simulated
from cp_teach.engine import ByHand, Refused, RollbackStage, StopExecution
from cp_teach.show.view.moves import Legality, move
from cp_teach.show.view.view_model import view


def will(run, command):
    return move(Legality(run.state), command)["will"]


def two_inside():
    run = Run(Pipeline.of("shop", Source="S3", Beta="One:CodeDeploy and Two:CodeDeploy", Prod="CodeDeploy"))
    run.release("First")
    run.succeed("Source")
    run.release("Second")
    run.succeed("Source")
    return run


def test_stop_and_wait_says_which_actions_may_finish():
    run = two_inside()
    assert will(run, StopExecution(1)) == (
        "One and Two in Beta may finish; no other action starts. The status of execution 1 becomes Stopping, and then "
        "Stopped. Stage Beta can be retried afterwards, while no other execution has entered it."
    )
    run.succeed("Beta", "One")
    assert will(run, StopExecution(1)).startswith("Two in Beta may finish;")


def test_stop_and_abandon_says_what_is_abandoned_and_who_enters():
    run = two_inside()
    text = will(run, StopExecution(1, True))
    assert text.startswith("One and Two in Beta are abandoned: their status becomes Abandoned, but")
    assert "The status of execution 1 becomes Stopped." in text
    assert text.endswith("Execution 2 enters Beta.")
    run.stop(1, abandon=True)
    assert run.state.stages[1].holder == 2


def test_an_inbound_execution_that_is_stopped_no_longer_waits():
    run = two_inside()
    assert will(run, StopExecution(2)) == (
        "Execution 2 no longer waits to enter Beta. The status of execution 2 becomes Stopped."
    )


def test_a_rollback_names_the_new_execution_and_what_stays():
    run = Run(Pipeline.of("shop", Source="S3", Beta="CodeDeploy", Prod="CodeDeploy", type="V2"), Simulated())
    for message in ("One", "Two"):
        run.release(message)
        run.settle()
    assert will(run, RollbackStage("Beta", 1)) == (
        "Execution 3 starts in Beta, with the source revisions and the artifacts of execution 1. CodeDeploy starts. "
        "Prod stays as before. The last execution that succeeded in Beta is 2."
    )
    labels = {m["label"]: m for m in view(run)["stages"][1]["retry"]}
    assert labels["Start rollback to #1"]["will"]


def test_a_refused_stop_has_its_reason_and_no_preview():
    run = Run(Pipeline.of("shop", Source="S3", Beta="CodeDeploy"), ByHand())
    run.release()
    run.stop(1)
    shown = move(Legality(run.state), StopExecution(1))
    assert "already stopping" in shown["no"]
    assert "will" not in shown
    assert isinstance(Legality(run.state).refusal(StopExecution(1)), Refused)
