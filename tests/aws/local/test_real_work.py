"""Real work through AWS's own API: what a workshop builds and deploys is what boto3 is told, by four services."""

import io
import json
import shutil
import subprocess
import time
import zipfile

import pytest
from account import error

from cp_teach import Pipeline, Refused, resources
from cp_teach.aws import show_work
from cp_teach.work.runtime.action_executor import ActionExecutor
from cp_teach.work.runtime.local_resources import LocalProviders

SAMPLE = resources.pipelines() / "sample-app.json"
APP = resources.pipelines().parent / "sample-app"
BUCKET = "codepipeline-us-east-1-1234567890"
NAMES = {"applicationName": "sample-app", "deploymentGroupName": "shop-fleet"}


def until(true, seconds=30):
    deadline = time.monotonic() + seconds
    while not (found := true()):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return found


class Shop:
    """The sample application, really worked on, and asked about by boto3 only."""

    def __init__(self, folder, change, simulated, region):
        self.content = folder / "app"
        shutil.copytree(APP, self.content)
        change(self.content)
        pipeline = Pipeline.from_aws(json.loads(SAMPLE.read_text("utf-8")))
        self.local = LocalProviders(pipeline, {"": self.content}, folder, yes=True)
        self.deployed = []
        providers = {**self.local.providers, "CodeDeploy": self._deploy}
        self.workshop = ActionExecutor(
            pipeline,
            {name: provider for name, provider in providers.items() if name not in simulated},
            folder=folder,
            newest=self.local.newest,
            seed=time.time_ns(),
        )
        self.region, self.shown = region, None

    def look(self):
        self.shown = show_work(self.workshop, self.local, region=self.region)
        names = ("codepipeline", "codebuild", "codedeploy", "s3")
        self.cp, self.builds, self.deploys, self.s3 = (self.shown.client(name) for name in names)
        return self.shown

    def push(self, name, text):
        (repository,) = self.local.repositories.values()
        clone = self.content.parent / "clone"
        git = ["git", "-C", str(clone), "-c", "user.name=Ada", "-c", "user.email=ada@example.org"]
        subprocess.run(["git", "clone", "--quiet", repository.url, str(clone)], check=True)
        (clone / name).write_text(text)
        subprocess.run([*git, "commit", "--quiet", "--all", "-m", f"Change {name}"], check=True)
        subprocess.run([*git, "push", "--quiet"], check=True)

    def _deploy(self, task):
        (given,) = task.inputs.values()
        self.deployed.append(given.read_bytes())
        return self.local.codedeploy(task)

    def start(self):
        return self.cp.start_pipeline_execution(name="sample-app")["pipelineExecutionId"]

    def action(self, stage, name):
        states = self.cp.get_pipeline_state(name="sample-app")["stageStates"]
        (place,) = [each for each in states if each["stageName"] == stage]
        (found,) = [each for each in place["actionStates"] if each["actionName"] == name]
        return found.get("latestExecution", {})

    def ended(self, stage, name):
        return until(
            lambda: (
                (now := self.action(stage, name)).get("status") not in (None, "InProgress", "Abandoned")
                and now
            )
        )

    def approve(self):
        token = until(lambda: self.action("Prod", "Approve").get("token"))
        self.cp.put_approval_result(
            pipelineName="sample-app",
            stageName="Prod",
            actionName="Approve",
            result={"summary": "Looks good", "status": "Approved"},
            token=token,
        )

    def status(self, execution):
        asked = {"pipelineName": "sample-app", "pipelineExecutionId": execution}
        return self.cp.get_pipeline_execution(**asked)["pipelineExecution"]["status"]

    def rows(self, execution):
        only = {"pipelineExecutionId": execution}
        found = self.cp.list_action_executions(pipelineName="sample-app", filter=only)
        return {each["actionName"]: each for each in reversed(found["actionExecutionDetails"])}

    def build(self, identifier):
        (found,) = self.builds.batch_get_builds(ids=[identifier])["builds"]
        return found

    def deployment(self, identifier):
        return self.deploys.get_deployment(deploymentId=identifier)["deploymentInfo"]


@pytest.fixture
def shop(tmp_path):
    made = []

    def make(change=lambda content: None, simulated=(), region="us-east-1", look=True):
        made.append(Shop(tmp_path / "shop", change, simulated, region))
        if look:
            made[-1].look()
        return made[-1]

    yield make
    for one in made:
        one.shown.stop()
        one.workshop.close()


