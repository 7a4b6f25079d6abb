"""The console's wizard, step by step: what it asks, what it does, and the calls that would do the same.

Two editions: ``course``, the wizard of 2016, and ``today``. Sources: user guide, "Create a pipeline" of 2018 and now.
It holds the answers; ``wizard_widget`` shows them.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from cp_teach.aws.client.api_call import Call
from cp_teach.aws.console_wizard.console_defaults import ROLE, bucket_of, make_bucket, make_role
from cp_teach.pipeline import InvalidPipeline, Pipeline
from cp_teach.security.network.botocore_guard import confine
from cp_teach.security.network.endpoints import EndpointRefused

NONE = {"build": "No Build", "test": "No Test", "deploy": "No Deployment"}


@dataclass(frozen=True)
class Field:
    """One thing that a step asks for: its key, its label, what is in it at first, and what may be chosen."""

    key: str
    label: str
    default: str
    choices: tuple[str, ...] = ()
    when: tuple[str, str] | None = None
    """Only asked where another field has this value: (key, value)."""


@dataclass(frozen=True)
class Step:
    """One page of the wizard."""

    key: str
    title: str
    fields: tuple[Field, ...] = ()
    note: str = ""


NAME = Field("name", "Pipeline name", "MyFirstPipeline")
SOURCE = (
    Field("source", "Source provider", "CodeCommit", ("CodeCommit", "S3")),
    Field("repository", "Repository name", "MyDemoRepo", when=("source", "CodeCommit")),
    Field("branch", "Branch name", "main", when=("source", "CodeCommit")),
    Field(
        "bucket",
        "Amazon S3 location: bucket",
        "awscodepipeline-demobucket-example-date",
        when=("source", "S3"),
    ),
    Field("key", "Amazon S3 location: object key", "SampleApp_Linux.zip", when=("source", "S3")),
)
BUILD = (
    Field("build", "Build provider", "CodeBuild", (NONE["build"], "CodeBuild")),
    Field("project", "Project name", "my-demo-build", when=("build", "CodeBuild")),
)
TEST = (
    Field("test", "Test provider", NONE["test"], (NONE["test"], "CodeBuild")),
    Field("test_project", "Project name", "my-demo-tests", when=("test", "CodeBuild")),
)
DEPLOY = (
    Field("deploy", "Deployment provider", "CodeDeploy", (NONE["deploy"], "CodeDeploy")),
    Field("application", "Application name", "CodePipelineDemoApplication", when=("deploy", "CodeDeploy")),
    Field("group", "Deployment group", "CodePipelineDemoFleet", when=("deploy", "CodeDeploy")),
)
OPTIONAL = "It may be left out, if the other one is there: a pipeline has at least two stages."

COURSE = (
    Step("name", "Name", (NAME,)),
    Step("source", "Source", SOURCE),
    Step("build", "Build", BUILD, OPTIONAL),
    Step("deploy", "Beta", DEPLOY, OPTIONAL),
    Step("role", "Service Role", (Field("role", "Role name", ROLE),), "The role that the service acts as."),
    Step("review", "Review", (), "Nothing has been created yet but what the pipeline works with."),
)
TODAY = (
    Step(
        "option",
        "Choose creation option",
        (Field("option", "Category", "Build custom pipeline", ("Build custom pipeline",)),),
        "Templates make the same structure for you.",
    ),
    Step(
        "name",
        "Choose pipeline settings",
        (
            NAME,
            Field("mode", "Execution mode", "QUEUED", ("SUPERSEDED", "QUEUED", "PARALLEL")),
            Field("role", "Service role name", "AWSCodePipelineServiceRole-us-east-1-MyFirstPipeline"),
        ),
        "The wizard of today makes pipelines of type V2.",
    ),
    Step("source", "Add source stage", SOURCE),
    Step("build", "Add build stage", BUILD, OPTIONAL),
    Step("test", "Add test stage", TEST, "It may be left out."),
    Step("deploy", "Add deploy stage", DEPLOY, OPTIONAL),
    Step("review", "Review", (), "Nothing has been created yet but what the pipeline works with."),
)
EDITIONS = {"course": COURSE, "today": TODAY}


class Unfinished(ValueError):
    """A step whose answers will not do; the message says which, and what to do."""


@dataclass
class Wizard:
    """A pipeline in the making. ``client`` makes a boto3 client for a service: ``box.client`` of a sandbox.

    ``answers`` holds what was chosen, ``at`` which step it is. Raises ``ValueError`` for an edition there is none of.
    """

    client: Callable[[str], Any]
    edition: str = "course"
    region: str = "us-east-1"
    answers: dict[str, str] = field(default_factory=dict)
    at: int = 0
    done: list[Call] = field(default_factory=list)
    created: bool = False

    def __post_init__(self) -> None:
        if self.edition not in EDITIONS:
            raise ValueError(f"there is no edition {self.edition!r} of the wizard; use course or today")
        known = {each.key: each.default for step in self.steps for each in step.fields}
        self.answers = {**known, **self.answers}

    @property
    def steps(self) -> tuple[Step, ...]:
        """The pages of this edition, in order."""
        return EDITIONS[self.edition]

    @property
    def step(self) -> Step:
        """The page that is open."""
        return self.steps[self.at]

    def fields(self, step: Step | None = None) -> list[Field]:
        """What that page asks for, as far as the other answers let it."""
        found = (step or self.step).fields
        return [each for each in found if each.when is None or self.answers.get(each.when[0]) == each.when[1]]

    def fill(self, **answers: str) -> Wizard:
        """Answer fields of any page by their keys. Raises ``Unfinished`` for an unknown one, or a wrong choice."""
        every = {each.key: each for step in self.steps for each in step.fields}
        for key, value in answers.items():
            if key not in every:
                raise Unfinished(f"The wizard does not ask for {key!r}. It asks for: {', '.join(every)}.")
            choices = every[key].choices
            if choices and value not in choices:
                raise Unfinished(
                    f"{every[key].label}: {value!r} cannot be chosen. Choose: {', '.join(choices)}."
                )
        self.answers.update(answers)
        return self

    # -- going on ------------------------------------------------------------------------------------
    def next(self) -> list[Call]:
        """Do what this step does, and open the next one; on the last, create the pipeline. Returns the calls.

        Raises ``Unfinished`` where an answer will not do; nothing is done then.
        """
        if self.created:
            raise Unfinished(f"{self.answers['name']} has been created. Look at it: get-pipeline-state.")
        self._check()
        calls = self.calls()
        self._do(calls)
        self.done += calls
        if self.at + 1 < len(self.steps):
            self.at += 1
        else:
            self.created = True
        return calls

    def back(self) -> None:
        """Open the page before; what was made stays."""
        self.at = max(0, self.at - 1)

    def finish(self) -> list[Call]:
        """Go through all the pages that are left, with the answers as they are. Raises ``Unfinished``."""
        calls: list[Call] = []
        while not self.created:
            calls += self.next()
        return calls

    def _do(self, calls: list[Call]) -> None:
        from botocore.exceptions import ClientError

        for call in calls:
            try:
                call.do(self.client)
            except ClientError as error:
                said = error.response["Error"]
                if call.operation == "get_pipeline" and said["Code"] == "PipelineNotFoundException":
                    continue  # the name is free: that is what was asked
                raise Unfinished(f"{said['Code']}: {said['Message']}") from error
            except EndpointRefused as error:
                raise Unfinished(str(error)) from error
            if call.operation == "get_pipeline":
                raise Unfinished(f"There is a pipeline {self.answers['name']} already. Choose another name.")

    def _check(self) -> None:
        for each in self.fields():
            if not self.answers[each.key].strip():
                raise Unfinished(f"{each.label} is empty.")
        if self.step.key == "deploy" and (
            (self.answers["build"], self.answers["deploy"]) == (NONE["build"], NONE["deploy"])
        ):
            raise Unfinished(
                "A pipeline needs a build stage or a deployment stage: at least two stages in all."
            )
        if self.step.key == "review":
            try:
                Pipeline.from_aws(self.structure(), region=self.region)
            except InvalidPipeline as wrong:
                raise Unfinished(
                    f"{wrong.errors[0].where}: {wrong.aws_message} {wrong.errors[0].todo}"
                ) from wrong

    # -- the calls -----------------------------------------------------------------------------------
    def calls(self, step: Step | None = None) -> list[Call]:
        """The calls that do what this page does."""
        says = self.answers
        match (step or self.step).key:
            case "name" if self.edition == "today":
                return [
                    Call("codepipeline", "get_pipeline", {"name": says["name"]}),
                    *make_role(says["role"]),
                ]
            case "name":
                return [Call("codepipeline", "get_pipeline", {"name": says["name"]})]
            case "source" if says["source"] == "S3":
                return self._bucket(says["bucket"], says["key"])
            case "source":
                return [Call("codecommit", "create_repository", {"repositoryName": says["repository"]})]
            case "build" if says["build"] == "CodeBuild":
                return [self._project(says["project"])]
            case "test" if says["test"] == "CodeBuild":
                return [self._project(says["test_project"])]
            case "deploy" if says["deploy"] == "CodeDeploy":
                return self._fleet()
            case "role":
                return make_role(says["role"])
            case "review":
                name, new = bucket_of(confine(self.client("s3")), self.region)
                create = Call("codepipeline", "create_pipeline", {"pipeline": self.structure(name)})
                return [make_bucket(name, self.region), create] if new else [create]
            case _:
                return []

    def _bucket(self, name: str, key: str) -> list[Call]:
        enabled = {"Bucket": name, "VersioningConfiguration": {"Status": "Enabled"}}
        return [
            make_bucket(name, self.region),
            Call("s3", "put_bucket_versioning", enabled),
            Call("s3", "put_object", {"Bucket": name, "Key": key, "Body": _sample()}),
        ]

    def _project(self, name: str) -> Call:
        return Call(
            "codebuild",
            "create_project",
            {
                "name": name,
                "source": {"type": "CODEPIPELINE", "location": "CODEPIPELINE"},  # moto wants a location
                "artifacts": {"type": "CODEPIPELINE", "location": "CODEPIPELINE"},
                "environment": {
                    "type": "LINUX_CONTAINER",
                    "image": "aws/codebuild/standard:7.0",
                    "computeType": "BUILD_GENERAL1_SMALL",
                },
                "serviceRole": self.role_arn,
            },
        )

    def _fleet(self) -> list[Call]:
        says = self.answers
        return [
            Call("codedeploy", "create_application", {"applicationName": says["application"]}),
            Call(
                "codedeploy",
                "create_deployment_group",
                {
                    "applicationName": says["application"],
                    "deploymentGroupName": says["group"],
                    "serviceRoleArn": self.role_arn,
                },
            ),
        ]

    @property
    def role_arn(self) -> str:
        """The ARN of the service role."""
        return f"arn:aws:iam::123456789012:role/{self.answers['role']}"

    # -- the structure -------------------------------------------------------------------------------
    def structure(self, bucket: str = "") -> dict[str, Any]:
        """The pipeline as ``create-pipeline`` takes it; stages and artifacts have the names that the wizard gives."""
        says = self.answers
        old = self.edition == "course"
        source, built = ("MyApp", "MyAppBuild") if old else ("SourceArtifact", "BuildArtifact")
        if not bucket:
            bucket = bucket_of(confine(self.client("s3")), self.region)[0]
        stages = [_stage("Source", self._source(source))]
        if says["build"] == "CodeBuild":
            build = _action("Build", "CodeBuild", [source], [built], ProjectName=says["project"])
            stages.append(_stage("Build", build))
        if says.get("test") == "CodeBuild":
            tests = _action("Test", "CodeBuild", [source], [], ProjectName=says["test_project"])
            stages.append(_stage("Test", tests))
        if says["deploy"] == "CodeDeploy":
            made = built if says["build"] == "CodeBuild" else source
            where = {"ApplicationName": says["application"], "DeploymentGroupName": says["group"]}
            stages.append(
                _stage("Beta" if old else "Deploy", _action("Deploy", "CodeDeploy", [made], [], **where))
            )
        return {
            "name": says["name"],
            "roleArn": self.role_arn,
            "artifactStore": {"type": "S3", "location": bucket},
            "stages": stages,
            **({} if old else {"pipelineType": "V2", "executionMode": says["mode"]}),
        }

    def _source(self, artifact: str) -> dict[str, Any]:
        says = self.answers
        if says["source"] == "S3":
            where = {"S3Bucket": says["bucket"], "S3ObjectKey": says["key"]}
        else:
            where = {"RepositoryName": says["repository"], "BranchName": says["branch"]}
        # The wizard of 2016 polls; today's makes a rule of EventBridge in its place.
        polls = {} if self.edition == "course" else {"PollForSourceChanges": "false"}
        return _action("Source", says["source"], [], [artifact], **where, **polls)

    def __repr__(self) -> str:
        where = "done" if self.created else f"step {self.at + 1} of {len(self.steps)}: {self.step.title}"
        return f"<The wizard of {'2016' if self.edition == 'course' else 'today'}, {where}>"


def _stage(name: str, action: dict[str, Any]) -> dict[str, Any]:
    return {"name": name, "actions": [action]}


def _action(
    name: str, provider: str, ins: list[str], outs: list[str], **configuration: str
) -> dict[str, Any]:
    category = {"Build": "Build", "Test": "Test", "Deploy": "Deploy"}.get(name, "Source")
    return {
        "name": name,
        "actionTypeId": {"category": category, "owner": "AWS", "provider": provider, "version": "1"},
        "configuration": configuration,
        "inputArtifacts": [{"name": each} for each in ins],
        "outputArtifacts": [{"name": each} for each in outs],
    }


def _sample() -> bytes:
    """A small application as a zip file."""
    import io
    import zipfile

    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr(zipfile.ZipInfo("index.html"), "<h1>Hello</h1>\n")
        archive.writestr(zipfile.ZipInfo("appspec.yml"), "version: 0.0\nos: linux\n")
    return made.getvalue()


def told(calls: list[Call]) -> str:
    """The calls as CLI commands, one in a line; long JSON is shortened."""
    lines = []
    for call in calls:
        text = call.cli
        lines.append(text if len(text) < 400 else f"{text[:200]} … (in full: wizard.structure())")
    return "\n".join(lines)


def as_json(structure: dict[str, Any]) -> str:
    """The structure as a file for ``--cli-input-json``."""
    return json.dumps({"pipeline": structure}, indent=1)
