"""The schema of AWS's pipeline structure: for each member its field, its type, and its constraints.

The table has one row for each member in botocore's service model (``codepipeline/2015-07-09``). A test compares the two
and fails when AWS adds a member. ``SERVICE_LIMITS`` has the limits of the model that are known to be out of date.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from cp_teach.pipeline.model.action import Action, ActionType, EnvironmentVariable, OutputArtifact
from cp_teach.pipeline.model.declaration import (
    ArtifactStore,
    EncryptionKey,
    GitFilter,
    Patterns,
    PipelineDeclaration,
    Trigger,
    Variable,
)
from cp_teach.pipeline.model.stage import Blocker, Condition, Conditions, Rule, RuleType, Stage


@dataclass(frozen=True)
class Scalar:
    """A string or an integer, with AWS's constraints on its value."""

    type: type
    least: int | None = None
    most: int | None = None
    pattern: str | None = None
    values: tuple[str, ...] = ()


@dataclass(frozen=True)
class List:
    """A list of items of one kind; it becomes a tuple."""

    item: Scalar | Shape | Named
    least: int = 0
    most: int | None = None


@dataclass(frozen=True)
class Map:
    """A map with string keys; it becomes a tuple of (key, value) pairs."""

    key: Scalar
    value: Scalar | Shape
    most: int | None = None


@dataclass(frozen=True)
class Member:
    """One member of a structure: AWS's name, the field, the kind of its value, and whether AWS requires it."""

    aws: str
    field: str
    kind: Kind
    required: bool = False


@dataclass(frozen=True)
class Shape:
    """A structure of AWS, and the class that represents it.

    A member with an empty ``field`` is a nested structure whose fields belong to the outer class, so its ``make`` is
    None. ``noun`` names such a structure in messages: "stage Build".
    """

    make: Callable[..., object] | None
    members: tuple[Member, ...]
    noun: str = ""


@dataclass(frozen=True)
class Named:
    """A structure with no member but its name, to which it is reduced (an input artifact)."""

    structure: Shape


Kind = Scalar | List | Map | Named | Shape


def text(least: int | None = None, most: int | None = None, pattern: str | None = None) -> Scalar:
    """Return a string of that length and pattern."""
    return Scalar(str, least, most, pattern)


def enum(*values: str) -> Scalar:
    """Return a string with these possible values."""
    return Scalar(str, values=values)


def number(least: int | None = None, most: int | None = None) -> Scalar:
    """Return an integer in this range."""
    return Scalar(int, least, most)


NAME = text(1, 100, r"[A-Za-z0-9.@\-_]+")
ARTIFACT_NAME = text(1, 100, r"[a-zA-Z0-9_\-]+")
NAMESPACE = text(1, 100, r"[A-Za-z0-9@\-_]+")
VARIABLE_NAME = text(1, 128, r"[A-Za-z0-9@\-_]+")
ROLE = text(None, 1024, r"arn:aws(-[\w]+)*:iam::[0-9]{12}:role/.*")
REGION = text(4, 30)
PROVIDER = text(1, 35, r"[0-9A-Za-z_-]+")
VERSION = text(1, 9, r"[0-9A-Za-z_-]+")
TIMEOUT = number(5, 86400)
BUCKET = text(3, 63, r"[a-zA-Z0-9\-\.]+")
RESULT = enum("ROLLBACK", "FAIL", "RETRY", "SKIP")
CATEGORIES = ("Source", "Build", "Deploy", "Test", "Invoke", "Approval", "Compute")
OWNERS = ("AWS", "ThirdParty", "Custom")
COMMANDS = List(text(1, 1000), 1, 50)
INPUTS = List(Named(Shape(None, (Member("name", "name", ARTIFACT_NAME, True),))))
PATTERNS = List(text(1, 255), 1, 8)

SERVICE_LIMITS = {"ActionConfigurationValue": (1, 50_000)}
"""Name of a shape in the service model -> the minimum and maximum that the service applies instead of the model's:
recorded in aws/aws-cdk issue 19767 (2022) and hashicorp/terraform-provider-aws issue 41023 (2025). The model and the
page of quotas still say 1000 characters."""

