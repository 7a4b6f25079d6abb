"""Functions that really run: CodePipeline calls them, and they answer for their jobs through the API by themselves."""

import textwrap
import time

import pytest
from account import action, commits, stage

from cp_teach import Pipeline, serve
from cp_teach.aws import BucketStore, Lambda
from cp_teach.work.runtime.action_executor import ActionExecutor
from cp_teach.work.sandbox.run_command import NotAllowed
from cp_teach.work.task import Done

TARGET = {"ApplicationName": "sample-app", "DeploymentGroupName": "shop-fleet"}
HANDLER = """
    import boto3

    def main(event, context):
        job = event["CodePipeline.job"]
        data = job["data"]
        says = data["actionConfiguration"]["configuration"]["UserParameters"]
        client, s3 = boto3.client("codepipeline"), boto3.client("s3")
        if says == "crash":
            raise RuntimeError("never mind")
        if says == "silent":
            return "Succeeded"
        if says == "bad":
            failure = {"type": "ConfigurationError", "message": "not with me"}
            return client.put_job_failure_result(jobId=job["id"], failureDetails=failure)
        if says == "later" and "continuationToken" not in data:
            print("first call")
            return client.put_job_success_result(jobId=job["id"], continuationToken="half")
        place = lambda one: {"Bucket": one["location"]["s3Location"]["bucketName"],
                             "Key": one["location"]["s3Location"]["objectKey"]}
        given = s3.get_object(**place(data["inputArtifacts"][0]))["Body"].read()
        s3.put_object(Body=given[::-1], **place(data["outputArtifacts"][0]))
        token = data.get("continuationToken", "none")
        client.put_job_success_result(jobId=job["id"], outputVariables={"Token": token})
"""


class Caller:
    """A pipeline whose function is called; what the function prints is in ``lines``."""

    def __init__(self, folder, says, name="flip", **limits):
        code = folder / "handler.py"
        code.write_text(textwrap.dedent(HANDLER), encoding="utf-8")
        self.functions = Lambda(yes=True, again=0.1, **limits).add("flip", code, "handler.main")
        settings = {"FunctionName": name, "UserParameters": says}
        invoke = action("Call", "Invoke/AWS/Lambda", ["SourceArtifact"], ["Flipped"], configuration=settings)
        take = action("Take", "Deploy/AWS/CodeDeploy", ["Flipped"], configuration=TARGET)
        structure = {
            "name": "calls",
            "roleArn": "arn:aws:iam::123456789012:role/service",
            "artifactStore": {"type": "S3", "location": "artifacts-of-calls"},
            "stages": [stage("Source", commits()), stage("Check", invoke), stage("Prod", take)],
        }
        self.taken, self.lines = [], []
        self.workshop = ActionExecutor(
            Pipeline.from_aws(structure),
            {"CodeCommit": self._source, "Lambda": self.functions, "CodeDeploy": self._take},
            folder=folder / "work",
            store=BucketStore(["artifacts-of-calls"]),
            seed=time.time_ns(),
            log=lambda row, line: self.lines.append(line),
        )

    def _source(self, task):
        made = task.folder / "made.zip"
        made.write_bytes(b"abc")
        return Done(outputs={task.outputs[0]: made})

    def _take(self, task):
        self.taken += [path.read_bytes() for path in task.inputs.values()]
        return Done()

    def released(self):
        self.workshop.run.release("Call it")
        assert self.workshop.settle(60)
        return self.workshop.run.history.newest[1, "Check", "Call"]

    def __enter__(self):
        self.served = serve(self.workshop.run)
        return self

    def __exit__(self, *_):
        self.workshop.close()
        self.served.stop()


@pytest.mark.parametrize(("says", "token"), [("good", "none"), ("later", "half")])
def test_a_function_takes_the_artifact_from_the_bucket_and_hands_its_own_on(tmp_path, says, token):
    with Caller(tmp_path, says) as calls:
        row = calls.released()
        assert (row.status, row.external_id) == ("Succeeded", "flip"), calls.lines
        assert dict(row.variables) == {"Token": token}
        assert calls.taken == [b"cba"]
        starts = [line for line in calls.lines if line.startswith("START RequestId")]
        assert len(starts) == (2 if says == "later" else 1)
        deadline = time.monotonic() + 20
        while list((tmp_path / "work" / "work").iterdir()):  # whoever worked cleans up,
            assert time.monotonic() < deadline
            time.sleep(0.05)
        time.sleep(0.2)  # and would have told of it by now
        assert not any("came too late" in line for line in calls.lines)


def test_a_function_that_fails_its_job_fails_the_action(tmp_path):
    with Caller(tmp_path, "bad") as calls:
        row = calls.released()
        assert (row.status, row.failure, row.message) == ("Failed", "ConfigurationError", "not with me")
        assert calls.taken == []


@pytest.mark.parametrize("says", ["silent", "crash"])
def test_a_function_that_does_not_answer_is_waited_for_and_then_fails(tmp_path, says):
    with Caller(tmp_path, says, silence=5) as calls:
        row = calls.released()
        assert (row.status, row.failure) == ("Failed", "JobFailed")
        assert row.ended - row.started >= 5, "what it returns, or that it crashes, ends nothing"
        assert "failed to return a result within 5 seconds" in row.message
        assert "PutJobSuccessResult" in row.message
        crashed = [line for line in calls.lines if "has crashed: it has raised an error" in line]
        assert len(crashed) == (says == "crash")
        assert any("RuntimeError: never mind" in line for line in calls.lines) == (says == "crash")


def test_a_function_that_nobody_has_added_or_that_cannot_answer_is_a_mistake_of_the_configuration(tmp_path):
    with Caller(tmp_path, "good", name="flop") as calls:
        row = calls.released()
        assert row.failure == "ConfigurationError"
        assert row.message == "There is no Lambda function flop. The functions are: flip."
    calls = Caller(tmp_path, "good")
    with calls.workshop:
        row = calls.released()
        assert row.failure == "ConfigurationError"
        assert "Call show_work(workshop, local) before you release." in row.message


def test_nothing_runs_without_a_yes():
    with pytest.raises(NotAllowed):
        Lambda()
