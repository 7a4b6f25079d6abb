"""What type V2 adds, as stories: conditions, rollback, automatic retry, variables, editing, PARALLEL, time."""

import dataclasses

import pytest
from engine_walks import SMALL, choices, dressed, judged, pipeline
from hypothesis import given
from hypothesis import strategies as st

from cp_teach.engine import Readings, Refused, Run, State, initial_state, invariant_violation, legal, step
from cp_teach.engine.model.commands import (
    DeletePipeline,
    EditPipeline,
    FinishAction,
    OverrideCondition,
    StartExecution,
)
from cp_teach.pipeline import Conditions, Pipeline, Variable
from cp_teach.work import Simulated

SHOP = dataclasses.replace(
    Pipeline.of("shop", Source="S3", Beta="CodeDeploy", Prod="CodeDeploy"), pipeline_type="V2"
)


def shop(**changes: object) -> Pipeline:
    """The shop with something more in its stage Beta, or in the pipeline itself."""
    beta = {key: changes.pop(key) for key in ("before_entry", "on_success", "on_failure") if key in changes}
    stages = [dataclasses.replace(s, **beta) if s.name == "Beta" else s for s in SHOP.stages]
    return dataclasses.replace(SHOP, stages=tuple(stages), **changes)


def status(run: Run, number: int) -> str:
    return run.history.executions[number].status


def through(run: Run, *stages: str) -> None:
    """A change is released and succeeds in these stages."""
    run.release()
    for stage in stages:
        run.succeed(stage)


def error(act: object, *args: object, **named: object) -> str:
    with pytest.raises(Refused) as refused:
        act(*args, **named)
    return f"{refused.value.error}: {refused.value}"


# -- stage conditions ------------------------------------------------------------------------------
def test_before_entry_fail_keeps_the_stage_from_starting_and_can_be_overridden() -> None:
    run = Run(shop(before_entry=judged("FAIL")))
    through(run, "Source")
    assert run.state.stages[1].holder == 1  # it is in the stage and has locked it, and no action has begun
    assert "Alarm and Check are in progress before its first action" in str(run.why(stage="Beta"))
    run.met("Beta", "Alarm")
    run.unmet("Beta", "Check", "no")
    assert status(run, 1) == "Failed"
    assert run.history.executions[1].conditions == {("Beta", "BEFORE_ENTRY"): "Failed"}
    assert not any(row.stage == "Beta" for row in run.history.actions)
    run.override("Beta")
    run.succeed("Beta")
    run.succeed("Prod")
    assert status(run, 1) == "Succeeded"


def test_before_entry_skip_moves_on_without_the_stage() -> None:
    run = Run(shop(before_entry=judged("SKIP")))
    through(run, "Source")
    run.unmet("Beta", "Alarm")
    run.met("Beta", "Check")
    assert run.history.executions[1].visits["Beta"] == "Skipped"
    assert run.state.stages[2].holder == 1
    assert "ConditionNotOverridable" in error(run.override, "Beta")
    assert "NotRetryable" in error(run.retry, "Beta", execution=1)


def test_retrying_a_stage_that_failed_by_its_condition_judges_it_anew() -> None:
    run = Run(shop(before_entry=judged("FAIL")))
    through(run, "Source")
    run.unmet("Beta", "Alarm")
    run.unmet("Beta", "Check")
    run.retry("Beta")
    run.met("Beta", "Alarm")
    run.met("Beta", "Check")
    assert run.state.execution(1).actions == ("InProgress",)


def test_on_success_guards_the_way_out_and_an_override_counts_as_success() -> None:
    run = Run(shop(on_success=judged("FAIL")))
    through(run, "Source", "Beta")
    run.unmet("Beta", "Alarm")
    run.met("Beta", "Check")
    assert status(run, 1) == "Failed"
    run.override("Beta")
    assert run.state.stages[2].holder == 1
    assert run.state.stages[1].succeeded == 1


