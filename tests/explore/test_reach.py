"""Is there a way, is it stuck, and who can unblock it?"""

import pytest

from cp_teach.engine import DeletePipeline, PutApprovalResult, Run
from cp_teach.explore import TooManyStates, can_reach, is_stuck, path, who_can_unblock
from cp_teach.pipeline import Pipeline

GATE = Pipeline.of("gate", Source="S3", Prod="Manual then CodeDeploy")


def delivered(state):
    return state.newest == 1 and not state.executions


def test_a_way_from_where_the_run_is_can_be_played():
    run = Run(GATE)
    run.release()
    run.succeed("Source")
    moves = path(run.state, delivered)
    assert [type(move).__name__ for move in moves] == ["PutApprovalResult", "FinishAction"]
    for move in moves:
        run.do(move)
    assert run.history.executions[1].status == "Succeeded"
    assert path(run.state, lambda state: True) == []


def test_what_no_move_leads_to_cannot_be_reached():
    assert can_reach(GATE, delivered)
    assert not can_reach(GATE, delivered, allow=("release", "finish"))  # nobody approves
    assert path(GATE, delivered, allow=("release", "finish")) is None


def test_no_answer_in_time_is_said_and_nothing_freezes():
    wide = Pipeline.of("wide", Source="S3", A=["CodeBuild"] * 6, B=["CodeBuild"] * 6)
    with pytest.raises(TooManyStates, match=r"no answer for wide after 0\.1 s"):
        path(wide, lambda state: False, seconds=0.1)
    with pytest.raises(TooManyStates, match="limit=100"):
        can_reach(wide, lambda state: False, limit=100)


def test_a_pipeline_is_stuck_when_everything_waits_for_a_person():
    run = Run(GATE)
    assert not is_stuck(run.state)  # at rest
    run.release()
    assert not is_stuck(run.state)  # the source runs
    run.succeed("Source")
    assert is_stuck(run.state)
    run.approve()
    assert not is_stuck(run.state)


def test_who_can_unblock_it_and_how():
    run = Run(GATE)
    run.disable("Prod")
    run.release()
    run.succeed("Source")
    assert [str(each) for each in who_can_unblock(run.state, execution=1)] == [
        "an operator: EnableTransition(stage='Prod')"
    ]
    run.enable("Prod")
    found = who_can_unblock(run.state, stage="Prod")
    assert [(each.who, each.move.status) for each in found] == [
        ("a reviewer", "Approved"),
        ("a reviewer", "Rejected"),
    ]
    for each in found:
        assert isinstance(each.move, PutApprovalResult)
        Run.fork(run).do(each.move)
    run.do(DeletePipeline())
    assert who_can_unblock(run.state, execution=1) == []
    with pytest.raises(LookupError, match="no execution 7"):
        who_can_unblock(Run(GATE).state, execution=7)
