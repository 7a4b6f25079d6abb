"""Rules for configuration values that depend on one another, or that need a certain format.

A problem that appears only when the action runs is a warning; one that the service refuses at once is an error.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from cp_teach.pipeline.location import Location
from cp_teach.pipeline.model.action import Action
from cp_teach.pipeline.violation import Violation

NEEDS = {
    "CREATE_UPDATE": ("RoleArn", "TemplatePath"),
    "DELETE_ONLY": ("RoleArn",),
    "REPLACE_ON_FAILURE": ("RoleArn", "TemplatePath"),
    "CHANGE_SET_REPLACE": ("RoleArn", "TemplatePath", "ChangeSetName"),
    "CHANGE_SET_EXECUTE": ("ChangeSetName",),
}
MODES = tuple(NEEDS)
PLACEHOLDER = re.compile(r"[#$]\{|[<>{}]")
"""Marks of a value that is filled in later: by a variable, by a template, or by the reader."""
ARN = re.compile(r"arn:aws[\w-]*:(?P<service>[\w-]+):(?P<region>[\w-]*):(?P<account>[^:]*):(?P<name>.+)")


def check(action: Action, location: Location, region: str) -> Iterator[Violation]:
    """Yield the problems of this action's configuration, by provider; ``region`` is that of the pipeline, or ""."""
    action_location, location = location, location.member("configuration")
    yield from _sizes(action, location)
    match action.category, action.provider:
        case "Approval", "Manual":
            yield from _topic(action, location, region)
        case (("Build" | "Test"), "CodeBuild"):
            yield from _primary(action, location)
            yield from _identifiers(action, action_location)
        case "Deploy", "CloudFormation":
            yield from _stack(action, location)
        case "Deploy", "S3":
            yield from _bucket(action, location)
        case _:
            pass


SIZES = {
    ("Deploy", "CloudFormation", "ParameterOverrides"): 1024,
    ("Invoke", "Lambda", "UserParameters"): 1000,
}
"""Category, provider, and key -> the maximum of characters of its value, which is less than that of other values (user
guide: limits, action-reference-Lambda)."""


def _sizes(action: Action, location: Location) -> Iterator[Violation]:
    """A value that its provider does not take fails the action when it runs."""
    for key, value in action.settings.items():
        most = SIZES.get((action.category, action.provider, key))
        if most is not None and len(value) > most:
            yield location.member(key).in_action(
                f"{key} of action '{action.name}' has {len(value)} characters; {action.provider} takes {most}",
                "Make it shorter, or put it in a file of an artifact.",
                warning=True,
            )


def missing(action: Action, key: str) -> str:
    """Return AWS's message for a missing configuration key."""
    return f"Action configuration for action '{action.name}' is missing required configuration '{key}'"


def _topic(action: Action, location: Location, region: str) -> Iterator[Violation]:
    """The notification topic of an approval must be an SNS topic of the pipeline's Region (recorded on AWS, 2026)."""
    topic = action.settings.get("NotificationArn")
    if not topic:
        return
    location, arn = location.member("NotificationArn"), ARN.fullmatch(topic)
    purpose = f"for sending notifications for the approval action {action.name}"
    todo = "Write the ARN of an SNS topic: arn:aws:sns:us-east-1:123456789012:Approvals."
    if arn is None:
        message = f"The ARN {topic} you specified {purpose} contains a format error."
        # Published templates have the bare name of a topic as a placeholder for its ARN; the service refuses it.
        bare = not region and not topic.startswith("arn:")
        yield location.in_action(message, todo, warning=bare or PLACEHOLDER.search(topic) is not None)
    elif arn["service"] != "sns":
        message = (
            f"The ARN {topic} has been specified {purpose}, "
            "but the AWS service for this ARN cannot be used to send approval requests."
        )
        yield location.in_action(message, todo)
    elif region and arn["region"] != region:
        wrong = "but the ARN is not in the same region as the pipeline."
        message = f"The ARN {topic} has been specified {purpose}, {wrong}"
        yield location.in_action(message, f"Use a topic of {region}.")


