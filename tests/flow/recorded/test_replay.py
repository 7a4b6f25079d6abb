"""The past played again: a random run, exported through AWS's lists, comes back as it was."""

import dataclasses
import random

import pytest

from cp_teach import Pipeline, Run, Simulated, resources, serve
from cp_teach.engine import EnableTransition, Refused, RetryStage, RollbackStage, StopExecution
from cp_teach.flow.recorded import history
from cp_teach.flow.recorded.export_entry import ExecutionEntry
from cp_teach.flow.recorded.timeline import Record

PIPELINES = (
    {
        "Source": "CodeCommit",
        "Build": "CodeBuild",
        "Test": "Test/CodeBuild",
        "Prod": "Manual then CodeDeploy",
    },
    {
        "Source": "Code:CodeCommit and Assets:S3",
        "Build": "A:CodeBuild and T:Test/CodeBuild then D:CodeDeploy",
        "Prod": "E:CodeDeploy and F:CodeDeploy",
    },
)
ACTS = (
    *["release"] * 2,
    *["advance"] * 4,
    "disable",
    "enable",
    *["approve"] * 2,
    "reject",
    "stop",
    "abandon",
    *["retry"] * 2,
    "inject",
    "roll_back",
)


def walked(seed):
    """A run in which people do whatever they like."""
    chance = random.Random(seed)
    mode = chance.choice(("SUPERSEDED", "SUPERSEDED", "QUEUED", "PARALLEL"))
    shape = Pipeline.of(f"walk{seed}", **chance.choice(PIPELINES), mode=mode)
    run = Run(shape, Simulated(spread=0.5, seed=seed), seed=seed)
    run.release()
    for _ in range(chance.randrange(20, 70)):
        try:
            act(run, chance.choice(ACTS), chance)
        except Refused:
            continue
        # AWS tells milliseconds: nobody acts twice at the same one
        run.advance(seconds=chance.uniform(0.5, 3))
    return run


def act(run, kind, chance):
    stage = chance.choice(run.pipeline.stages)
    later = chance.choice(run.pipeline.stages[1:]).name
    number = chance.randint(1, run.state.newest)
    if kind == "release":
        run.release()
    elif kind == "advance":
        run.advance(seconds=chance.uniform(5, 600))
    elif kind in ("disable", "enable"):
        getattr(run, kind)(later)
    elif kind in ("approve", "reject"):
        getattr(run, kind)()
    elif kind in ("stop", "abandon"):
        run.stop(number, abandon=kind == "abandon")
    elif kind == "retry" and run.state.executions:
        x = chance.choice(run.state.executions)
        run.do(
            RetryStage(x.number, run.state.stage_of(x).name, chance.choice(("FAILED_ACTIONS", "ALL_ACTIONS")))
        )
    elif kind == "inject":
        run.inject(stage.name, chance.choice(stage.actions).name, when="next")
    elif kind == "roll_back":
        run.do(RollbackStage(later, number))


def exported(run):
    with serve(run) as served:
        cp, name = served.client(), run.pipeline.name
        actions = list(cp.get_paginator("list_action_executions").paginate(pipelineName=name))
        executions = list(cp.get_paginator("list_pipeline_executions").paginate(pipelineName=name))
    return actions, executions


def told(run):
    """(executions, actions) as their history shows them, with times in hundredths since the first began."""
    history = run.history
    first = history.executions[1].started

    def since(at):
        return None if at is None else pytest.approx(at - first, abs=0.01)

    executions = {n: (row.status, since(row.started)) for n, row in history.executions.items()}
    actions = {
        (row.execution, row.stage, row.action, row.attempt): (
            row.status,
            since(row.started),
            since(row.ended),
        )
        for row in history.actions
    }
    return executions, actions


def plain(run):
    """The same with bare times."""
    history = run.history
    first = history.executions[1].started
    return (
        {n: (row.status, row.started - first) for n, row in history.executions.items()},
        {
            (row.execution, row.stage, row.action, row.attempt): (
                row.status,
                row.started - first,
                None if row.ended is None else row.ended - first,
            )
            for row in history.actions
        },
    )


