"""Statements of the course: pipelines, stages, actions."""

import hashlib
import hmac
import json
import re
from itertools import pairwise

import pytest
from account import Account, action, build, commits, deploy, error, stage, upload
from runs_of_the_demo import fresh, in_the_course, released, steps

from cp_teach import Pipeline, Refused, Run, Simulated, load_pipeline, workplace
from cp_teach.aws import mock_aws
from cp_teach.aws.backend.service_registry import active
from cp_teach.aws.console_wizard.wizard import Wizard
from cp_teach.aws.operations.jobs import lambda_event
from cp_teach.aws.operations.pipelines import webhook_calls
from cp_teach.pipeline import InvalidPipeline
from cp_teach.show.view.view_model import view


# -- pipelines -----------------------------------------------------------------------------------------------------
def test_a_release_process_is_created_and_managed_with_a_pipeline(account):
    account.create("shop")
    longer = account.structure(
        "shop", stage("Source", commits()), stage("Build", build()), stage("Beta", deploy())
    )
    account.cp.update_pipeline(pipeline=longer)
    account.start()
    account.tick(60)
    assert account.statuses() == dict.fromkeys(["Source", "Build", "Beta"], "Succeeded")
    account.cp.delete_pipeline(name="shop")
    assert account.cp.list_pipelines()["pipelines"] == []


def test_one_blueprint_makes_equal_pipelines():
    blueprint = json.loads(json.dumps(load_pipeline("demo").to_aws()))
    one, two = (Run(Pipeline.from_aws(blueprint), Simulated()) for _ in range(2))
    for run in (one, two):
        run.release("New logo")
        run.settle()
    assert one.pipeline == two.pipeline
    assert steps(one, 1) == steps(two, 1)


def test_a_release_process_is_specified():
    shop = Pipeline.of("shop", Source="CodeCommit", Build="CodeBuild", Beta="Manual then CodeDeploy")
    assert [(a.type.category, a.provider, a.order) for each in shop.stages for a in each.actions] == [
        ("Source", "CodeCommit", 1),
        ("Build", "CodeBuild", 1),
        ("Approval", "Manual", 1),
        ("Deploy", "CodeDeploy", 2),
    ]


def test_a_release_process_is_built(account):
    """What was specified becomes a pipeline of the service; what AWS would refuse does not."""
    specified = Pipeline.of("shop", Source="CodeCommit", Build="CodeBuild", Beta="CodeDeploy")
    account.cp.create_pipeline(pipeline={**specified.to_aws(), "roleArn": account.role})
    built = Pipeline.from_aws(account.cp.get_pipeline(name="shop"))
    types = [[[a.type for a in each.actions] for each in one.stages] for one in (built, specified)]
    assert types[0] == types[1]
    assert [each.name for each in built.stages] == ["Source", "Build", "Beta"]
    half = {**specified.to_aws(), "name": "half", "roleArn": account.role}
    half["stages"] = half["stages"][:1]
    assert error(account.cp.create_pipeline, pipeline=half)[0] == "InvalidStructureException"


def test_a_release_process_is_coordinated():
    """Tests begin together when the compilation has ended, and the deployment when both have ended."""
    rows = released("New logo").actions().set_index("action")
    assert rows.loc["UnitTest", "started"] == rows.loc["Lint", "started"] == rows.loc["Compile", "ended"]
    both = max(rows.loc["UnitTest", "ended"], rows.loc["Lint", "ended"])
    assert rows.query("stage == 'Beta'")["started"].item() == both


def test_a_release_process_is_monitored():
    run = fresh()
    run.release("New logo")
    run.advance(minutes=4)
    assert run.executions()[["status", "stage"]].values.tolist() == [["InProgress", "Build"]]
    assert run.actions().query("status == 'InProgress'")["action"].tolist() == ["UnitTest", "Lint"]
    run.settle()
    assert run.executions()["stage"].tolist() == ["Prod"]


def test_a_release_process_is_executed():
    run = fresh()
    assert len(run.executions()) == 0
    run.release("New logo")
    run.settle()
    run.approve()
    run.settle()
    assert run.history.executions[1].status == "Succeeded"


def test_a_pipeline_consists_of_stages():
    declared = load_pipeline("demo").to_aws()
    assert [each["name"] for each in declared["stages"]] == ["Source", "Build", "Beta", "Prod"]
    for count in (0, 1):
        with pytest.raises(InvalidPipeline):
            Pipeline.from_aws({**declared, "stages": declared["stages"][:count]})