def _primary(action: Action, location: Location) -> Iterator[Violation]:
    """With several inputs, CodeBuild must know which one has the buildspec (user guide:
    action-reference-CodeBuild)."""
    primary, names = action.settings.get("PrimarySource"), action.input_names
    if primary is None and len(names) > 1:
        todo = f"Name the artifact that has the buildspec: one of {', '.join(names)}."
        yield location.in_action(missing(action, "PrimarySource"), todo, warning=True)
    elif primary is not None and "#{" not in primary and primary not in names:
        message = f"PrimarySource '{primary}' in action '{action.name}' is not one of its input artifacts"
        todo = f"Write one of: {', '.join(names) or 'none, it has no input artifact'}."
        yield location.member("PrimarySource").in_action(message, todo, warning=True)


IDENTIFIER = re.compile("[A-Za-z0-9_]{1,127}")
BAD_IDENTIFIER = (
    "Error calling startBuild: Invalid input: identifier must contain only alphanumeric characters and underscores and "
    "be less than 128 characters in length. (Service: AWSCodeBuild; Status Code: 400; Error Code: "
    "InvalidInputException)"
)
"""What CodePipeline says when such an action starts (aws/aws-cdk issues 2230 and 18710, pull request 16017)."""


def bad_identifiers(inputs: Sequence[str], outputs: Sequence[str], primary: str) -> tuple[str, ...]:
    """The artifact names of a CodeBuild action with which its build cannot start.

    CodePipeline gives the artifacts to CodeBuild as identifiers, which have no hyphen. Only the primary source, and the
    output of an action with a single one, need none.
    """
    secondary = [name for name in inputs if name != (primary or inputs[0])]
    return tuple(
        name
        for name in (*secondary, *(outputs if len(outputs) > 1 else ()))
        if not IDENTIFIER.fullmatch(name)
    )


def start_error(action: Action) -> str:
    """Why CodeBuild does not start this action: AWS's message; "" if it starts, or is no action of CodeBuild."""
    is_build = action.type.owner == "AWS" and action.provider == "CodeBuild"
    names = (action.input_names, action.output_names, action.settings.get("PrimarySource", ""))
    return BAD_IDENTIFIER if is_build and bad_identifiers(*names) else ""


def _identifiers(action: Action, location: Location) -> Iterator[Violation]:
    """An artifact name that is no identifier of CodeBuild fails the action when it starts."""
    names = bad_identifiers(action.input_names, action.output_names, action.settings.get("PrimarySource", ""))
    for name in names:
        member = "outputArtifacts" if name in action.output_names else "inputArtifacts"
        yield location.member(member).in_action(
            f"Artifact {name} of action {action.name}: {BAD_IDENTIFIER}",
            f"Name it {re.sub('[^A-Za-z0-9_]', '_', name)}: AWS takes the pipeline, but the action fails.",
            warning=True,
        )


def _stack(action: Action, location: Location) -> Iterator[Violation]:
    """Each mode needs its own keys (user guide: action-reference-CloudFormation)."""
    given = action.settings
    mode = given.get("ActionMode", "")
    if mode and mode not in MODES:
        yield location.member("ActionMode").in_action(
            f"ActionMode '{mode}' in action '{action.name}' is not known",
            f"Write one of: {', '.join(MODES)}.",
            warning=True,
        )
    for key in NEEDS.get(mode, ()):
        if key not in given:
            todo = f"The mode {mode} needs {key}: without it the action fails."
            yield location.in_action(missing(action, key), todo, warning=True)
    for key in ("TemplatePath", "TemplateConfiguration"):
        artifact, colons, _ = given.get(key, "").partition("::")
        if colons and "#{" not in artifact and artifact not in action.input_names:
            yield location.member(key).in_action(
                f"{key} of action '{action.name}' names artifact '{artifact}', which is not one of its inputs",
                f"Add {artifact} to the input artifacts.",
                warning=True,
            )
    if "OutputFileName" in given and not action.output_names:
        yield location.member("OutputFileName").in_action(
            f"OutputFileName of action '{action.name}' has no effect, because the action has no output artifact",
            "Add an output artifact for the file.",
            warning=True,
        )


def _bucket(action: Action, location: Location) -> Iterator[Violation]:
    """A file that is not unpacked needs a key (user guide: action-reference-S3Deploy)."""
    if action.settings.get("Extract", "").lower() == "false" and "ObjectKey" not in action.settings:
        todo = "With Extract false, ObjectKey must name the key for the archive."
        yield location.in_action(missing(action, "ObjectKey"), todo, warning=True)