ACTION_TYPE = Shape(
    ActionType,
    (
        Member("category", "category", enum(*CATEGORIES), True),
        Member("owner", "owner", enum(*OWNERS), True),
        Member("provider", "provider", PROVIDER, True),
        Member("version", "version", VERSION, True),
    ),
)
RULE_TYPE = Shape(
    RuleType,
    (
        Member("category", "category", enum("Rule"), True),
        Member("provider", "provider", PROVIDER, True),
        Member("owner", "owner", enum("AWS")),
        Member("version", "version", VERSION),
    ),
)
OUTPUT = Shape(
    OutputArtifact,
    (Member("name", "name", ARTIFACT_NAME, True), Member("files", "files", List(text(1, 128), 1, 10))),
)
ENVIRONMENT_VARIABLE = Shape(
    EnvironmentVariable,
    (
        Member("name", "name", text(1, 128, "[A-Za-z0-9_]+"), True),
        Member("value", "value", text(1, 2000), True),
        Member("type", "type", enum("PLAINTEXT", "SECRETS_MANAGER")),
    ),
)
ACTION = Shape(
    Action,
    (
        Member("name", "name", NAME, True),
        Member("actionTypeId", "type", ACTION_TYPE, True),
        Member("runOrder", "run_order", number(1, 999)),
        Member("configuration", "configuration", Map(text(1, 50), text(1, 50_000))),
        Member("commands", "commands", COMMANDS),
        Member("outputArtifacts", "outputs", List(OUTPUT)),
        Member("inputArtifacts", "inputs", INPUTS),
        Member("outputVariables", "output_variables", List(text(1, 128), 1, 15)),
        Member("roleArn", "role_arn", ROLE),
        Member("region", "region", REGION),
        Member("namespace", "namespace", NAMESPACE),
        Member("timeoutInMinutes", "timeout_in_minutes", TIMEOUT),
        Member("environmentVariables", "environment_variables", List(ENVIRONMENT_VARIABLE, 1, 10)),
    ),
    "action",
)
RULE = Shape(
    Rule,
    (
        Member("name", "name", NAME, True),
        Member("ruleTypeId", "type", RULE_TYPE, True),
        Member("configuration", "configuration", Map(text(1, 50), text(1, 10000), 200)),
        Member("commands", "commands", COMMANDS),
        Member("inputArtifacts", "inputs", INPUTS),
        Member("roleArn", "role_arn", ROLE),
        Member("region", "region", REGION),
        Member("timeoutInMinutes", "timeout_in_minutes", TIMEOUT),
    ),
    "rule",
)
CONDITION = Shape(
    Condition,
    (Member("result", "result", RESULT), Member("rules", "rules", List(RULE, 1, 5))),
)
CONDITION_LIST = List(CONDITION, 1, 1)
RETRY = Shape(None, (Member("retryMode", "retry_mode", enum("FAILED_ACTIONS", "ALL_ACTIONS")),))
MUST = (Member("conditions", "conditions", CONDITION_LIST, True),)
ENTRY = Shape(Conditions, MUST, "beforeEntry")
SUCCESS = Shape(Conditions, MUST, "onSuccess")
FAILURE = Shape(
    Conditions,
    (
        Member("result", "result", RESULT),
        Member("retryConfiguration", "", RETRY),
        Member("conditions", "conditions", CONDITION_LIST),
    ),
    "onFailure",
)
BLOCKER = Shape(
    Blocker,
    (Member("name", "name", text(1, 100), True), Member("type", "type", enum("Schedule"), True)),
)
STAGE = Shape(
    Stage,
    (
        Member("name", "name", NAME, True),
        Member("blockers", "blockers", List(BLOCKER)),
        Member("actions", "actions", List(ACTION), True),
        Member("onFailure", "on_failure", FAILURE),
        Member("onSuccess", "on_success", SUCCESS),
        Member("beforeEntry", "before_entry", ENTRY),
    ),
    "stage",
)
KEY = Shape(
    EncryptionKey,
    (Member("id", "id", text(1, 400), True), Member("type", "type", enum("KMS"), True)),
)
STORE = Shape(
    ArtifactStore,
    (
        Member("type", "type", enum("S3"), True),
        Member("location", "location", BUCKET, True),
        Member("encryptionKey", "encryption_key", KEY),
    ),
    "artifact store",
)
VARIABLE = Shape(
    Variable,
    (
        Member("name", "name", VARIABLE_NAME, True),
        Member("defaultValue", "default_value", text(1, 1000)),
        Member("description", "description", text(0, 200)),
    ),
    "variable",
)
GLOBS = Shape(Patterns, tuple(Member(word, word, PATTERNS) for word in ("includes", "excludes")))
PUSH = Shape(
    GitFilter,
    (
        Member("tags", "tags", GLOBS),
        Member("branches", "branches", GLOBS),
        Member("filePaths", "file_paths", GLOBS),
    ),
)
PULL = Shape(
    GitFilter,
    (
        Member("events", "events", List(enum("OPEN", "UPDATED", "CLOSED"), 1, 3)),
        Member("branches", "branches", GLOBS),
        Member("filePaths", "file_paths", GLOBS),
    ),
)
GIT = Shape(
    None,
    (
        Member("sourceActionName", "source_action_name", NAME, True),
        Member("push", "push", List(PUSH, 1, 3)),
        Member("pullRequest", "pull_request", List(PULL, 1, 3)),
    ),
)
TRIGGER = Shape(
    Trigger,
    (
        Member("providerType", "provider_type", enum("CodeStarSourceConnection"), True),
        Member("gitConfiguration", "", GIT, True),
    ),
    "trigger",
)
PIPELINE = Shape(
    PipelineDeclaration,
    (
        Member("name", "name", NAME, True),
        Member("roleArn", "role_arn", ROLE, True),
        Member("artifactStore", "artifact_store", STORE),
        Member("artifactStores", "artifact_stores", Map(REGION, STORE)),
        Member("stages", "stages", List(STAGE), True),
        Member("version", "version", number(1)),
        Member("executionMode", "execution_mode", enum("QUEUED", "SUPERSEDED", "PARALLEL")),
        Member("pipelineType", "pipeline_type", enum("V1", "V2")),
        Member("variables", "variables", List(VARIABLE, 0, 50)),
        Member("triggers", "triggers", List(TRIGGER, 0, 50)),
    ),
)