def test_a_stage_consists_of_actions():
    g = load_pipeline("demo").graph()
    inside = {
        name: [node[2] for node in g.successors(("stage", name)) if node[0] == "action"]
        for name in ("Source", "Build", "Beta", "Prod")
    }
    assert inside == {
        "Source": ["Source"],
        "Build": ["Compile", "UnitTest", "Lint"],
        "Beta": ["Deploy"],
        "Prod": ["Approve", "Deploy"],
    }


def test_there_is_a_transition_between_each_stage_and_the_next():
    pipeline = load_pipeline("demo")
    doors = [told for _, told in pipeline.graph().nodes(data=True) if told["kind"] == "transition"]
    edges = [(door["source"], door["target"]) for door in doors]
    names = [each.name for each in pipeline.stages]
    assert edges == list(pairwise(names))


def test_the_first_pipeline_of_the_console_makes_the_bucket(box):
    s3 = box.client("s3")
    assert s3.list_buckets()["Buckets"] == []
    Wizard(box.client, "course").fill(name="one").finish()
    (bucket,) = [each["Name"] for each in s3.list_buckets()["Buckets"]]
    store = box.client("codepipeline").get_pipeline(name="one")["pipeline"]["artifactStore"]
    assert store == {"type": "S3", "location": bucket}


def test_the_bucket_stores_the_artifacts_of_the_pipeline(box):
    Wizard(box.client, "course").finish()
    box.account.tick(60)
    s3 = box.client("s3")
    (bucket,) = [each["Name"] for each in s3.list_buckets()["Buckets"]]
    keys = [each["Key"] for each in s3.list_objects_v2(Bucket=bucket)["Contents"]]
    assert {key.rsplit("/", 1)[0] for key in keys} == {"MyFirstPipeline/MyApp", "MyFirstPipeline/MyAppBuild"}


REGIONS = ["us-east-1", "us-west-2", "eu-west-1"]


def test_the_bucket_is_in_the_region_of_the_pipeline():
    with mock_aws(clock="manual", edition="course") as mock:
        for region in REGIONS[1:]:
            account = Account(mock, region=region)
            Wizard(account.client, "course", region).fill(name=f"in-{region}").finish()
            store = account.cp.get_pipeline(name=f"in-{region}")["pipeline"]["artifactStore"]["location"]
            where = account.client("s3").get_bucket_location(Bucket=store)
            assert where["LocationConstraint"] == region


@pytest.mark.parametrize("region", REGIONS)
def test_the_bucket_is_named_after_its_region_and_ten_digits(region):
    with mock_aws(clock="manual", edition="course") as mock:
        account = Account(mock, region=region)
        Wizard(account.client, "course", region).finish()
        (bucket,) = [each["Name"] for each in account.client("s3").list_buckets()["Buckets"]]
        assert re.fullmatch(rf"codepipeline-{region}-\d{{10}}", bucket)


SHORT = (
    stage("Source", upload(PollForSourceChanges="false")),
    stage("Beta", deploy(ins="SourceArtifact")),
)


def test_an_account_may_have_twenty_pipelines_and_no_more(course):
    for number in range(20):
        course.create(f"p{number}", *SHORT)
    assert len(course.cp.list_pipelines()["pipelines"]) == 20
    code, message = error(course.cp.create_pipeline, pipeline=course.structure("p20", *SHORT))
    assert code == "LimitExceededException"
    assert "20 pipelines" in message


def test_in_another_region_there_is_no_pipeline(course):
    elsewhere = Account(course.mock, region="eu-central-1")
    code, message = error(elsewhere.cp.create_pipeline, pipeline=elsewhere.structure("shop", *SHORT))
    assert code == "ValidationException"
    assert ", ".join(REGIONS) in message


@pytest.mark.parametrize("region", REGIONS)
def test_a_pipeline_can_be_in(course, region):
    there = Account(course.mock, region=region)
    there.create("shop", *SHORT)
    arn = there.cp.get_pipeline(name="shop")["metadata"]["pipelineArn"]
    assert arn == f"arn:aws:codepipeline:{region}:123456789012:shop"
    assert there.statuses() == {"Source": "Succeeded", "Beta": "Succeeded"}


