"""Statements of the course: creating a pipeline in the console, and what can be managed there."""

import pytest
from account import build, commits, deploy, error, stage

from cp_teach import connect
from cp_teach.aws import wizard_for
from cp_teach.aws.console_wizard.console_defaults import make_role
from cp_teach.aws.console_wizard.wizard import InvalidAnswer, Wizard
from cp_teach.show.view.view_model import view


@pytest.fixture
def wizard(box):
    return Wizard(box.client, "course")


def made(box, name="MyFirstPipeline"):
    return box.client("codepipeline").get_pipeline(name=name)["pipeline"]


def at(wizard, key):
    """Go on until that page is open."""
    while wizard.step.key != key:
        wizard.next()
    return wizard


def action_of(pipeline, name):
    return next(each for each in pipeline["stages"] if each["name"] == name)["actions"][0]


# -- creating ------------------------------------------------------------------------------------------------------
def test_getting_started_opens_the_first_page(box):
    widget = wizard_for(box, "course")
    assert widget.wizard.step.title == "Name"
    assert "<b>Name</b>" in widget._bar.value
    assert widget._back.disabled, "nothing is before it"
    assert box.client("codepipeline").list_pipelines()["pipelines"] == []


def test_the_pipeline_is_given_a_name(box, wizard):
    assert wizard.step.title == "Name"
    with pytest.raises(InvalidAnswer, match="Pipeline name is empty"):
        wizard.fill(name="").next()
    wizard.fill(name="MyOwn").finish()
    assert made(box, "MyOwn")["name"] == "MyOwn"


def test_the_source_is_selected(box, wizard):
    assert at(wizard, "source").step.title == "Source"
    wizard.fill(source="CodeCommit", repository="shop", branch="release").finish()
    source = action_of(made(box), "Source")
    assert source["actionTypeId"]["provider"] == "CodeCommit"
    assert source["configuration"] == {"RepositoryName": "shop", "BranchName": "release"}


@pytest.mark.parametrize(
    ("choice", "stages"), [("CodeBuild", ["Source", "Build", "Beta"]), ("No Build", ["Source", "Beta"])]
)
def test_a_build_provider_may_be_selected(box, wizard, choice, stages):
    assert at(wizard, "build").step.title == "Build"
    wizard.fill(build=choice).finish()
    assert [each["name"] for each in made(box)["stages"]] == stages


def test_the_deployment_provider_is_selected(box, wizard):
    assert at(wizard, "deploy").step.title == "Beta"
    wizard.fill(deploy="CodeDeploy", application="shop", group="fleet").finish()
    beta = action_of(made(box), "Beta")
    assert beta["actionTypeId"]["provider"] == "CodeDeploy"
    assert beta["configuration"] == {"ApplicationName": "shop", "DeploymentGroupName": "fleet"}


def test_a_service_role_is_created(box, wizard):
    iam = box.client("iam")
    assert at(wizard, "role").step.title == "Service Role"
    assert iam.list_roles()["Roles"] == []
    wizard.fill(role="brand-new").finish()
    (role,) = iam.list_roles()["Roles"]
    assert role["RoleName"] == "brand-new"
    assert role["Arn"] == made(box)["roleArn"]
    assert iam.list_role_policies(RoleName="brand-new")["PolicyNames"], "it has permissions"


def test_a_service_role_is_selected(box, wizard):
    for call in make_role("already-there"):
        call.do(box.client)
    at(wizard, "role").fill(role="already-there").finish()
    assert made(box)["roleArn"].endswith("role/already-there")
    assert [each["RoleName"] for each in box.client("iam").list_roles()["Roles"]] == ["already-there"]


def test_the_pipeline_is_reviewed_before_it_is_there(box):
    widget = wizard_for(box, "course")
    while widget.wizard.step.key != "review":
        widget._next.click()
    (page,) = widget._form.children
    for word in ("MyFirstPipeline", "CodeCommit", "CodeBuild", "CodeDeploy", "AWS-CodePipeline-Service"):
        assert word in page.value
    assert widget._next.description == "Create pipeline"
    assert box.client("codepipeline").list_pipelines()["pipelines"] == []


