"""The console's create-pipeline wizard: its steps and fields, the answers, and the API calls of each step.

There are two editions: ``course``, the wizard of 2016, and ``today``. Sources: user guide, "Create a pipeline" of 2018
and of today.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from cp_teach.aws.console_wizard.console_defaults import ROLE, Call, bucket_of, make_bucket, make_role
from cp_teach.pipeline import InvalidPipeline, Pipeline
from cp_teach.security.network.botocore_guard import confine
from cp_teach.security.network.endpoints import EndpointRefused

NONE = {"build": "No Build", "test": "No Test", "deploy": "No Deployment"}


@dataclass(frozen=True)
class Field:
    """A field of a step: its key, its label, its default, and its choices (none for free text)."""

    key: str
    label: str
    default: str
    choices: tuple[str, ...] = ()
    when: tuple[str, str] | None = None
    """(key, value): the field is shown only if another field has this value."""


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
OPTIONAL = "You can skip it if the pipeline has the other one: a pipeline has at least two stages."

COURSE = (
    Step("name", "Name", (NAME,)),
    Step("source", "Source", SOURCE),
    Step("build", "Build", BUILD, OPTIONAL),
    Step("deploy", "Beta", DEPLOY, OPTIONAL),
    Step("role", "Service Role", (Field("role", "Role name", ROLE),), "The role that CodePipeline assumes."),
    Step("review", "Review", (), "Your pipeline hasn't been created yet; the resources that it uses have."),
)
TODAY = (
    Step(
        "option",
        "Choose creation option",
        (Field("option", "Category", "Build custom pipeline", ("Build custom pipeline",)),),
        "Templates create the same structure for you.",
    ),
    Step(
        "name",
        "Choose pipeline settings",
        (
            NAME,
            Field("mode", "Execution mode", "QUEUED", ("SUPERSEDED", "QUEUED", "PARALLEL")),
            Field("role", "Service role name", "AWSCodePipelineServiceRole-us-east-1-MyFirstPipeline"),
        ),
        "Today's wizard creates pipelines of type V2.",
    ),
    Step("source", "Add source stage", SOURCE),
    Step("build", "Add build stage", BUILD, OPTIONAL),
    Step("test", "Add test stage", TEST, "You can skip it."),
    Step("deploy", "Add deploy stage", DEPLOY, OPTIONAL),
    Step("review", "Review", (), "Your pipeline hasn't been created yet; the resources that it uses have."),
)
EDITIONS = {"course": COURSE, "today": TODAY}


class InvalidAnswer(ValueError):
    """A step has an invalid answer; the message says which, and what to do."""


@dataclass
class Wizard:
    """The state of the wizard: ``answers`` by the keys of the fields, and ``at``, the index of the current step.

    ``client`` makes a boto3 client for a service, such as ``box.client`` of a sandbox. Raises ``ValueError`` for an
    unknown edition.
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
        defaults = {field.key: field.default for step in self.steps for field in step.fields}
        self.answers = {**defaults, **self.answers}

    @property
    def steps(self) -> tuple[Step, ...]:
        """The pages of this edition, in order."""
        return EDITIONS[self.edition]

    @property
    def step(self) -> Step:
        """The current page."""
        return self.steps[self.at]

    def fields(self, step: Step | None = None) -> list[Field]:
        """The visible fields of that page, or of the current one."""
        return [
            field
            for field in (step or self.step).fields
            if field.when is None or self.answers.get(field.when[0]) == field.when[1]
        ]

    def fill(self, **answers: str) -> Wizard:
        """Set fields of any page by their keys. Raises ``InvalidAnswer`` for an unknown key or choice."""
        every = {field.key: field for step in self.steps for field in step.fields}
        for key, value in answers.items():
            if key not in every:
                raise InvalidAnswer(f"The wizard does not ask for {key!r}. It asks for: {', '.join(every)}.")
            choices = every[key].choices
            if choices and value not in choices:
                raise InvalidAnswer(
                    f"{every[key].label}: {value!r} cannot be chosen. Choose: {', '.join(choices)}."
                )
        self.answers.update(answers)
        return self

    # -- steps ---------------------------------------------------------------------------------------
    def next(self) -> list[Call]:
        """Make the calls of this step and go to the next one; the last step creates the pipeline. Returns the calls.

        Raises ``InvalidAnswer`` for an invalid answer.
        """
        if self.created:
            raise InvalidAnswer(f"{self.answers['name']} has been created. Look at it: get-pipeline-state.")
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
        """Go to the previous page. Resources that exist remain."""
        self.at = max(0, self.at - 1)

    def finish(self) -> list[Call]:
        """Go through all remaining pages with the current answers. Raises ``InvalidAnswer``."""
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
                details = error.response["Error"]
                if call.operation == "get_pipeline" and details["Code"] == "PipelineNotFoundException":
                    continue  # the name is available
                raise InvalidAnswer(f"{details['Code']}: {details['Message']}") from error
            except EndpointRefused as error:
                raise InvalidAnswer(str(error)) from error
            if call.operation == "get_pipeline":
                raise InvalidAnswer(
                    f"There is a pipeline {self.answers['name']} already. Choose another name."
                )

    def _check(self) -> None:
        for visible in self.fields():
            if not self.answers[visible.key].strip():
                raise InvalidAnswer(f"{visible.label} is empty. Enter a value.")
        if self.step.key == "deploy" and (
            (self.answers["build"], self.answers["deploy"]) == (NONE["build"], NONE["deploy"])
        ):
            raise InvalidAnswer(
                "A pipeline needs a build stage or a deployment stage: at least two stages in all."
            )
        if self.step.key == "review":
            try:
                Pipeline.from_aws(self.structure(), region=self.region)
            except InvalidPipeline as error:
                raise InvalidAnswer(
                    f"{error.errors[0].location}: {error.aws_message} {error.errors[0].advice}"
                ) from error

    # -- the calls -----------------------------------------------------------------------------------
    def calls(self, step: Step | None = None) -> list[Call]:
        """The calls that this page, or the current one, makes."""
        answers = self.answers
        match (step or self.step).key:
            case "name":
                check = Call("codepipeline", "get_pipeline", {"name": answers["name"]})
                return [check, *(make_role(answers["role"]) if self.edition == "today" else [])]
            case "source" if answers["source"] == "S3":
                return self._bucket(answers["bucket"], answers["key"])
            case "source":
                return [Call("codecommit", "create_repository", {"repositoryName": answers["repository"]})]
            case "build" if answers["build"] == "CodeBuild":
                return [self._project(answers["project"])]
            case "test" if answers["test"] == "CodeBuild":
                return [self._project(answers["test_project"])]
            case "deploy" if answers["deploy"] == "CodeDeploy":
                return self._fleet()
            case "role":
                return make_role(answers["role"])
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
        artifact = {"type": "CODEPIPELINE", "location": "CODEPIPELINE"}  # moto requires a location
        environment = {
            "type": "LINUX_CONTAINER",
            "image": "aws/codebuild/standard:7.0",
            "computeType": "BUILD_GENERAL1_SMALL",
        }
        ends = {"source": artifact, "artifacts": artifact}
        project = {"name": name, **ends, "environment": environment, "serviceRole": self.role_arn}
        return Call("codebuild", "create_project", project)

    def _fleet(self) -> list[Call]:
        application = {"applicationName": self.answers["application"]}
        group = {"deploymentGroupName": self.answers["group"], "serviceRoleArn": self.role_arn}
        return [
            Call("codedeploy", "create_application", application),
            Call("codedeploy", "create_deployment_group", {**application, **group}),
        ]

    @property
    def role_arn(self) -> str:
        """The ARN of the service role."""
        return f"arn:aws:iam::123456789012:role/{self.answers['role']}"

    # -- the structure -------------------------------------------------------------------------------
    def structure(self, bucket: str = "") -> dict[str, Any]:
        """The structure for ``create-pipeline``, with the wizard's names for stages and artifacts."""
        answers = self.answers
        old = self.edition == "course"
        source, built = ("MyApp", "MyAppBuild") if old else ("SourceArtifact", "BuildArtifact")
        if not bucket:
            bucket = bucket_of(confine(self.client("s3")), self.region)[0]
        stages = [self._source(source)]
        if answers["build"] == "CodeBuild":
            stages.append(_stage("Build", "CodeBuild", [source], [built], ProjectName=answers["project"]))
        if answers.get("test") == "CodeBuild":
            stages.append(_stage("Test", "CodeBuild", [source], [], ProjectName=answers["test_project"]))
        if answers["deploy"] == "CodeDeploy":
            artifact = built if answers["build"] == "CodeBuild" else source
            group = {"ApplicationName": answers["application"], "DeploymentGroupName": answers["group"]}
            deploy = _stage("Deploy", "CodeDeploy", [artifact], [], **group)
            stages.append({**deploy, "name": "Beta"} if old else deploy)
        return {
            "name": answers["name"],
            "roleArn": self.role_arn,
            "artifactStore": {"type": "S3", "location": bucket},
            "stages": stages,
            **({} if old else {"pipelineType": "V2", "executionMode": answers["mode"]}),
        }

    def _source(self, artifact: str) -> dict[str, Any]:
        answers = self.answers
        if answers["source"] == "S3":
            location = {"S3Bucket": answers["bucket"], "S3ObjectKey": answers["key"]}
        else:
            location = {"RepositoryName": answers["repository"], "BranchName": answers["branch"]}
        # The wizard of 2016 polls for changes; today's creates an EventBridge rule instead.
        polling = {} if self.edition == "course" else {"PollForSourceChanges": "false"}
        return _stage("Source", answers["source"], [], [artifact], **location, **polling)

    def __repr__(self) -> str:
        position = "done" if self.created else f"step {self.at + 1} of {len(self.steps)}: {self.step.title}"
        return f"<The wizard of {'2016' if self.edition == 'course' else 'today'}, {position}>"


def _stage(
    name: str, provider: str, inputs: list[str], outputs: list[str], **configuration: str
) -> dict[str, Any]:
    """A stage with one action; the name is that of the stage, of the action, and of its category."""
    action = {
        "name": name,
        "actionTypeId": {"category": name, "owner": "AWS", "provider": provider, "version": "1"},
        "configuration": configuration,
        "inputArtifacts": [{"name": artifact} for artifact in inputs],
        "outputArtifacts": [{"name": artifact} for artifact in outputs],
    }
    return {"name": name, "actions": [action]}


def _sample() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(zipfile.ZipInfo("index.html"), "<h1>Hello</h1>\n")
        archive.writestr(zipfile.ZipInfo("appspec.yml"), "version: 0.0\nos: linux\n")
    return buffer.getvalue()


def as_json(structure: dict[str, Any]) -> str:
    """The structure as the content of a file for ``--cli-input-json``."""
    return json.dumps({"pipeline": structure}, indent=1)


Unfinished = InvalidAnswer  # the former name, for programs that import it from here