# -- stages --------------------------------------------------------------------------------------------------------
def test_a_pipeline_is_broken_up_into_stages():
    """Each action is in exactly one stage, and nothing is outside of them."""
    pipeline = load_pipeline("demo")
    g = pipeline.graph()
    actions = [node for node, told in g.nodes(data=True) if told["kind"] == "action"]
    owners = [[p for p in g.predecessors(node) if g.edges[p, node]["kind"] == "contains"] for node in actions]
    assert [owner for (owner,) in owners] == [("stage", node[1]) for node in actions]
    assert len(actions) == sum(len(each.actions) for each in pipeline.stages) == 7


def test_stages_categorize_actions():
    """One name may stand for two actions, if they are in two stages: the stage tells them apart."""
    pipeline = load_pipeline("demo")
    assert pipeline["Beta"]["Deploy"] != pipeline["Prod"]["Deploy"]
    twice = pipeline.to_aws()
    twice["stages"][2]["actions"] *= 2
    with pytest.raises(InvalidPipeline, match="Deploy"):
        Pipeline.from_aws(twice)


def test_stages_execute_actions():
    """Entering a stage begins its actions, and nothing else does."""
    run = fresh()
    run.release("New logo")
    assert {row.stage for row in run.history.actions} == {"Source"}
    run.disable("Build")
    run.settle()
    assert {row.stage for row in run.history.actions} == {"Source"}
    run.enable("Build")
    assert [row.action for row in run.history.actions if row.stage == "Build"] == ["Compile"]


def test_stages_monitor_actions():
    """The status of a stage sums up that of its actions."""
    run = fresh()
    run.inject("Build", "Lint")
    run.release("New logo")
    seen = []
    for wait in (1, 3, 30):
        run.advance(minutes=wait)
        shown = view(run)["stages"][1]
        seen.append((shown["status"][1], [a["status"][1] for group in shown["groups"] for a in group]))
    assert seen == [
        ("In progress", ["In progress", "Didn't Run", "Didn't Run"]),
        ("In progress", ["Succeeded", "In progress", "In progress"]),
        ("Failed", ["Succeeded", "Succeeded", "Failed"]),
    ]


def test_stages_are_completed_in_order():
    rows = released("New logo").actions()
    ends = rows.groupby("stage", sort=False)["ended"].max()
    begins = rows.groupby("stage", sort=False)["started"].min()
    assert list(ends.index) == ["Source", "Build", "Beta", "Prod"]
    assert all(ends.iloc[at] <= begins.iloc[at + 1] for at in range(3))


def test_a_stage_without_an_action_is_refused():
    declaration = load_pipeline("demo").to_aws()
    declaration["stages"][2]["actions"] = []
    with pytest.raises(InvalidPipeline, match="Beta"):
        Pipeline.from_aws(declaration)


@pytest.mark.parametrize("name", ["Source", "Build", "Beta"])
def test_by_default_there_is_a_stage(box, name):
    Wizard(box.client, "course").finish()
    stages = box.client("codepipeline").get_pipeline(name="MyFirstPipeline")["pipeline"]["stages"]
    assert len(stages) == 3
    assert stages[["Source", "Build", "Beta"].index(name)]["name"] == name


def test_a_stage_processes_one_revision_at_a_time():
    run = fresh()
    for message in ("One", "Two"):
        run.release(message)
        run.advance(minutes=1)
    inside = [row.execution for row in run.history.running.values() if row.stage == "Build"]
    assert inside == [1]
    assert view(run)["stages"][1]["door"]["waiting"] == [{"n": 2, "message": "Two"}]
    run.advance(minutes=4)
    assert [row.execution for row in run.history.running.values() if row.stage == "Build"] == [2]


@pytest.mark.parametrize(("before", "after"), [("Source", "Build"), ("Build", "Beta"), ("Beta", "Prod")])
def test_stages_are_connected_through_transitions(before, after):
    """Where the transition is cut, nothing comes through."""
    run = fresh()
    run.disable(after)
    run.release("New logo")
    run.settle()
    reached = [row.stage for row in run.history.actions]
    assert reached[-1] == before
    assert after not in reached


