"""Each kind of move is listed where it can be done, and what must be refused is refused with AWS's error."""

import dataclasses
import re

import pytest
from engine_walks import judged

from cp_teach.engine import (
    Override,
    Readings,
    Refused,
    Revision,
    Run,
    StartExecution,
    initial_state,
    legal,
    step,
)
from cp_teach.engine.model.commands import ExpireTransition, OverrideCondition, RollbackStage, TimeOut
from cp_teach.engine.queries.variable_resolution import namespaces
from cp_teach.pipeline import Conditions, Pipeline

SHOP = Pipeline.of("shop", Source="Fetch:S3", Beta="CodeDeploy", Prod="CodeDeploy", type="V2")
BOTH = Pipeline.of("both", Source=["Bucket:S3", "Code:CodeCommit"], Prod="CodeDeploy", type="V2")


def with_stage(name: str, pipeline: Pipeline = SHOP, **changes: object) -> Pipeline:
    """The same pipeline with a stage changed."""
    return dataclasses.replace(
        pipeline,
        stages=tuple(dataclasses.replace(s, **changes) if s.name == name else s for s in pipeline.stages),
    )


def through(run: Run, *stages: str) -> None:
    run.release()
    for stage in stages:
        run.succeed(stage)


# -- what is listed ------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("condition", "where", "before"),
    [("BEFORE_ENTRY", "before_entry", ("Source",)), ("ON_SUCCESS", "on_success", ("Source", "Beta"))],
)
def test_a_condition_that_failed_its_stage_can_be_overridden(
    condition: str, where: str, before: tuple[str, ...]
) -> None:
    run = Run(with_stage("Beta", **{where: judged("FAIL")}))
    through(run, *before)
    move = OverrideCondition(1, "Beta", condition)
    assert move not in run.legal()
    run.unmet("Beta", "Alarm")
    run.unmet("Beta", "Check")
    assert move in run.legal()
    run.do(move)
    assert move not in run.legal()


def test_a_stage_can_be_rolled_back_to_each_execution_that_succeeded_there() -> None:
    run = Run(SHOP)
    for _ in range(2):
        through(run, "Source", "Beta", "Prod")
    wanted = [RollbackStage(stage, target) for stage in ("Source", "Beta", "Prod") for target in (1, 2)]
    assert [move for move in run.legal() if isinstance(move, RollbackStage)] == wanted
    v1 = Run(dataclasses.replace(SHOP, pipeline_type="V1"))
    through(v1, "Source", "Beta", "Prod")
    assert not [move for move in v1.legal() if isinstance(move, RollbackStage)]


def test_every_running_action_can_run_into_its_time_limit() -> None:
    run = Run(SHOP)
    run.release()
    assert [move for move in run.legal() if isinstance(move, TimeOut)] == [TimeOut(1, "Source", "Fetch")]


# -- automatic rollback --------------------------------------------------------------------------------------------
def test_the_source_stage_is_not_rolled_back_automatically() -> None:
    run = Run(with_stage("Source", on_failure=Conditions(result="ROLLBACK")))
    through(run, "Source", "Beta", "Prod")
    run.release()
    run.fail("Source")
    assert run.state.newest == 2
    assert run.history.executions[2].status == "Failed"


@pytest.mark.parametrize(("reading", "newest"), [("refused", 2), ("allowed", 3)])
def test_in_parallel_mode_only_the_other_reading_rolls_back_automatically(reading: str, newest: int) -> None:
    pipeline = with_stage("Beta", on_failure=Conditions(result="ROLLBACK"))
    parallel = dataclasses.replace(pipeline, execution_mode="PARALLEL")
    run = Run(parallel, readings=Readings(parallel_rollback=reading))
    through(run, "Source", "Beta", "Prod")
    run.release()
    run.succeed("Source")
    run.fail("Beta")
    assert run.state.newest == newest


# -- what a release brings -----------------------------------------------------------------------------------------
KEY = Override("Bucket", "S3_OBJECT_KEY", "other.zip")
VERSION = Override("Bucket", "S3_OBJECT_VERSION_ID", "v7")
COMMIT = Override("Code", "COMMIT_ID", "c0ffee")


def allowing(answer: str = "true") -> Pipeline:
    """The pipeline of two sources, whose bucket lets a release name another key."""
    source = BOTH.stages[0]
    bucket = dataclasses.replace(
        source.actions[0],
        configuration=(
            ("S3Bucket", "b"),
            ("S3ObjectKey", "app.zip"),
            ("AllowOverrideForS3ObjectKey", answer),
        ),
    )
    return with_stage("Source", BOTH, actions=(bucket, *source.actions[1:]))