def test_once_another_has_entered_no_condition_can_be_overridden() -> None:
    run = Run(shop(on_success=judged("FAIL")))
    through(run, "Source", "Beta")
    through(run, "Source")
    run.unmet("Beta", "Alarm")
    run.unmet("Beta", "Check")  # unlocks: execution 2 enters
    message = error(run.do, OverrideCondition(1, "Beta", "ON_SUCCESS"))
    assert message.startswith("NotLatestPipelineExecutionException")


def test_the_other_reading_of_on_success_applies_its_result_when_the_rules_are_met() -> None:
    run = Run(shop(on_success=judged("FAIL")), readings=Readings(on_success="met"))
    through(run, "Source", "Beta")
    run.met("Beta", "Alarm")
    run.met("Beta", "Check")
    assert status(run, 1) == "Failed"


def test_a_simulated_worker_judges_rules_by_itself() -> None:
    happy = Run(shop(before_entry=judged("FAIL")), Simulated())
    happy.release()
    happy.settle()
    assert status(happy, 1) == "Succeeded"
    alarmed = Run(shop(before_entry=judged("FAIL")), Simulated(unmet=["Alarm"]))
    alarmed.release()
    alarmed.settle()
    assert status(alarmed, 1) == "Failed"
    assert [(row.rule, row.status) for row in alarmed.history.rules] == [
        ("Alarm", "Failed"),
        ("Check", "Succeeded"),
    ]


# -- rollback --------------------------------------------------------------------------------------
def test_a_rollback_is_a_new_execution_that_stays_in_its_stage() -> None:
    run = Run(SHOP)
    through(run, "Source", "Beta", "Prod")
    through(run, "Source", "Beta", "Prod")
    run.rollback("Beta")
    row = run.history.executions[3]
    assert (row.kind, row.target, row.trigger) == ("ROLLBACK", 1, "ManualRollback")
    assert row.revisions == run.history.executions[1].revisions
    run.succeed("Beta")
    assert status(run, 3) == "Succeeded"
    assert run.running_in("Beta").revisions == run.history.executions[1].revisions
    assert run.running_in("Prod").execution == 2  # later stages keep what they have
    assert (
        run.history.latest["Beta", "CodeDeploy"].inputs[0].execution == 1
    )  # the very artifact of the target


@pytest.mark.parametrize(
    ("stage", "target", "words"),
    [
        ("Beta", 9, "PipelineExecutionNotFoundException"),
        ("Nope", 1, "StageNotFoundException"),
        (
            "Prod",
            2,
            "UnableToRollbackStageException: Target pipeline execution has not completed successfully",
        ),
        ("Beta", 1, "UnableToRollbackStageException: Cannot start rollback while the stage is in progress"),
    ],
)
def test_what_cannot_be_rolled_back_says_why(stage: str, target: int, words: str) -> None:
    run = Run(SHOP)
    through(run, "Source", "Beta", "Prod")
    through(run, "Source")
    assert words in error(run.rollback, stage, target)


def test_a_rollback_is_no_target_and_an_older_version_is_none_either() -> None:
    run = Run(SHOP)
    through(run, "Source", "Beta", "Prod")
    run.rollback("Beta", 1)
    run.succeed("Beta")
    assert "has not completed successfully" in error(run.rollback, "Beta", 2)
    run.edit(SHOP)
    assert "PipelineExecutionOutdatedException" in error(run.rollback, "Beta", 1)


def test_a_pipeline_of_type_v1_cannot_roll_back() -> None:
    run = Run(Pipeline.of("old", Source="S3", Beta="CodeDeploy"))
    through(run, "Source", "Beta")
    assert "needs a pipeline of type V2" in error(run.rollback, "Beta", 1)


