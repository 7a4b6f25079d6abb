"""Which member of AWS's pipeline structure goes into which field of the blueprint, shape by shape.

The table is the whole knowledge of ``declaration``: one row for each member of botocore's service model
(``codepipeline/2015-07-09``). A test walks the model and compares it with this table, so that a member which
AWS adds one day is noticed rather than lost.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from cp_teach.pipeline.model import pipeline as bp


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
    """A list of things of one kind; lists become tuples."""

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
class Named:
    """A structure of which the blueprint keeps the name alone (an input artifact)."""

    name: Scalar


@dataclass(frozen=True)
class Member:
    """One member of a structure: AWS's name, our field, what it holds, and whether AWS insists on it."""

    aws: str
    field: str
    kind: Kind
    required: bool = False


@dataclass(frozen=True)
class Shape:
    """A structure of AWS and the class of the blueprint that holds it.

    A member whose ``field`` is empty is a structure within the structure that the blueprint keeps flat (and
    whose ``make`` is therefore None). ``noun`` is what a reader calls such a thing, with its name: "stage
    Build".
    """

    name: str
    make: Any
    members: tuple[Member, ...]
    noun: str = ""


Kind = Scalar | List | Map | Named | Shape


def text(least: int | None = None, most: int | None = None, pattern: str | None = None) -> Scalar:
    """A string of so many characters, of that alphabet."""
    return Scalar(str, least, most, pattern)


def one_of(*values: str) -> Scalar:
    """A string that must be one of these."""
    return Scalar(str, values=values)


def number(least: int | None = None, most: int | None = None) -> Scalar:
    """A whole number between these."""
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
RESULT = one_of("ROLLBACK", "FAIL", "RETRY", "SKIP")
CATEGORIES = ("Source", "Build", "Deploy", "Test", "Invoke", "Approval", "Compute")
OWNERS = ("AWS", "ThirdParty", "Custom")
COMMANDS = List(text(1, 1000), 1, 50)
INPUTS = List(Named(ARTIFACT_NAME))
PATTERNS = List(text(1, 255), 1, 8)