def test_a_random_past_comes_back_as_it_was():
    """Statuses and times of every execution and every run of an action, in all modes, with and without its pipeline."""
    inferred, modes, statuses = set(), set(), set()
    for seed in range(10):
        run = walked(seed)
        actions, executions = exported(run)
        for known in (run.pipeline, None):
            again = history(actions, executions, known).replay_with_notes(slack=0.05)
            assert again.notes == [], seed
            assert plain(again.run) == told(run), seed
            inferred |= {type(entry.command).__name__ for entry in again.run.journal}
        modes.add(run.pipeline.mode)
        statuses |= {row.status for row in run.history.executions.values()}
    # the walks are worth something only if all of this was in them
    assert modes == {"SUPERSEDED", "QUEUED", "PARALLEL"}
    assert {"Succeeded", "Failed", "Superseded", "Stopped", "InProgress"} <= statuses
    assert {
        "StartExecution",
        "FinishAction",
        "PutApprovalResult",
        "RetryStage",
        "StopExecution",
        "DisableTransition",
        "EnableTransition",
        "RollbackStage",
    } <= inferred


# -- what the lists do not tell ------------------------------------------------------------------------------
@pytest.fixture
def run():
    shape = Pipeline.of("shop", Source="CodeCommit", Build="CodeBuild", Prod="CodeDeploy")
    return Run(shape, Simulated(), seed=1)


def test_a_closed_door_is_inferred_from_the_waiting(run):
    run.release()
    run.disable("Prod", reason="freeze")
    run.advance(hours=2)
    run.enable("Prod")
    run.advance(hours=1)
    again = history(*exported(run)).replay_with_notes()
    opened = [entry for entry in again.run.journal if isinstance(entry.command, EnableTransition)]
    assert [entry.command.stage for entry in opened] == ["Prod"]
    assert opened[0].at == pytest.approx(2 * 3600, abs=0.01)
    assert again.notes == []


def test_the_service_may_take_its_time(run):
    """Real pipelines pause a few seconds between actions: that is no closed door."""
    run.release()
    run.advance(hours=1)
    past = history(*exported(run))
    slow = dataclasses.replace(
        past,
        actions=tuple(
            dataclasses.replace(row, started=row.started + 4) if row.stage == "Prod" else row
            for row in past.actions
        ),
    )
    again = slow.replay_with_notes()
    assert not any(isinstance(entry.command, EnableTransition) for entry in again.run.journal)
    assert again.notes == []
    strict = slow.replay_with_notes(slack=1)
    assert any(isinstance(entry.command, EnableTransition) for entry in strict.run.journal)


def test_who_waited_for_the_actions_is_told_from_who_abandoned_them(run):
    run.release()
    run.advance(seconds=60)
    run.stop(1)
    run.advance(hours=1)
    run.release()
    run.advance(seconds=60)
    run.stop(2, abandon=True, reason="wrong branch")
    again = history(*exported(run)).replay_with_notes()
    stops = [entry.command for entry in again.run.journal if isinstance(entry.command, StopExecution)]
    assert [(stop.execution, stop.abandon) for stop in stops] == [(1, False), (2, True)]
    assert stops[1].reason == "wrong branch"
    assert again.notes == []


def test_without_the_list_of_executions_the_actions_come_back_all_the_same():
    shape = Pipeline.of("shop", Source="CodeCommit", Build="CodeBuild", Prod="CodeDeploy")
    run = Run(shape, Simulated(), seed=1)
    for _ in range(4):
        run.release()
        run.advance(seconds=90)
    run.advance(hours=1)
    again = history(exported(run)[0]).replay_with_notes(slack=0.05)
    assert plain(again.run)[1] == told(run)[1]
    remarks = history(exported(run)[0]).remarks
    assert any("superseded and stopped executions are unknown" in remark for remark in remarks)