def test_a_failure_rolls_back_by_itself_when_there_is_something_to_go_back_to() -> None:
    run = Run(shop(on_failure=Conditions(result="ROLLBACK")))
    through(run, "Source")
    run.fail("Beta")
    assert run.state.newest == 1  # nothing has ever succeeded here: nothing happens
    through(run, "Source", "Beta", "Prod")
    through(run, "Source")
    run.fail("Beta")
    assert run.history.executions[4].trigger == "AutomatedRollback"
    assert run.history.executions[4].target == 2
    run.fail("Beta")
    assert run.state.newest == 4  # a rollback that fails is not rolled back


def test_a_waiting_execution_enters_only_after_the_automatic_rollback() -> None:
    run = Run(shop(on_failure=Conditions(result="ROLLBACK")))
    through(run, "Source", "Beta", "Prod")
    through(run, "Source")
    through(run, "Source")  # waits at the door of Beta
    run.fail("Beta")
    assert run.state.stages[1].holder == 4
    assert run.state.stages[1].inbound == (3,)
    run.succeed("Beta")
    assert run.state.stages[1].holder == 3


# -- automatic retry -------------------------------------------------------------------------------
def test_a_stage_is_retried_once_by_itself() -> None:
    run = Run(shop(on_failure=Conditions(result="RETRY")))
    through(run, "Source")
    run.fail("Beta")
    assert status(run, 1) == "InProgress"
    run.fail("Beta")
    assert status(run, 1) == "Failed"
    assert [row.attempt for row in run.history.actions if row.stage == "Beta"] == [1, 2]
    run.retry("Beta")
    run.fail("Beta")
    assert status(run, 1) == "Failed"  # one attempt only, whoever retried since


# -- variables -------------------------------------------------------------------------------------
def variables() -> Pipeline:
    declared = (Variable("Colour", "blue"), Variable("Size"))
    pipe = Pipeline.of("vars", Source="CodeCommit", Beta="CodeDeploy")
    source, beta = pipe.stages
    settings = (
        ("ApplicationName", "#{variables.Colour}-#{variables.Size}"),
        ("DeploymentGroupName", "#{Code.CommitId}"),
    )
    named = dataclasses.replace(source, actions=(dataclasses.replace(source.actions[0], namespace="Code"),))
    told = dataclasses.replace(beta, actions=(dataclasses.replace(beta.actions[0], configuration=settings),))
    return dataclasses.replace(pipe, stages=(named, told), pipeline_type="V2", variables=declared)


def test_references_are_filled_in_just_before_the_action_starts() -> None:
    run = Run(variables())
    run.release(variables={"Size": "L"})
    run.succeed("Source")
    commit = run.history.executions[1].revisions[0].id
    assert run.resolved("Beta", "CodeDeploy") == {"ApplicationName": "blue-L", "DeploymentGroupName": commit}


def test_a_missing_variable_fails_the_execution_and_not_the_call() -> None:
    run = Run(variables())
    run.release()
    assert status(run, 1) == "Failed"
    assert run.history.executions[1].reason == "Values for required variables haven't been provided: Size"
    assert run.history.executions[1].visits == {}
    run.release(variables={"Nope": "x", "Size": "L"})  # one that is not declared is ignored (as recorded)
    assert "Nope" not in dict(run.history.executions[2].variables)


def test_an_unknown_key_fails_the_action_at_run_time() -> None:
    pipe = variables()
    source, beta = pipe.stages
    lost = dataclasses.replace(beta.actions[0], configuration=(("ApplicationName", "#{Code.Nope}"),))
    run = Run(dataclasses.replace(pipe, stages=(source, dataclasses.replace(beta, actions=(lost,)))))
    run.release(variables={"Size": "L"})
    run.succeed("Source")
    assert status(run, 1) == "Failed"
    assert run.history.latest["Beta", "CodeDeploy"].failure == "ConfigurationError"
    assert "#{Code.Nope}, which has no value" in run.history.latest["Beta", "CodeDeploy"].message


