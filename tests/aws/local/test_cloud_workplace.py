"""Pipelines whose stacks and functions are real, at ``cp_teach.workplace``: the whole way, seen through boto3."""

import json
import re
import shutil
import subprocess
import sys
import textwrap

import pytest

import cp_teach
from cp_teach import Pipeline, load_pipeline, resources
from cp_teach.work.runtime.cloud_actions import cloud_actions, parse_function_code
from cp_teach.work.sandbox.run_command import NotAllowed

CONTENT = resources.data() / "sample-stack"
SMOKE = {"smoke": "functions/smoke.py"}


@pytest.fixture
def opened(needs):
    needs("git")
    made = []

    def open_(pipeline="sample-stack", content=CONTENT, **options):
        made.append(cp_teach.workplace(pipeline, content, yes=True, **options))
        return made[-1]

    with cp_teach.mock_aws():
        pass  # an account in which there is nothing
    yield open_
    for place in made:
        place.close()


def released(place, approve=True):
    place.run.release("Released")
    assert place.settle(60)
    if approve:
        place.run.approve()
        assert place.settle(60)
    return place.run.history


def test_the_sample_prepares_waits_executes_and_is_tried_by_its_function(opened):
    place = opened(functions=SMOKE)
    assert place.simulated == []
    cfn, s3 = place.client("cloudformation"), place.client("s3")
    released(place, approve=False)
    (stack,) = cfn.describe_stacks(StackName="orders")["Stacks"]
    assert stack["StackStatus"] == "REVIEW_IN_PROGRESS", "nothing is made before somebody has approved"
    place.run.approve()
    assert place.settle(60)
    history = place.run.history
    assert history.executions[1].status == "Succeeded", place.output("Check")
    (stack,) = cfn.describe_stacks(StackName="orders")["Stacks"]
    outputs = {one["OutputKey"]: one["OutputValue"] for one in stack["Outputs"]}
    assert stack["StackStatus"] == "CREATE_COMPLETE"
    assert outputs["Version"] == "1.0", "a variable of the build"
    assert {one["Key"]: one["Value"] for one in stack["Tags"]}["Stage"] == "prod"
    executed = history.newest[1, "Prod", "Execute"]
    assert executed.external_id == stack["StackId"]
    assert dict(executed.variables) == outputs
    receipt = s3.get_object(Bucket=outputs["Receipts"], Key="receipts/1.txt")["Body"].read()
    assert receipt == b"one cup of tea"
    said = dict(history.newest[1, "Check", "Smoke"].variables)
    assert said == {"Receipt": f"s3://{outputs['Receipts']}/receipts/1.txt"}

    # The artifact with the outputs lies in the bucket, as the API tells.
    cp = place.client()
    (told,) = [
        one
        for one in cp.list_action_executions(pipelineName="sample-stack")["actionExecutionDetails"]
        if one["actionName"] == "Execute"
    ]
    (made,) = told["output"]["outputArtifacts"]
    assert s3.head_object(Bucket=made["s3location"]["bucket"], Key=made["s3location"]["key"])
    assert told["output"]["executionResult"]["externalExecutionId"] == stack["StackId"]


def test_a_queue_more_is_a_change_set_with_one_addition(opened):
    place = opened(functions=SMOKE)
    released(place)
    clone = place.clone()
    (clone / "queues.txt").write_text("orders\nrefunds\nreturns\n", encoding="utf-8")
    subprocess.run(["git", "commit", "-qam", "A queue for what comes back"], cwd=clone, check=True)
    subprocess.run(["git", "push", "-q"], cwd=clone, check=True)
    history = released(place)
    assert history.executions[2].status == "Succeeded"
    assert [line for line in place.output("Prod", "Prepare") if "AWS::" in line] == [
        "Add     AWS::SQS::Queue  Returns"
    ]
    assert "ReturnsUrl" in dict(history.newest[2, "Prod", "Execute"].variables)


def test_a_function_that_is_not_given_is_simulated_and_said_to_be(opened):
    place = opened()
    assert place.simulated == ["Check / Smoke (Lambda)"]
    assert released(place).executions[1].status == "Succeeded"
    assert place.output("Check") == ["Simulated: without code, no function runs."]


def test_a_second_workplace_of_one_pipeline_has_jobs_of_its_own(opened):
    for number in (1, 2):
        place = opened(functions=SMOKE)
        assert released(place).executions[1].status == "Succeeded", number
        place.close()


def test_silence_of_a_function_fails_its_action(opened, tmp_path):
    content = shutil.copytree(CONTENT, tmp_path / "content")
    (content / "functions" / "smoke.py").write_text(
        "def lambda_handler(event, context): pass\n", encoding="utf-8"
    )
    place = opened(content=content, functions=SMOKE, silence=2)
    row = released(place).newest[1, "Check", "Smoke"]
    assert row.failure == "JobFailed"
    assert "within 2 seconds (AWS would wait 20 minutes)" in row.message


def stacked(**says):
    """A pipeline with one CloudFormation action, of an artifact that a repository makes."""
    told = json.loads((resources.pipelines() / "sample-stack.json").read_text("utf-8"))["pipeline"]
    source, deploy = told["stages"][0], told["stages"][2]["actions"][0]
    region = says.pop("region", None)
    deploy["inputArtifacts"] = [{"name": "SourceArtifact"}]
    deploy["configuration"] = {
        "ActionMode": "CREATE_UPDATE",
        "StackName": "asked",
        "RoleArn": "arn:aws:iam::123456789012:role/deploy",
        "TemplatePath": "SourceArtifact::t.yml",
        **says,
    }
    if region:
        deploy["region"] = region
        told["artifactStores"] = {
            "us-east-1": told["artifactStore"],
            region: {"type": "S3", "location": "artifacts-far-away"},
        }
        del told["artifactStore"]
    told["stages"] = [source, {"name": "Prod", "actions": [deploy]}]
    return Pipeline.from_aws({**told, "name": "asks"})


