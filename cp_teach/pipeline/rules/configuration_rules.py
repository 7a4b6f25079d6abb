"""Configurations whose values depend on one another, or must have a form of their own.

Most of this is found out only when the action runs, so it is a warning; what the service refuses at once is
an error.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from cp_teach.pipeline.model.location import Place
from cp_teach.pipeline.model.pipeline import Action
from cp_teach.pipeline.violation import Breach

KIND = "InvalidActionDeclarationException"
MODES = ("CREATE_UPDATE", "DELETE_ONLY", "REPLACE_ON_FAILURE", "CHANGE_SET_REPLACE", "CHANGE_SET_EXECUTE")
NEEDS = {
    "CREATE_UPDATE": ("RoleArn", "TemplatePath"),
    "DELETE_ONLY": ("RoleArn",),
    "REPLACE_ON_FAILURE": ("RoleArn", "TemplatePath"),
    "CHANGE_SET_REPLACE": ("RoleArn", "TemplatePath", "ChangeSetName"),
    "CHANGE_SET_EXECUTE": ("ChangeSetName",),
}
ARN = re.compile(r"arn:aws[\w-]*:(?P<service>[\w-]+):(?P<region>[\w-]*):(?P<account>[^:]*):(?P<name>.+)")


def breaches(action: Action, here: Place) -> Iterator[Breach]:
    """What the configuration of this action lacks, told provider by provider."""
    here = here.member("configuration")
    match action.category, action.provider:
        case "Approval", "Manual":
            yield from _topic(action, here)
        case (("Build" | "Test"), "CodeBuild"):
            yield from _primary(action, here)
        case "Deploy", "CloudFormation":
            yield from _stack(action, here)
        case "Deploy", "S3":
            yield from _bucket(action, here)
        case _:
            pass


def missing(action: Action, key: str) -> str:
    """AWS's words for a configuration key that is not there."""
    return f"Action configuration for action '{action.name}' is missing required configuration '{key}'"


def _topic(action: Action, here: Place) -> Iterator[Breach]:
    """The topic that an approval is announced on must be one of SNS."""
    topic = action.settings.get("NotificationArn")
    if not topic:
        return
    here, found = here.member("NotificationArn"), ARN.fullmatch(topic)
    purpose = f"for sending notifications for the approval action {action.name}"
    todo = "Write the ARN of an SNS topic: arn:aws:sns:us-east-1:123456789012:Approvals."
    if found is None:
        message = f"The ARN {topic} you specified {purpose} contains a format error."
        # Published templates have the bare name of a topic here, a placeholder for its ARN.
        refused = topic.startswith("arn:")
        yield here.in_action(message, todo) if refused else here.warning(KIND, message, todo)
    elif found["service"] != "sns":
        message = (
            f"The ARN {topic} has been specified {purpose}, "
            "but the AWS service for this ARN cannot be used to send approval requests."
        )
        yield here.in_action(message, todo)


def _primary(action: Action, here: Place) -> Iterator[Breach]:
    """With several inputs CodeBuild must know where its buildspec lies (user guide:
    action-reference-CodeBuild)."""
    primary, names = action.settings.get("PrimarySource"), action.input_names
    if primary is None and len(names) > 1:
        message = missing(action, "PrimarySource")
        yield here.warning(
            KIND, message, f"Say in which artifact the buildspec lies: one of {', '.join(names)}."
        )
    elif primary is not None and "#{" not in primary and primary not in names:
        message = f"PrimarySource '{primary}' in action '{action.name}' is not one of its input artifacts"
        todo = f"Write one of: {', '.join(names) or 'none, it has no input artifact'}."
        yield here.member("PrimarySource").warning(KIND, message, todo)


def _stack(action: Action, here: Place) -> Iterator[Breach]:
    """Each mode needs its own keys (user guide: action-reference-CloudFormation)."""
    given = action.settings
    mode = given.get("ActionMode", "")
    if mode and mode not in MODES:
        yield here.member("ActionMode").warning(
            KIND,
            f"ActionMode '{mode}' in action '{action.name}' is not known",
            f"Write one of: {', '.join(MODES)}.",
        )
    for key in NEEDS.get(mode, ()):
        if key not in given:
            message = missing(action, key)
            yield here.warning(KIND, message, f"The mode {mode} needs {key}: without it the action fails.")
    for key in ("TemplatePath", "TemplateConfiguration"):
        artifact, colons, _ = given.get(key, "").partition("::")
        if colons and "#{" not in artifact and artifact not in action.input_names:
            yield here.member(key).warning(
                KIND,
                f"{key} of action '{action.name}' names artifact '{artifact}', which is none of its inputs",
                f"Add {artifact} to the input artifacts.",
            )
    if "OutputFileName" in given and not action.output_names:
        yield here.member("OutputFileName").warning(
            KIND,
            f"OutputFileName of action '{action.name}' goes nowhere, for it has no output artifact",
            "Add an output artifact that takes the file.",
        )


def _bucket(action: Action, here: Place) -> Iterator[Breach]:
    """A file that is not unpacked needs a key (user guide: action-reference-S3Deploy)."""
    if action.settings.get("Extract", "").lower() == "false" and "ObjectKey" not in action.settings:
        message = missing(action, "ObjectKey")
        yield here.warning(KIND, message, "With Extract false, say under which key the archive is put.")