# -- a release ---------------------------------------------------------------------------------------------
def test_a_release_is_told_by_four_services(shop):
    here = shop(region="eu-central-1")
    assert here.builds.list_projects()["projects"] == ["sample-app"]
    assert here.deploys.get_deployment_group(**NAMES)["deploymentGroupInfo"]["deploymentStyle"] == {
        "deploymentType": "IN_PLACE",
        "deploymentOption": "WITHOUT_TRAFFIC_CONTROL",
    }
    phases, overviews = [], []
    build_changed, deployment_changed = here.local.codebuild.on_change, here.local.codedeploy.on_change

    def looks_at_the_build(build):
        build_changed(build)
        told = here.build(build.id)
        assert told["currentPhase"] == build.phases[-1].name
        assert [one["phaseType"] for one in told["phases"]] == [one.name for one in build.phases]
        phases.append((told["currentPhase"], told["phases"][-1].get("phaseStatus"), told["buildStatus"]))

    def looks_at_the_deployment(deployment):
        deployment_changed(deployment)
        told = here.deployment(deployment.id)
        overviews.append((told["status"], told["deploymentOverview"]["Succeeded"]))

    here.local.codebuild.on_change = looks_at_the_build
    here.local.codedeploy.on_change = looks_at_the_deployment
    execution = here.start()
    here.approve()
    until(lambda: here.status(execution) == "Succeeded")

    # CodePipeline: the ids of its actions lead on to the other services.
    rows = here.rows(execution)
    assert rows["Build"]["output"]["outputVariables"]["SHOP_VERSION"] == "1.0"
    build_id = rows["Build"]["output"]["executionResult"]["externalExecutionId"]
    deployment_id = rows["Deploy"]["output"]["executionResult"]["externalExecutionId"]
    assert rows["Deploy"]["status"] == "Succeeded"

    # CodeBuild: the same build, live in each of its phases, and not changed by who looks at it.
    assert ("BUILD", None, "IN_PROGRESS") in phases
    assert ("BUILD", "SUCCEEDED", "IN_PROGRESS") in phases
    assert phases[-1] == ("COMPLETED", None, "SUCCEEDED")
    assert build_id in here.builds.list_builds_for_project(projectName="sample-app")["ids"]
    told = here.build(build_id)
    assert told["buildStatus"] == "SUCCEEDED"
    assert told["initiator"] == "codepipeline/sample-app"
    assert told["exportedEnvironmentVariables"] == [{"name": "SHOP_VERSION", "value": "1.0"}]
    assert [one["phaseType"] for one in told["phases"]].count("BUILD") == 1
    assert told["startTime"] <= told["phases"][4]["startTime"] <= told["endTime"]
    (project,) = here.builds.batch_get_projects(names=["sample-app"])["projects"]
    assert project["source"]["type"] == "CODEPIPELINE"

    # S3: the artifact is what the deployment got.
    (artifact,) = rows["Deploy"]["input"]["inputArtifacts"]
    place = artifact["s3location"]
    data = here.s3.get_object(Bucket=place["bucket"], Key=place["key"])["Body"].read()
    assert [data] == here.deployed
    assert "public/index.html" in zipfile.ZipFile(io.BytesIO(data)).namelist()

    # CodeDeploy: the same deployment, of that artifact.
    assert ("InProgress", 1) in overviews
    assert overviews[-1] == ("Succeeded", 3)
    deployed = here.deployment(deployment_id)
    assert deployed["revision"]["s3Location"] == {**place, "bundleType": "zip"}
    assert (deployed["status"], deployed["creator"]) == ("Succeeded", "user")
    assert deployed["createTime"] <= deployed["startTime"] <= deployed["completeTime"]
    assert deployment_id in here.deploys.list_deployments(**NAMES)["deployments"]
    (again,) = here.deploys.batch_get_deployments(deploymentIds=[deployment_id])["deploymentsInfo"]
    assert again["deploymentOverview"]["Succeeded"] == 3
    assert (
        here.deploys.get_application(applicationName="sample-app")["application"]["computePlatform"]
        == "Server"
    )