TEMPLATE = """
    Parameters: {Bucket: {Type: String}, Key: {Type: String}, Url: {Type: String}}
    Resources: {Queue: {Type: AWS::SQS::Queue}}
    Outputs:
      Bucket: {Value: !Ref Bucket}
      Key: {Value: !Ref Key}
      Url: {Value: !Ref Url}
      Where: {Value: !Ref AWS::Region}
"""


@pytest.mark.parametrize("region", ["", "eu-central-1"])
def test_a_template_is_told_where_an_artifact_lies_and_works_in_the_region_of_the_action(
    opened, tmp_path, region
):
    (tmp_path / "content").mkdir()
    (tmp_path / "content" / "t.yml").write_text(textwrap.dedent(TEMPLATE), encoding="utf-8")
    asked = {
        name: {"Fn::GetArtifactAtt": ["SourceArtifact", attribute]}
        for name, attribute in (("Bucket", "BucketName"), ("Key", "ObjectKey"), ("Url", "URL"))
    }
    place = opened(stacked(ParameterOverrides=json.dumps(asked), region=region), tmp_path / "content")
    row = released(place, approve=False).newest[1, "Prod", "Prepare"]
    assert row.status == "Succeeded", row.message
    told = dict(row.variables)
    here = region or "us-east-1"
    assert told["Where"] == here
    assert told["Bucket"] == ("artifacts-far-away" if region else "codepipeline-us-east-1-1234567890")
    assert told["Url"] == f"https://s3-{here}.amazonaws.com/{told['Bucket']}/{told['Key']}"
    assert place.client("s3").head_object(Bucket=told["Bucket"], Key=told["Key"])
    (stack,) = place.client("cloudformation", region_name=here).describe_stacks(StackName="asked")["Stacks"]
    assert stack["StackId"] == row.external_id
    assert f":{here}:" in row.external_id


# -- which actions -------------------------------------------------------------------------------------------
def test_only_a_pipeline_that_needs_it_starts_a_server(tmp_path, needs):
    needs("git")
    script = f"""
        import sys, cp_teach
        with cp_teach.workplace("sample-app", yes=True) as place:
            assert type(place).__name__ == "LocalPipeline"
        assert not [name for name in sys.modules if name.split(".")[0] in ("moto", "boto3", "botocore")]
        with cp_teach.workplace("sample-stack", {str(CONTENT)!r}, yes=True) as place:
            assert "moto" in sys.modules and place.url.startswith("http://127.0.0.1:")
    """
    ran = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script)], capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stderr


def test_the_actions_that_are_real_are_known_beforehand():
    pipeline = load_pipeline("sample-stack")
    given = {"smoke": parse_function_code("functions/smoke.py", [CONTENT])}
    stacks = {"Prod/Prepare": "CloudFormation", "Prod/Execute": "CloudFormation"}
    assert cloud_actions(pipeline, {}) == stacks
    assert cloud_actions(pipeline, given) == {**stacks, "Check/Smoke": "Lambda"}
    assert cloud_actions(load_pipeline("sample-app"), {}) == {}
    with pytest.raises(ValueError, match=r"No action invokes a function other\. The pipeline invokes: smoke"):
        cloud_actions(pipeline, {"other": given["smoke"]})


def test_the_code_of_a_function_is_a_file_or_a_folder_here_or_in_the_content(tmp_path, monkeypatch):
    functions = CONTENT / "functions"
    assert parse_function_code("functions/smoke.py", [CONTENT]) == (
        functions / "smoke.py",
        "smoke.lambda_handler",
    )
    assert parse_function_code("functions:smoke.order", [CONTENT]) == (functions, "smoke.order")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "functions").mkdir()
    (tmp_path / "functions" / "lambda_function.py").touch()
    assert parse_function_code("functions", [CONTENT]) == (
        tmp_path / "functions",
        "lambda_function.lambda_handler",
    )


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ("nowhere.py", "There is no code at nowhere.py"),
        ("functions/smoke.py:smoke", "There is no code at functions/smoke.py:smoke"),
        ("functions/smoke.py:other.main", "is the module smoke: write functions/smoke.py:smoke.function"),
        ("functions:other.main", "has no module other"),
        ("functions", "has no module lambda_function"),
        ("", "There is no code at"),
    ],
)
def test_code_that_is_not_there_is_told(said, words):
    with pytest.raises(ValueError, match=words):
        parse_function_code(said, [CONTENT])


def test_nothing_is_started_without_a_yes():
    with pytest.raises(NotAllowed):
        cp_teach.workplace("sample-stack", CONTENT, functions=SMOKE)


def test_what_notebook_10_says_of_the_stack_is_true():
    notebook = json.loads((resources.notebooks() / "10_build_and_deploy.ipynb").read_text(encoding="utf-8"))
    (cell,) = [cell for cell in notebook["cells"] if cell["id"] == "10-stack"]
    (code,) = re.findall(r"```python\n(.*?)```", "".join(cell["source"]), re.DOTALL)

    def deliver(place):
        assert place.settle(60)
        place.run.approve()
        assert place.settle(60)

    names = {"cp_teach": cp_teach, "deliver": deliver}
    exec(code, names)
    with names["stack"] as stack:
        assert stack.run.history.executions[1].status == "Succeeded"
        assert "Ordered: one cup of tea" in stack.output("Check", "Smoke")
        stack.run.release("Once more")
        deliver(stack)
        row = stack.run.history.newest[2, "Prod", "Prepare"]
        assert "It contains no changes." in row.message
