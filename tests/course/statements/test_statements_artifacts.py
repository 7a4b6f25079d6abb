"""Statements of the course: revisions, artifacts, transitions."""

import io
import zipfile

import pytest
from account import build, commits, deploy, stage, upload
from runs_of_the_demo import fresh, in_the_course, released

from cp_teach.aws.console_wizard.wizard import Wizard


def test_a_revision_is_the_version_that_runs_through_the_pipeline():
    run = released("Repair the price rounding")
    (revision,) = run.history.executions[1].revisions
    assert revision.message == "Repair the price rounding"
    rows = run.history.actions
    assert {each for row in rows for artifact in row.inputs for each in artifact.sources} == {revision}
    assert run.running_in("Beta").revisions == (revision,)


def read(account, name):
    """The files of an artifact, by the name of the action that made it."""
    ran = account.cp.list_action_executions(pipelineName="shop")["actionExecutionDetails"]
    (made,) = [each["output"]["outputArtifacts"] for each in ran if each["actionName"] == name]
    where = made[0]["s3location"]
    body = account.client("s3").get_object(Bucket=where["bucket"], Key=where["key"])["Body"].read()
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        return {each: archive.read(each) for each in archive.namelist()}


@pytest.fixture
def shop(account):
    """A pipeline that has built one uploaded application."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("app.py", "print(1)")
    s3 = account.bucket("source-bucket")
    account.bucket("artifacts", versioned=False)
    s3.put_object(Bucket="source-bucket", Key="app.zip", Body=packed.getvalue())
    account.create("shop", stage("Source", upload()), stage("Build", build()), stage("Prod", deploy()))
    return account


def test_artifacts_are_the_actual_files_that_are_passed_on(shop):
    assert read(shop, "Upload") == {"app.py": b"print(1)"}
    assert read(shop, "Compile")["app.py"] == b"print(1)"


@pytest.mark.parametrize("kind", ["input", "output"])
def test_of_an_action_an_artifact_is(shop, kind):
    ran = shop.cp.list_action_executions(pipelineName="shop")["actionExecutionDetails"]
    (compiled,) = [each for each in ran if each["actionName"] == "Compile"]
    expected = {"input": "SourceArtifact", "output": "BuildArtifact"}[kind]
    assert [each["name"] for each in compiled[kind][f"{kind}Artifacts"]] == [expected]


def test_unbuilt_sources_are_the_input_of_the_build():
    run = in_the_course(Source="CodeCommit", Build="Jenkins", Beta="CodeDeploy")
    fetched = run.history.newest[1, "Source", "CodeCommit"].outputs
    assert len(fetched) == 1
    assert run.history.newest[1, "Build", "Jenkins"].inputs == fetched


def test_what_jenkins_built_is_the_output_of_the_build():
    run = in_the_course(Source="CodeCommit", Build="Jenkins", Beta="CodeDeploy")
    (built,) = run.history.newest[1, "Build", "Jenkins"].outputs
    (fetched,) = run.history.newest[1, "Source", "CodeCommit"].outputs
    assert (built.stage, built.action) == ("Build", "Jenkins")
    assert built.name != fetched.name


def test_outputs_are_passed_to_the_next_stage_via_the_transition():
    run = fresh()
    run.disable("Beta")
    run.release("New logo")
    run.settle()
    made = run.history.newest[1, "Build", "Compile"].outputs
    assert (1, "Beta", "Deploy") not in run.history.newest, "nothing is passed while it is closed"
    run.enable("Beta")
    assert run.history.newest[1, "Beta", "Deploy"].inputs == made


def places(cp, name):
    ran = cp.list_action_executions(pipelineName=name)["actionExecutionDetails"]
    made = [each for one in ran for each in one["output"]["outputArtifacts"]]
    return {each["s3location"]["bucket"] for each in made}


def test_artifacts_are_stored_in_the_bucket_that_was_created_with_the_pipeline(box):
    Wizard(box.client, "course").finish()
    box.account.tick(60)
    (created,) = [each["Name"] for each in box.client("s3").list_buckets()["Buckets"]]
    assert places(box.client("codepipeline"), "MyFirstPipeline") == {created}


def test_artifacts_are_stored_in_the_bucket_that_was_designated(account):
    account.bucket("mine-alone", versioned=False)
    designated = {"artifactStore": {"type": "S3", "location": "mine-alone"}}
    account.cp.create_pipeline(
        pipeline={
            **account.structure("shop", stage("Source", commits()), stage("Build", build())),
            **designated,
        }
    )
    account.tick(60)
    assert places(account.cp, "shop") == {"mine-alone"}
    assert account.client("s3").list_objects_v2(Bucket="mine-alone")["KeyCount"] == 2


def test_transitions_tell_which_stage_is_next():
    run = released("New logo", approve=True)
    g = run.pipeline.graph()
    told, at = ["Source"], ("stage", "Source")
    while doors := [node for node in g.nodes if node[0] == "transition" and node[1] == at[1]]:
        (door,) = doors
        at = ("stage", g.nodes[door]["target"])
        told.append(at[1])
    walked = list(dict.fromkeys(row.stage for row in run.history.actions))
    assert told == walked == ["Source", "Build", "Beta", "Prod"]


def test_transitions_deliver_between_stages():
    """What Beta works with has come out of the stage before it, unchanged; and so on into Prod."""
    run = released("New logo", approve=True)
    made = run.history.newest[1, "Build", "Compile"].outputs
    assert run.history.newest[1, "Beta", "Deploy"].inputs == made
    assert run.history.newest[1, "Prod", "Deploy"].inputs == made


def test_an_enabled_transition_allows_the_next_stage():
    run = fresh()
    run.disable("Beta", reason="Wait")
    run.enable("Beta")
    run.release("New logo")
    run.settle()
    assert run.running_in("Beta").execution == 1


def test_a_disabled_transition_prevents_the_next_stage():
    run = fresh()
    run.disable("Beta", reason="Wait")
    run.release("New logo")
    run.settle()
    assert run.running_in("Build").execution == 1
    assert run.running_in("Beta") is None
    assert "the transition is disabled" in str(run.why())