def test_who_deletes_the_artifact_fails_the_deployment_and_a_retry_takes_it_up_again(shop):
    here = shop()
    execution = here.start()
    until(lambda: here.action("Prod", "Approve").get("token"))
    (artifact,) = here.rows(execution)["Build"]["output"]["outputArtifacts"]
    place = {"Bucket": BUCKET, "Key": artifact["s3location"]["key"]}
    data = here.s3.get_object(**place)["Body"].read()
    here.s3.delete_object(**place)
    here.approve()
    failed = here.ended("Prod", "Deploy")
    assert failed["status"] == "Failed"
    assert "it has been deleted" in failed["errorDetails"]["message"]
    here.s3.put_object(Body=data, **place)
    here.cp.retry_stage_execution(
        pipelineName="sample-app",
        stageName="Prod",
        pipelineExecutionId=execution,
        retryMode="FAILED_ACTIONS",
    )
    until(lambda: here.status(execution) == "Succeeded")
    assert here.deployed == [data]


def test_what_was_done_before_anybody_looked_is_told_too(shop):
    here = shop(look=False)
    here.workshop.run.release("Nobody looks")
    here.workshop.settle(30)
    here.workshop.run.approve("Prod", "Approve")
    here.workshop.settle(30)
    (build,), (deployment,) = here.local.codebuild.builds.values(), here.local.codedeploy.deployments.values()
    time.sleep(1)
    back = time.time()
    with here.look():
        (execution,) = here.cp.list_pipeline_executions(pipelineName="sample-app")[
            "pipelineExecutionSummaries"
        ]
        (artifact,) = here.rows(execution["pipelineExecutionId"])["Build"]["output"]["outputArtifacts"]
        data = here.s3.get_object(Bucket=BUCKET, Key=artifact["s3location"]["key"])["Body"].read()
        assert [data] == here.deployed
        told = here.build(build.id)
        assert told["buildStatus"] == "SUCCEEDED"
        assert told["endTime"].timestamp() < back - 0.9
        told = here.deployment(deployment.id)
        assert told["status"] == "Succeeded"
        assert told["createTime"] < told["completeTime"]
        assert told["completeTime"].timestamp() < back - 0.9
    assert error(here.cp.get_pipeline_state, name="sample-app")[0] == "PipelineNotFoundException"
    with pytest.raises(Refused, match="cannot be undone"):
        here.workshop.run.undo()


def test_what_is_simulated_beside_it_ends_by_itself(shop):
    here = shop(simulated=("CodeDeploy",))
    execution = here.start()
    here.approve()
    until(lambda: here.status(execution) == "Succeeded")
    assert here.deployed == []


# -- what goes wrong ---------------------------------------------------------------------------------------
def test_an_execution_that_is_stopped_stops_its_build(shop):
    def slow(content):
        (content / "buildspec.yml").write_text("version: 0.2\nphases: {build: {commands: [sleep 60]}}\n")

    here = shop(slow)
    execution = here.start()
    build = until(lambda: next(iter(here.local.codebuild.builds.values()), None))
    until(lambda: here.build(build.id)["currentPhase"] == "BUILD")
    assert here.build(build.id).get("endTime") is None
    here.cp.stop_pipeline_execution(pipelineName="sample-app", pipelineExecutionId=execution, abandon=True)
    until(lambda: here.build(build.id)["buildStatus"] == "STOPPED")
    assert here.status(execution) == "Stopped"
    (phase,) = [one for one in here.build(build.id)["phases"] if one["phaseType"] == "BUILD"]
    assert phase["phaseStatus"] == "STOPPED"
    assert "the build was stopped" in phase["contexts"][0]["message"]


def test_a_deployment_that_fails_says_why_and_is_rolled_back(shop):
    here = shop()
    here.start()
    here.approve()
    good = here.ended("Prod", "Deploy")["externalExecutionId"]
    here.push("scripts/validate.sh", "#!/bin/sh\nexit 3\n")
    execution = here.start()
    here.approve()
    until(lambda: here.status(execution) == "Failed")
    failed = here.deployment(here.action("Prod", "Deploy")["externalExecutionId"])
    assert failed["status"] == "Failed"
    assert failed["deploymentStatusMessages"][0].startswith("HEALTH_CONSTRAINTS: ")
    assert failed["deploymentOverview"]["Failed"] >= 1
    failures = here.deploys.list_deployments(**NAMES, includeOnlyStatuses=["Failed"])["deployments"]
    assert failed["deploymentId"] in failures
    newest = here.deployment(here.deploys.list_deployments(**NAMES)["deployments"][-1])
    assert newest["creator"] == "codeDeployRollback"
    assert failed["deploymentId"] in newest["description"]
    assert newest["revision"] == here.deployment(good)["revision"]
