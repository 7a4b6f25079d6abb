"""The AWS CLI commands and boto3 calls are real: botocore's own model of the service takes them."""

import json
import shlex

import botocore.session
import pytest
from botocore import xform_name
from botocore.validate import ParamValidator

from cp_teach import Run, Simulated, load_pipeline
from cp_teach.engine.model import commands as c
from cp_teach.engine.model.failure_plan import Heal, Inject
from cp_teach.engine.model.ids import execution_id
from cp_teach.show.view.aws_commands import NO_SUCH, api_call, view
from cp_teach.show.view.moves import Legality
from cp_teach.style.aws_call_text import cli_option

MODEL = botocore.session.Session().get_service_model("codepipeline")
OPERATIONS = {xform_name(name): name for name in MODEL.operation_names}

COMMANDS = [
    c.StartExecution(),
    c.EnableTransition("Beta"),
    c.DisableTransition("Beta", "demo at 10 (ask Jo!)"),
    c.PutApprovalResult(1, "Prod", "Approve", "Approved", "Looks good"),
    c.PutApprovalResult(1, "Prod", "Approve", "Rejected", 'no, "it\'s" broken: a=b, c'),
    c.PutApprovalResult(1, "Prod", "Approve", "Approved"),
    c.RetryStage(3, "Build", c.FAILED_ACTIONS),
    c.RetryStage(3, "Build", c.ALL_ACTIONS),
    c.StopExecution(2, False, "wrong commit"),
    c.StopExecution(2, True),
    c.FinishAction(1, "Build", "Compile"),
    c.FinishAction(1, "Build", "Compile", "", "built", "build:1"),
    c.FinishAction(1, "Build", "Compile", "ConfigurationError", "no such project", "build:1"),
    c.FinishAction(1, "Build", "Compile", "JobFailed"),
    c.DeletePipeline(),
]


@pytest.fixture(scope="module")
def run():
    run = Run(load_pipeline("course-source-build-beta-prod"), Simulated())
    run.release("Fix login")
    run.settle()
    return run


@pytest.mark.parametrize("command", COMMANDS, ids=str)
def test_the_boto3_call_fits_the_model(run, command):
    told = api_call(run.id, run.pipeline.name, command)
    shape = MODEL.operation_model(OPERATIONS[told.operation]).input_shape
    report = ParamValidator().validate(told.parameters, shape)
    assert not report.has_errors(), report.generate_report()
    for name in set(shape.required_members) - {"clientRequestToken"}:
        assert told.parameters[name]
    asked = {}
    client = type("Client", (), {told.operation: lambda self, **given: asked.update(given)})()
    eval(told.row()["boto3"], {"codepipeline": client})
    assert asked == told.parameters


@pytest.mark.parametrize("command", COMMANDS, ids=str)
def test_the_cli_command_has_only_real_options_with_the_same_values(run, command):
    told = api_call(run.id, run.pipeline.name, command)
    program, service, operation, *rest = shlex.split(told.row()["cli"])
    assert (program, service) == ("aws", "codepipeline")
    shape = MODEL.operation_model(OPERATIONS[operation.replace("-", "_")]).input_shape
    options = {cli_option(name): (name, member) for name, member in shape.members.items()}
    assert all(cli_option(name)[2:] == xform_name(name, "-") for name in shape.members)
    given = {}
    while rest:
        option = rest.pop(0)
        off = option.replace("--no-", "--")
        name, member = options[option if option in options else off]
        given[name] = option == cli_option(name) if member.type_name == "boolean" else rest.pop(0)
        if member.type_name == "structure":
            given[name] = structure(given[name])
    assert given == told.parameters


def structure(text):
    return json.loads(text) if text.startswith("{") else dict(part.split("=", 1) for part in text.split(","))


def test_an_approval_is_written_as_people_write_it(run):
    told = api_call(
        run.id, run.pipeline.name, c.PutApprovalResult(1, "Prod", "Approve", "Approved", "Looks good")
    )
    assert "--result 'summary=Looks good,status=Approved' --token " in told.row()["cli"]


def test_a_retry_names_its_execution_by_the_id_that_aws_gave_it(run):
    told = api_call(run.id, run.pipeline.name, c.RetryStage(1, "Build", c.FAILED_ACTIONS))
    assert told.parameters["pipelineExecutionId"] == execution_id(run.id, 1)


@pytest.mark.parametrize(
    "act", [Inject("Build", "Compile"), Heal("Build", "Compile"), c.TimeOut(1, "Build", "Compile")], ids=str
)
def test_where_aws_has_no_operation_it_says_so(run, act):
    told = api_call(run.id, run.pipeline.name, act)
    assert not {"cli", "boto3"} & told.row().keys()
    assert "AWS" in told.note


def test_every_act_of_the_console_that_is_no_operation_says_so():
    assert all("AWS" in sentence for sentence in NO_SUCH.values())


def test_the_last_release_names_the_execution_that_was_started(run):
    fresh = run.fork(1)
    done = view(fresh.id, fresh.journal, 1, Legality(fresh.state))["done"]
    assert "the id of execution 1" in done[0]["note"]


def test_no_line_is_wasted_on_what_would_change_nothing(run):
    titles = [
        row["title"] for row in view(run.id, run.journal, run.journal.position, Legality(run.state))["can"]
    ]
    assert "Disable transition into Beta" in titles
    assert "Enable transition into Beta" not in titles
    assert "Approve #1: Approve in Prod" in titles