ACTION_TYPE = Shape(
    "ActionTypeId",
    bp.ActionType,
    (
        Member("category", "category", one_of(*CATEGORIES), True),
        Member("owner", "owner", one_of(*OWNERS), True),
        Member("provider", "provider", PROVIDER, True),
        Member("version", "version", VERSION, True),
    ),
)
RULE_TYPE = Shape(
    "RuleTypeId",
    bp.RuleType,
    (
        Member("category", "category", one_of("Rule"), True),
        Member("provider", "provider", PROVIDER, True),
        Member("owner", "owner", one_of("AWS")),
        Member("version", "version", VERSION),
    ),
)
OUTPUT = Shape(
    "OutputArtifact",
    bp.OutputArtifact,
    (Member("name", "name", ARTIFACT_NAME, True), Member("files", "files", List(text(1, 128), 1, 10))),
)
ENVIRONMENT_VARIABLE = Shape(
    "EnvironmentVariable",
    bp.EnvironmentVariable,
    (
        Member("name", "name", text(1, 128, "[A-Za-z0-9_]+"), True),
        Member("value", "value", text(1, 2000), True),
        Member("type", "type", one_of("PLAINTEXT", "SECRETS_MANAGER")),
    ),
)
ACTION = Shape(
    "ActionDeclaration",
    bp.Action,
    (
        Member("name", "name", NAME, True),
        Member("actionTypeId", "type", ACTION_TYPE, True),
        Member("runOrder", "run_order", number(1, 999)),
        Member("configuration", "configuration", Map(text(1, 50), text(1, 1000))),
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
    "RuleDeclaration",
    bp.Rule,
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
    "Condition",
    bp.Condition,
    (Member("result", "result", RESULT), Member("rules", "rules", List(RULE, 1, 5))),
)
CONDITION_LIST = List(CONDITION, 1, 1)
RETRY = Shape(
    "RetryConfiguration", None, (Member("retryMode", "retry_mode", one_of("FAILED_ACTIONS", "ALL_ACTIONS")),)
)
MUST = (Member("conditions", "conditions", CONDITION_LIST, True),)
ENTRY = Shape("BeforeEntryConditions", bp.Conditions, MUST, "beforeEntry")
SUCCESS = Shape("SuccessConditions", bp.Conditions, MUST, "onSuccess")
FAILURE = Shape(
    "FailureConditions",
    bp.Conditions,
    (
        Member("result", "result", RESULT),
        Member("retryConfiguration", "", RETRY),
        Member("conditions", "conditions", CONDITION_LIST),
    ),
    "onFailure",
)
BLOCKER = Shape(
    "BlockerDeclaration",
    bp.Blocker,
    (Member("name", "name", text(1, 100), True), Member("type", "type", one_of("Schedule"), True)),
)
STAGE = Shape(
    "StageDeclaration",
    bp.Stage,
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
    "EncryptionKey",
    bp.EncryptionKey,
    (Member("id", "id", text(1, 400), True), Member("type", "type", one_of("KMS"), True)),
)
STORE = Shape(
    "ArtifactStore",
    bp.ArtifactStore,
    (
        Member("type", "type", one_of("S3"), True),
        Member("location", "location", BUCKET, True),
        Member("encryptionKey", "encryption_key", KEY),
    ),
    "artifact store",
)
VARIABLE = Shape(
    "PipelineVariableDeclaration",
    bp.Variable,
    (
        Member("name", "name", VARIABLE_NAME, True),
        Member("defaultValue", "default_value", text(1, 1000)),
        Member("description", "description", text(0, 200)),
    ),
    "variable",
)
GLOBS = tuple(Member(word, word, PATTERNS) for word in ("includes", "excludes"))
TAGS = Shape("GitTagFilterCriteria", bp.Patterns, GLOBS)
BRANCHES = Shape("GitBranchFilterCriteria", bp.Patterns, GLOBS)
PATHS = Shape("GitFilePathFilterCriteria", bp.Patterns, GLOBS)
PUSH = Shape(
    "GitPushFilter",
    bp.GitFilter,
    (
        Member("tags", "tags", TAGS),
        Member("branches", "branches", BRANCHES),
        Member("filePaths", "file_paths", PATHS),
    ),
)
PULL = Shape(
    "GitPullRequestFilter",
    bp.GitFilter,
    (
        Member("events", "events", List(one_of("OPEN", "UPDATED", "CLOSED"), 1, 3)),
        Member("branches", "branches", BRANCHES),
        Member("filePaths", "file_paths", PATHS),
    ),
)
GIT = Shape(
    "GitConfiguration",
    None,
    (
        Member("sourceActionName", "source_action_name", NAME, True),
        Member("push", "push", List(PUSH, 1, 3)),
        Member("pullRequest", "pull_request", List(PULL, 1, 3)),
    ),
)
TRIGGER = Shape(
    "PipelineTriggerDeclaration",
    bp.Trigger,
    (
        Member("providerType", "provider_type", one_of("CodeStarSourceConnection"), True),
        Member("gitConfiguration", "", GIT, True),
    ),
    "trigger",
)
PIPELINE = Shape(
    "PipelineDeclaration",
    bp.Pipeline,
    (
        Member("name", "name", NAME, True),
        Member("roleArn", "role_arn", ROLE, True),
        Member("artifactStore", "artifact_store", STORE),
        Member("artifactStores", "artifact_stores", Map(REGION, STORE)),
        Member("stages", "stages", List(STAGE), True),
        Member("version", "version", number(1)),
        Member("executionMode", "execution_mode", one_of("QUEUED", "SUPERSEDED", "PARALLEL")),
        Member("pipelineType", "pipeline_type", one_of("V1", "V2")),
        Member("variables", "variables", List(VARIABLE, 0, 50)),
        Member("triggers", "triggers", List(TRIGGER, 0, 50)),
    ),
)