def test_an_approval_whose_words_have_no_value_fails_and_asks_nobody() -> None:
    pipe = Pipeline.of("shop", Source="CodeCommit", Prod="Manual then CodeDeploy")
    source, prod = pipe.stages
    approval = dataclasses.replace(
        prod.actions[0], configuration=(("CustomData", "Release #{Build.VERSION}?"),)
    )
    lost = dataclasses.replace(prod, actions=(approval, *prod.actions[1:]))
    run = Run(dataclasses.replace(pipe, stages=(source, lost)))
    run.release()
    run.succeed("Source")
    assert status(run, 1) == "Failed"
    assert run.history.latest["Prod", approval.name].failure == "ConfigurationError"
    asked = Run(pipe)
    asked.release()
    asked.succeed("Source")
    assert "no worker can finish it" in error(asked.do, FinishAction(1, "Prod", approval.name, "JobFailed"))


def test_a_source_revision_override_takes_the_place_of_the_newest() -> None:
    run = Run(variables())
    run.release(variables={"Size": "L"}, revisions={"CodeCommit": "abc123"})
    assert [r.id for r in run.history.executions[1].revisions] == ["abc123"]
    old = Run(Pipeline.of("old", Source="S3", Beta="CodeDeploy"))
    assert "need a pipeline of type V2" in error(old.release, revisions={"S3": "v1"})
    bucket = Run(SHOP)
    assert "does not allow another object key" in error(bucket.release, revisions={"S3": "key:other.zip"})


# -- editing ---------------------------------------------------------------------------------------
def test_an_edit_lets_what_runs_finish_and_cancels_the_rest() -> None:
    run = Run(SHOP)
    through(run, "Source")
    through(run, "Source")  # 2 waits at Beta
    run.edit(shop(on_failure=Conditions(result="RETRY")))
    assert status(run, 2) == "Cancelled"
    assert status(run, 1) == "InProgress"
    run.succeed("Beta")
    assert status(run, 1) == "Cancelled"
    assert run.state.stages[2].entered == 0
    assert run.state.newest == 2  # an edit starts nothing


@pytest.mark.parametrize(
    ("stages", "words"),
    [
        ((), "shop has no stages."),
        ((SHOP.stages[0], dataclasses.replace(SHOP.stages[1], actions=())), "The stage Beta has no actions."),
        ((*SHOP.stages, SHOP.stages[2]), "Two stages have the same name."),
    ],
)
def test_a_definition_that_nothing_could_walk_through_is_refused(stages: tuple, words: str) -> None:
    run = Run(SHOP)
    through(run, "Source")
    told = error(run.edit, dataclasses.replace(SHOP, stages=stages))
    assert told.startswith(f"InvalidStructureException: {words}")
    assert "pipeline.check()" in told
    assert run.pipeline == SHOP
    assert status(run, 1) == "InProgress"


def test_the_older_reading_of_an_edit_fails_them() -> None:
    run = Run(SHOP, readings=Readings(edited="Failed"))
    through(run, "Source")
    run.edit(SHOP)
    run.succeed("Beta")
    assert status(run, 1) == "Failed"
    assert "has been edited" in error(run.retry, "Beta")


@pytest.mark.parametrize(("reading", "after"), [("in progress", "InProgress"), ("ended", "Cancelled")])
def test_an_approval_cannot_be_answered_after_an_edit(reading: str, after: str) -> None:
    run = Run(
        Pipeline.of("gate", Source="S3", Prod="Manual then CodeDeploy"),
        readings=Readings(approval_after_edit=reading),
    )
    through(run, "Source")
    run.edit(run.pipeline)
    assert status(run, 1) == after
    assert "InvalidApprovalToken" in error(run.approve, "Prod", "Approve")
    if after == "InProgress":
        run.stop(1, abandon=True)
        assert status(run, 1) == "Stopped"
        assert run.state.stages[1].holder == 0