def test_the_pipeline_is_created(box):
    widget = wizard_for(box, "course")
    while not widget.wizard.created:
        widget._next.click()
    (pipeline,) = box.client("codepipeline").list_pipelines()["pipelines"]
    assert (pipeline["name"], pipeline["version"]) == ("MyFirstPipeline", 1)


def test_the_results_are_viewed(box, wizard):
    wizard.finish()
    box.account.tick(60)
    shown = view(connect(box.client("codepipeline"), "MyFirstPipeline"))
    assert [(each["name"], each["status"][1]) for each in shown["stages"]] == [
        ("Source", "Succeeded"),
        ("Build", "Succeeded"),
        ("Beta", "Succeeded"),
    ]


# -- managing ------------------------------------------------------------------------------------------------------
SHOP = stage("Source", commits()), stage("Build", build()), stage("Beta", deploy())


@pytest.fixture
def shop(account):
    account.create("shop", *SHOP)
    return account


DOOR = {"pipelineName": "shop", "stageName": "Beta", "transitionType": "Inbound"}


def test_pipelines_are_viewed(shop):
    shop.create("blog", *SHOP)
    assert [each["name"] for each in shop.cp.list_pipelines()["pipelines"]] == ["blog", "shop"]


def test_details_of_a_pipeline_are_viewed(shop):
    told = shop.cp.get_pipeline(name="shop")
    assert [each["name"] for each in told["pipeline"]["stages"]] == ["Source", "Build", "Beta"]
    assert shop.statuses() == dict.fromkeys(["Source", "Build", "Beta"], "Succeeded")
    (execution,) = shop.executions()
    assert execution["status"] == "Succeeded"
    ran = shop.cp.list_action_executions(pipelineName="shop")["actionExecutionDetails"]
    assert [each["actionName"] for each in reversed(ran)] == ["Commit", "Compile", "Release"]


def test_a_pipeline_is_edited(shop):
    told = shop.cp.get_pipeline(name="shop")["pipeline"]
    told["stages"][2]["name"] = "Prod"
    assert shop.cp.update_pipeline(pipeline=told)["pipeline"]["version"] == 2
    assert list(shop.statuses()) == ["Source", "Build", "Prod"]


def test_a_transition_between_stages_is_disabled(shop):
    first = shop.stage("Beta")["latestExecution"]["pipelineExecutionId"]
    shop.cp.disable_stage_transition(**DOOR, reason="Release freeze")
    second = shop.start()
    shop.tick(60)
    beta = shop.stage("Beta")
    assert beta["latestExecution"]["pipelineExecutionId"] == first
    assert beta["inboundExecution"]["pipelineExecutionId"] == second
    assert beta["inboundTransitionState"]["disabledReason"] == "Release freeze"


def test_a_transition_between_stages_is_enabled(shop):
    shop.cp.disable_stage_transition(**DOOR, reason="Release freeze")
    second = shop.start()
    shop.tick(60)
    shop.cp.enable_stage_transition(**DOOR)
    shop.tick(60)
    assert shop.stage("Beta")["latestExecution"] == {"pipelineExecutionId": second, "status": "Succeeded"}


def test_a_failed_action_is_retried(shop):
    connect(shop.cp, "shop").inject("Build", "Compile", message="Out of memory")
    second = shop.start()
    shop.tick(60)
    assert (shop.status(second), shop.statuses()["Build"]) == ("Failed", "Failed")
    shop.cp.retry_stage_execution(
        pipelineName="shop", stageName="Build", pipelineExecutionId=second, retryMode="FAILED_ACTIONS"
    )
    shop.tick(60)
    assert (shop.status(second), shop.statuses()["Beta"]) == ("Succeeded", "Succeeded")


def test_a_pipeline_is_deleted(shop):
    shop.cp.delete_pipeline(name="shop")
    assert shop.cp.list_pipelines()["pipelines"] == []
    assert error(shop.cp.get_pipeline, name="shop")[0] == "PipelineNotFoundException"
