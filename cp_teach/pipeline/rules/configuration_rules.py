"""Rules for configuration values that depend on one another, or that need a certain format.

A problem that appears only when the action runs is a warning; one that the service refuses at once is an error.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

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
    location = location.member("configuration")
    match action.category, action.provider:
        case "Approval", "Manual":
            yield from _topic(action, location, region)
        case (("Build" | "Test"), "CodeBuild"):
            yield from _primary(action, location)
        case "Deploy", "CloudFormation":
            yield from _stack(action, location)
        case "Deploy", "S3":
            yield from _bucket(action, location)
        case _:
            pass


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
        yield location.in_action(message, f"Use a topic of {region}.", warning="{" in arn["region"])


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