def test_a_rollback_of_the_source_stage_fetches_the_newest_revision_for_its_targets_artifact() -> None:
    run = Run(SHOP)
    through(run, "Source")
    through(run, "Source")
    old, artifact = run.history.executions[1].revisions, run.history.artifacts(1)[0]
    run.rollback("Source", 1)
    run.do(FinishAction(3, "Source", "S3", external_id="newest"))
    again = run.history.artifacts(3)[0]
    assert run.history.executions[3].status == "Succeeded"
    assert run.history.executions[3].revisions == old
    assert again.key(run.id, "shop") == artifact.key(run.id, "shop")
    assert [revision.id for revision in again.sources] == ["newest"]


def test_a_failed_stage_is_not_retryable_after_an_edit() -> None:
    run = Run(SHOP)
    through(run, "Source")
    run.fail("Beta")
    run.edit(SHOP)
    assert "StageNotRetryableException: The pipeline has been edited" in error(run.retry, "Beta")
    assert "cannot be retried since" in str(run.why(execution=1))


def test_a_stage_can_be_taken_away_under_an_execution() -> None:
    run = Run(SHOP)
    through(run, "Source")
    run.disable("Prod")
    run.edit(dataclasses.replace(SHOP, stages=(SHOP.stages[0], SHOP.stages[2])))
    assert invariant_violation(run.state) == ""
    assert run.state.stages[1].transition == "disabled"  # transitions are kept by the name of their stage
    run.succeed("Beta")
    assert status(run, 1) == "Cancelled"
    through(run, "Source")
    assert run.state.stages[1].inbound == (2,)


def test_a_definition_that_aws_would_refuse_is_refused_with_its_place() -> None:
    run = Run(SHOP)
    assert "PipelineNotFoundException" in error(run.edit, dataclasses.replace(SHOP, name="other"))
    bad = dataclasses.replace(SHOP, stages=SHOP.stages[:1])
    assert "a minimum of 2 stages" in error(run.edit, bad)
    assert run.pipeline is SHOP


# -- PARALLEL --------------------------------------------------------------------------------------
def test_in_parallel_mode_nobody_waits_and_nobody_is_superseded() -> None:
    run = Run(
        dataclasses.replace(SHOP, execution_mode="PARALLEL"), readings=Readings(parallel_rollback="refused")
    )
    for _ in range(3):
        through(run, "Source")
    assert [x.stage for x in run.state.executions] == [1, 1, 1]
    run.succeed("Beta", "CodeDeploy")
    assert "PARALLEL" in error(run.rollback, "Beta", 1)


def test_five_actions_of_a_parallel_execution_run_at_a_time() -> None:
    wide = Pipeline.of("wide", Source="S3", Beta=[f"D{n}:CodeDeploy" for n in range(7)], mode="PARALLEL")
    run = Run(wide)
    through(run, "Source")
    assert run.state.execution(1).actions.count("InProgress") == 5
    run.succeed("Beta", "D0")
    assert run.state.execution(1).actions.count("InProgress") == 5
    for number in range(1, 7):
        run.succeed("Beta", f"D{number}")
    assert status(run, 1) == "Succeeded"


def test_a_parallel_execution_keeps_the_definition_it_began_with() -> None:
    run = Run(dataclasses.replace(SHOP, execution_mode="PARALLEL"))
    through(run, "Source")
    run.edit(dataclasses.replace(run.pipeline, stages=(*SHOP.stages[:2],)))
    through(run, "Source")
    run.succeed("Beta", "CodeDeploy")
    run.succeed("Beta", "CodeDeploy")
    assert (status(run, 1), status(run, 2)) == ("InProgress", "Succeeded")
    run.succeed("Prod")
    assert status(run, 1) == "Succeeded"