# -- actions -------------------------------------------------------------------------------------------------------
def test_an_action_is_a_task_performed_on_an_artifact():
    compiled = released("New logo").history.newest[1, "Build", "Compile"]
    assert [each.name for each in compiled.inputs] == ["MyApp"]
    assert [each.name for each in compiled.outputs] == ["MyAppBuild"]
    assert compiled.outputs[0].sources == compiled.inputs[0].sources, "of the same revision"
    without = load_pipeline("demo").to_aws()
    without["stages"][1]["actions"][0]["inputArtifacts"] = []
    with pytest.raises(InvalidPipeline, match="Compile"):
        Pipeline.from_aws(without)


def test_a_new_commit_in_codecommit_starts_the_release(account):
    account.create("shop", stage("Source", commits()), stage("Build", build()))
    commit = {"revisionId": "c0ffee", "revisionChangeId": "push 1", "created": 0}
    where = {"pipelineName": "shop", "stageName": "Source", "actionName": "Commit"}
    assert account.cp.put_action_revision(**where, actionRevision=commit)["newRevision"] is True
    account.tick(60)
    newest, _ = account.executions()
    assert (newest["status"], newest["sourceRevisions"][0]["revisionId"]) == ("Succeeded", "c0ffee")


def test_an_uploaded_revision_in_s3_starts_the_release(account):
    s3 = account.bucket("source-bucket")
    s3.put_object(Bucket="source-bucket", Key="app.zip", Body=b"1")
    account.create("shop", stage("Source", upload()), stage("Build", build()))
    version = s3.put_object(Bucket="source-bucket", Key="app.zip", Body=b"2")["VersionId"]
    account.executions()
    account.tick(60)
    newest = account.executions()[0]
    assert newest["trigger"]["triggerType"] == "PollForSourceChanges"
    assert newest["sourceRevisions"][0]["revisionId"] == version


def push(account, branch):
    body = json.dumps({"ref": f"refs/heads/{branch}"}).encode()
    signature = "sha256=" + hmac.new(b"s3cret", body, hashlib.sha256).hexdigest()
    (region,) = [each for each in active().regions if each.name == account.region]
    return webhook_calls.call_webhook(region, "push", body, {"X-Hub-Signature-256": signature}, "10.1.2.3")


def test_a_new_commit_on_github_starts_the_release(account):
    where = {"Owner": "me", "Repo": "shop", "Branch": "main", "OAuthToken": "t"}
    hub = action("Hub", "Source/ThirdParty/GitHub", outs=["SourceArtifact"], configuration=where)
    account.create("shop", stage("Source", hub), stage("Build", build()))
    account.cp.put_webhook(
        webhook={
            "name": "push",
            "targetPipeline": "shop",
            "targetAction": "Hub",
            "filters": [{"jsonPath": "$.ref", "matchEquals": "refs/heads/{Branch}"}],
            "authentication": "GITHUB_HMAC",
            "authenticationConfiguration": {"SecretToken": "s3cret"},
        }
    )
    before = len(account.executions())
    push(account, "main")
    account.tick(60)
    assert len(account.executions()) == before + 1
    assert account.executions()[0]["trigger"]["triggerType"] == "Webhook"
    assert account.statuses()["Build"] == "Succeeded"


def test_without_anything_new_nothing_starts(account):
    s3 = account.bucket("source-bucket")
    s3.put_object(Bucket="source-bucket", Key="app.zip", Body=b"1")
    account.create("shop", stage("Source", upload()), stage("Build", build()))
    for _ in range(3):
        account.tick(3600)
        assert len(account.executions()) == 1
    s3.put_object(Bucket="source-bucket", Key="app.zip", Body=b"2")
    assert len(account.executions()) == 2


def test_jenkins_builds_the_code():
    run = in_the_course(Source="CodeCommit", Build="Jenkins", Beta="CodeDeploy")
    built = run.history.newest[1, "Build", "Jenkins"]
    assert run.pipeline["Build"]["Jenkins"].type.category == "Build"
    assert [each.stage for each in built.inputs] == ["Source"]
    assert run.running_in("Beta").artifacts == built.outputs


@pytest.mark.parametrize("provider", ["BlazeMeter", "Apica"])
def test_the_code_is_run_through_the_test_provider(provider):
    stages = {"Source": "CodeCommit", "Build": "Jenkins", "Test": provider, "Beta": "CodeDeploy"}
    run = Run(Pipeline.of("shop", catalog="course", **stages), Simulated())
    assert run.pipeline["Test"][provider].type.category == "Test"
    run.inject("Test", provider, message="too slow")
    for message in ("Slow page", "Quick page"):
        run.release(message)
        run.settle()
    assert [row.status for row in run.history.executions.values()] == ["Failed", "Succeeded"]
    assert run.running_in("Beta").execution == 2, "what the test refused is not installed"