def test_an_export_that_begins_in_the_middle_leaves_out_what_it_does_not_know(run):
    for _ in range(3):
        run.release()
        run.advance(hours=1)
    (actions,), executions = exported(run)
    rows = actions["actionExecutionDetails"][:-1]  # the newest come first; the oldest source action is gone
    past = history(rows, executions, run.pipeline)
    with pytest.warns(UserWarning, match="1 things could not be replayed"):
        again = past.replay()
    assert [row.status for row in again.history.executions.values()] == ["Succeeded"] * 2
    (note,) = past.replay_with_notes().notes
    assert "its record begins at Build" in note
    assert note.startswith("execution entry 3")


def test_another_pipeline_is_told_by_the_first_action_that_it_lacks(run):
    run.release()
    run.advance(hours=1)
    past = history(*exported(run))
    other = Pipeline.of("other", Source="CodeCommit", Release="CodeDeploy")
    notes = past.replay_with_notes(other).notes
    assert "other has no action Build/CodeBuild" in notes[0]


def test_what_the_engine_does_not_believe_is_noted_with_its_entry_and_the_rest_goes_on(run):
    """Two executions in one stage at the same time: not in this mode."""
    run.release()
    run.advance(hours=1)
    run.release()
    run.advance(hours=1)
    past = history(*exported(run), run.pipeline)
    second = past.executions[1].id
    shift = (
        past.actions[1].started
        + 1
        - next(row.started for row in past.actions if (row.execution, row.stage) == (second, "Build"))
    )
    moved = tuple(
        dataclasses.replace(row, started=row.started + shift, ended=row.ended + shift)
        if row.execution == second
        else row
        for row in past.actions
    )
    heads = (
        past.executions[0],
        dataclasses.replace(past.executions[1], started=past.executions[1].started + shift),
    )
    again = dataclasses.replace(past, actions=moved, executions=heads).replay_with_notes(slack=0.05)
    assert any("action entry" in note and "cannot be replayed" in note for note in again.notes)
    assert again.run.history.executions[1].status == "Succeeded"


def test_stage_conditions_are_left_out_because_their_rules_are_in_another_list(run):
    from cp_teach.pipeline import Condition, Conditions, Rule, RuleType

    run.release()
    run.advance(hours=1)
    rule = Rule("Alarm", RuleType("CloudWatchAlarm"), (("AlarmName", "errors"),))
    stages = tuple(
        dataclasses.replace(stage, before_entry=Conditions((Condition("FAIL", (rule,)),)))
        if stage.name == "Prod"
        else stage
        for stage in run.pipeline.stages
    )
    again = history(*exported(run)).replay_with_notes(
        dataclasses.replace(run.pipeline, stages=stages, pipeline_type="V2")
    )
    assert again.notes == []
    assert again.run.history.executions[1].status == "Succeeded"


def test_the_replay_can_be_walked_through_and_saved(run, tmp_path):
    run.release()
    run.advance(hours=1)
    again = history(*exported(run)).replay()
    moment = again.journal.position
    again.jump(1)
    assert again.history.executions[1].status == "InProgress"
    again.jump(moment)
    assert again.history.executions[1].status == "Succeeded"
    assert Run.load(again.save(tmp_path / "past.json")).state == again.state


def test_the_sample_can_be_followed_to_its_end():
    folder = resources.data() / "history"
    past = history(folder / "action-executions.json", folder / "pipeline-executions.json")
    again = past.replay_with_notes()
    assert again.notes == []
    assert {again.numbers[one.id]: one.status for one in past.executions} == {
        number: row.status for number, row in again.run.history.executions.items()
    }


def test_a_slack_that_is_none_is_refused(run):
    run.release()
    run.advance(hours=1)
    with pytest.raises(ValueError, match="slack"):
        history(*exported(run)).replay_with_notes(slack=-1)


def test_of_two_executions_that_began_together_the_later_entry_of_the_export_is_older():
    """AWS lists the newest first."""
    listed = [
        ExecutionEntry(number, name, "InProgress", 0.0, 0.0) for number, name in ((1, "new"), (2, "old"))
    ]
    assert [fact.execution for fact in Record([], listed).facts()] == ["old", "new"]