@pytest.mark.parametrize(
    ("command", "message"),
    [
        (StartExecution((Revision("Code", "1"), Revision("Code", "2"))), "two revisions for Code"),
        (StartExecution(overrides=(COMMIT, COMMIT)), "two revisions for Code"),
        (StartExecution(overrides=(Override("Code", "IMAGE_DIGEST", "sha256:1"),)), "no revision of type"),
        (StartExecution(overrides=(Override("Bucket", "COMMIT_ID", "1"),)), "no revision of type"),
        (StartExecution(overrides=(Override("Code", "", "1"),)), "no revision of type"),
        (StartExecution(overrides=(Override("Code", "COMMIT_ID", ""),)), "is empty"),
    ],
)
def test_a_release_that_contradicts_itself_is_a_validation_exception(
    command: StartExecution, message: str
) -> None:
    with pytest.raises(Refused, match=message) as refused:
        step(initial_state(allowing()), command)
    assert refused.value.error == "ValidationException"


@pytest.mark.parametrize("answer", ["false", ""])
def test_another_object_key_must_be_allowed_by_the_source(answer: str) -> None:
    with pytest.raises(Refused, match="does not allow another object key") as refused:
        step(initial_state(allowing(answer)), StartExecution(overrides=(KEY,)))
    assert refused.value.error == "ValidationException"
    state, _ = step(initial_state(allowing("True")), StartExecution(overrides=(KEY,)))
    assert state.newest == 1


def test_an_override_for_what_is_no_source_is_not_found() -> None:
    with pytest.raises(Refused) as refused:
        step(initial_state(BOTH), StartExecution(overrides=(Override("CodeDeploy", "COMMIT_ID", "1"),)))
    assert refused.value.error == "ActionNotFoundException"


@pytest.mark.parametrize(
    ("overrides", "key"), [((KEY, COMMIT), "other.zip"), ((VERSION,), "app.zip"), ((), "app.zip")]
)
def test_the_variable_object_key_is_the_key_that_was_fetched(
    overrides: tuple[Override, ...], key: str
) -> None:
    pipeline = allowing()
    named = dataclasses.replace(pipeline.stages[0].actions[0], namespace="Src")
    run = Run(with_stage("Source", pipeline, actions=(named, *pipeline.stages[0].actions[1:])))
    run.do(StartExecution((Revision("Bucket", "v7"),), overrides=overrides))
    run.succeed("Source", "Bucket")
    assert namespaces(run.history, 1, run.id)["Src"]["ObjectKey"] == key


# -- why -----------------------------------------------------------------------------------------------------------
def test_why_says_that_a_closed_stage_is_also_taken_and_only_then() -> None:
    run = Run(SHOP)
    through(run, "Source")
    run.disable("Beta", reason="demo")
    through(run, "Source")
    assert "the transition is disabled (and execution 1 is still in the stage)." in str(run.why(execution=2))
    run.succeed("Beta")
    assert "the transition is disabled." in str(run.why(execution=2))


def test_a_rollback_is_listed_only_where_the_judge_lets_it_pass() -> None:
    run = Run(SHOP)
    through(run, "Source", "Beta", "Prod")
    through(run, "Source")  # execution 2 holds Beta
    assert RollbackStage("Beta", 1) not in legal(run.state)
    assert RollbackStage("Prod", 1) in legal(run.state)


@pytest.mark.parametrize(
    ("provider", "form"),
    [("CodeCommit", "[0-9a-f]{40}"), ("ECR", "sha256:[0-9a-f]{40}"), ("S3", "[A-Za-z0-9]{32}")],
)
def test_a_revision_has_the_form_of_its_provider(provider: str, form: str) -> None:
    run = Run(Pipeline.of("shop", Source=provider, Beta="CodeDeploy"))
    for _ in range(5):
        run.release()
    ids = [row.revisions[0].id for row in run.history.executions.values()]
    assert len(set(ids)) == 5
    for each in ids:
        assert re.fullmatch(form, each), each


def test_only_a_transition_that_is_there_can_expire() -> None:
    with pytest.raises(Refused) as refused:
        step(initial_state(SHOP), ExpireTransition("Gamma"))
    assert refused.value.error == "StageNotFoundException"


def test_why_names_the_way_on_for_who_was_stopped_while_a_condition_was_judged() -> None:
    run = Run(with_stage("Beta", before_entry=judged("FAIL")))
    through(run, "Source")
    run.stop(1, abandon=True)
    reason = run.why(execution=1)
    assert "Execution 1 was stopped in Beta while a condition was in progress" in str(reason)
    assert reason.moves[0] in run.legal()