@given(st.booleans(), choices)
def test_parallel_executions_do_not_touch_each_other(bare: bool, picks: list[int]) -> None:
    pipe = dataclasses.replace(SMALL[0], execution_mode="PARALLEL")
    pipe = pipe if bare else dressed(pipe, [1, 6, 0])
    state, told = initial_state(pipe), {}
    for _ in range(3):
        state, events = step(state, StartExecution())
        told[state.newest] = ([], list(events))
    for pick in picks:
        options = [c for c in legal(state) if hasattr(c, "execution")]
        if not options:
            break
        command = options[pick % len(options)]
        state, events = step(state, command)
        assert invariant_violation(state) == ""
        told[command.execution][0].append(command)
        told[command.execution][1].extend(events)
    for number, (commands, events) in told.items():
        alone: State = initial_state(pipe)
        for _ in range(number):  # the others are there and never move
            alone, started = step(alone, StartExecution())
        again = list(started)
        for command in commands:
            alone, more = step(alone, command)
            again += more
        assert again == events


def test_changing_the_mode_cancels_what_is_under_way() -> None:
    run = Run(SHOP)
    through(run, "Source")
    run.edit(dataclasses.replace(SHOP, execution_mode="PARALLEL"))
    through(run, "Source")
    assert run.state.execution(2).stage == 1  # it does not wait for the lock of the old one
    run.do(FinishAction(1, "Beta", "CodeDeploy"))
    assert status(run, 1) == "Cancelled"


# -- time ------------------------------------------------------------------------------------------
def test_after_thirty_days_enabling_resumes_nothing_until_the_next_arrives() -> None:
    run = Run(SHOP)
    run.disable("Beta")
    through(run, "Source")
    run.advance(days=31)
    assert run.state.stages[1].transition == "expired"
    assert "more than 30 days" in str(run.why(execution=1))
    run.enable("Beta")
    assert run.state.stages[1].inbound == (1,)
    assert "Release a change" in str(run.why(execution=1))
    through(run, "Source")
    assert status(run, 1) == "Superseded"
    assert run.state.stages[1].holder == 2


def test_within_thirty_days_who_waits_enters_at_once() -> None:
    run = Run(SHOP)
    run.disable("Beta")
    through(run, "Source")
    run.advance(days=29)
    run.enable("Beta")
    assert run.state.stages[1].holder == 1


def test_in_a_queue_the_first_who_waits_enters_when_the_next_arrives() -> None:
    run = Run(dataclasses.replace(SHOP, execution_mode="QUEUED"))
    run.disable("Beta")
    through(run, "Source")
    run.advance(days=31)
    run.enable("Beta")
    through(run, "Source")
    assert run.state.stages[1].holder == 1
    assert run.state.stages[1].inbound == (2,)


def test_actions_and_approvals_run_into_their_time_limits() -> None:
    run = Run(Pipeline.of("gate", Source="S3", Prod="Manual then CodeDeploy"))
    through(run, "Source")
    run.advance(days=6.9)
    assert status(run, 1) == "InProgress"
    run.advance(days=0.2)
    assert status(run, 1) == "Failed"
    assert run.history.actions[-1].message == "The action timed out."


def test_an_event_over_the_limit_of_a_queue_just_fails() -> None:
    run = Run(pipeline("S3", ["A{n}:CodeBuild"], "QUEUED"))
    for _ in range(50):
        run.release()
    assert "Concurrent" in error(run.release)
    run.do(StartExecution(trigger="CloudWatchEvent"))
    assert status(run, 51) == "Failed"


def test_a_v2_run_is_saved_and_read_again(tmp_path) -> None:
    run = Run(shop(on_failure=Conditions(result="ROLLBACK")), readings=Readings(edited="Failed"))
    through(run, "Source", "Beta", "Prod")
    through(run, "Source")
    run.fail("Beta")
    run.succeed("Beta")
    run.edit(variables_named_shop())
    run.release(variables={"Size": "L"})
    again = Run.load(run.save(tmp_path / "run.json"))
    assert again.read_only == ""
    assert again.state == run.state
    assert again.history.executions == run.history.executions
    assert not isinstance(again.legal()[0], DeletePipeline | EditPipeline)


def variables_named_shop() -> Pipeline:
    return dataclasses.replace(variables(), name="shop")