def test_a_deployment_installs_the_files_on_a_fleet(box):
    Wizard(box.client, "course").finish()
    box.account.tick(60)
    ran = box.client("codepipeline").list_action_executions(pipelineName="MyFirstPipeline")
    deployed = ran["actionExecutionDetails"][0]
    assert deployed["status"] == "Succeeded"
    assert deployed["input"]["configuration"] == {
        "ApplicationName": "CodePipelineDemoApplication",
        "DeploymentGroupName": "CodePipelineDemoFleet",
    }
    assert [each["name"] for each in deployed["input"]["inputArtifacts"]] == ["MyAppBuild"]
    fleet = box.client("codedeploy").get_deployment_group(
        applicationName="CodePipelineDemoApplication", deploymentGroupName="CodePipelineDemoFleet"
    )
    assert fleet["deploymentGroupInfo"]["deploymentGroupName"] == "CodePipelineDemoFleet"


def test_a_lambda_function_is_triggered():
    with mock_aws(clock="manual", workers={"Lambda": "job"}) as mock:
        account = Account(mock)
        called = action("Smoke", "Invoke/AWS/Lambda", configuration={"FunctionName": "smoke"})
        account.create("shop", stage("Source", commits()), stage("Check", called), stage("Prod", build()))
        (region,) = [each for each in active().regions if each.name == account.region]
        (job,) = [each for each in region.jobs if each.type[0] == "Invoke"]
        told = lambda_event(region, job)["CodePipeline.job"]
        assert told["data"]["actionConfiguration"]["configuration"]["FunctionName"] == "smoke"
        assert account.statuses() == {"Source": "Succeeded", "Check": "InProgress", "Prod": None}
        account.cp.put_job_success_result(jobId=told["id"])
        account.tick(60)
        assert account.statuses()["Prod"] == "Succeeded"


def test_the_next_stage_waits_for_an_approval():
    run = Run(Pipeline.of("shop", Source="S3", Beta="CodeDeploy then Manual", Prod="CodeDeploy"), Simulated())
    run.release("New logo")
    run.settle()
    assert run.running_in("Prod") is None
    with pytest.raises(Refused):
        run.succeed("Beta", "Approve")
    run.approve()
    run.settle()
    assert run.running_in("Prod").execution == 1


CATEGORIES = {
    "CodeCommit": "Source",
    "GitHub": "Source",
    "Jenkins": "Build",
    "Apica": "Test",
    "CodeDeploy": "Deploy",
}


@pytest.mark.parametrize("provider", ["CodeCommit", "GitHub", "Jenkins", "Apica", "CodeDeploy"])
def test_it_is_called_an_action_provider(provider):
    category = CATEGORIES[provider]
    stages = {"Source": "CodeCommit", "Build": "Jenkins", "Test": "Apica", "Deploy": "CodeDeploy"}
    declared = Pipeline.of("shop", catalog="course", **{**stages, category: provider}).to_aws()
    types = [each["actionTypeId"] for place in declared["stages"] for each in place["actions"]]
    assert [each["provider"] for each in types if each["category"] == category] == [provider]


# -- the closing example -------------------------------------------------------------------------------------------
@pytest.mark.needs("git")
def test_what_codebuild_made_codedeploy_installs():
    """Really: the tests of the sample run, its page is built, and three instances have it afterwards."""
    with workplace("sample-app", yes=True) as place:
        place.run.release("New logo")
        assert place.settle(60)
        assert place.builds[0].status == "SUCCEEDED"
        assert "Built version 1.0" in place.output("Build")
        place.run.approve()
        assert place.settle(60)
        assert place.deployments[0].status == "Succeeded"
        pages = [each.path("/var/www/shop/index.html") for each in place.fleet().instances.values()]
        assert ["Version 1.0" in page.read_text(encoding="utf-8") for page in pages] == [True] * 3
        built, installed = (
            place.run.history.newest[1, *which] for which in (("Build", "Build"), ("Prod", "Deploy"))
        )
        assert installed.inputs == built.outputs
