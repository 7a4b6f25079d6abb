"""An account to test in, and pipelines by the shortest way."""

import functools
import json

import boto3

from cp_teach.aws import TRUST


def action(name, kind, ins=(), outs=(), **more):
    category, owner, provider = kind.split("/")
    made = {
        "name": name,
        "actionTypeId": {"category": category, "owner": owner, "provider": provider, "version": "1"},
        **more,
    }
    if ins:
        made["inputArtifacts"] = [{"name": each} for each in ins]
    if outs:
        made["outputArtifacts"] = [{"name": each} for each in outs]
    return made


def stage(name, *actions, **more):
    return {"name": name, "actions": list(actions), **more}


def commits(name="Commit", out="SourceArtifact", **more):
    configuration = {"RepositoryName": "shop", "BranchName": "main", "PollForSourceChanges": "false"}
    return action(name, "Source/AWS/CodeCommit", outs=[out], configuration=configuration, **more)


def upload(name="Upload", bucket="source-bucket", key="app.zip", **more):
    configuration = {"S3Bucket": bucket, "S3ObjectKey": key, **more}
    return action(name, "Source/AWS/S3", outs=["SourceArtifact"], configuration=configuration)


def build(name="Compile", **more):
    return action(
        name,
        "Build/AWS/CodeBuild",
        ["SourceArtifact"],
        ["BuildArtifact"],
        configuration={"ProjectName": "shop-build"},
        **more,
    )


def approve(name="Approve", **configuration):
    return action(name, "Approval/AWS/Manual", configuration=configuration)


def deploy(name="Release", ins="BuildArtifact"):
    return action(
        name,
        "Deploy/AWS/CodeDeploy",
        [ins],
        configuration={"ApplicationName": "shop", "DeploymentGroupName": "fleet"},
    )


@functools.cache
def _shared_client(service, **options):
    """A client for all tests, because to make one takes longer than most of them."""
    return boto3.client(service, **options)


class Account:
    """boto3 clients for one account and region, and a pipeline that is made in one line."""

    def __init__(self, mock=None, region="us-east-1", **client):
        self.mock, self.region = mock, region
        self._client = {"region_name": region, **client}
        self.cp = self.client("codepipeline")
        self._role = None

    def client(self, service):
        shared = "endpoint_url" not in self._client  # a server ends with its test, moto does not
        return (_shared_client if shared else boto3.client)(service, **self._client)

    @property
    def role(self):
        if self._role is None:
            iam = self.client("iam")
            try:
                made = iam.create_role(RoleName="service", AssumeRolePolicyDocument=json.dumps(TRUST))
            except iam.exceptions.EntityAlreadyExistsException:
                made = iam.get_role(RoleName="service")
            self._role = made["Role"]["Arn"]
        return self._role

    def structure(self, name, *stages, **more):
        stages = stages or (stage("Source", commits()), stage("Build", build()), stage("Prod", deploy()))
        store = {} if "artifactStores" in more else {"artifactStore": {"type": "S3", "location": "artifacts"}}
        return {"name": name, "roleArn": self.role, "stages": list(stages), **store, **more}

    def create(self, name="shop", *stages, tags=None, **more):
        """Make a pipeline, and let its first execution run to its end."""
        given = {"tags": tags} if tags else {}
        self.cp.create_pipeline(pipeline=self.structure(name, *stages, **more), **given)
        self.tick(60)
        return name

    def tick(self, seconds):
        if self.mock is not None:
            self.mock.tick(seconds)

    def bucket(self, name, versioned=True):
        s3 = self.client("s3")
        more = (
            {}
            if self.region == "us-east-1"
            else {"CreateBucketConfiguration": {"LocationConstraint": self.region}}
        )
        s3.create_bucket(Bucket=name, **more)
        if versioned:
            s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
        return s3

    # -- reading -------------------------------------------------------------------------------------------
    def state(self, name="shop"):
        return self.cp.get_pipeline_state(name=name)

    def stage(self, stage, name="shop"):
        return next(each for each in self.state(name)["stageStates"] if each["stageName"] == stage)

    def statuses(self, name="shop"):
        return {
            each["stageName"]: each.get("latestExecution", {}).get("status")
            for each in self.state(name)["stageStates"]
        }

    def executions(self, name="shop"):
        return self.cp.list_pipeline_executions(pipelineName=name)["pipelineExecutionSummaries"]

    def start(self, name="shop", **more):
        return self.cp.start_pipeline_execution(name=name, **more)["pipelineExecutionId"]

    def status(self, execution, name="shop"):
        found = self.cp.get_pipeline_execution(pipelineName=name, pipelineExecutionId=execution)
        return found["pipelineExecution"]["status"]

    def token(self, stage="Gate", action="Approve", name="shop"):
        found = next(a for a in self.stage(stage, name)["actionStates"] if a["actionName"] == action)
        return found["latestExecution"]["token"]

    def answer(
        self, status="Approved", summary="Reviewed", token=None, stage="Gate", action="Approve", name="shop"
    ):
        return self.cp.put_approval_result(
            pipelineName=name,
            stageName=stage,
            actionName=action,
            result={"summary": summary, "status": status},
            token=token or self.token(stage, action, name),
        )


def error(call, *args, **kwargs):
    """(code, message) of the error that this call ends with."""
    from botocore.exceptions import ClientError

    try:
        call(*args, **kwargs)
    except ClientError as found:
        return found.response["Error"]["Code"], found.response["Error"]["Message"]
    raise AssertionError("it was answered without an error")
