"""Template parameters, tags, and stack policy: from the configuration file, overridden by the action itself.

Sources: CloudFormation user guide, continuous-delivery-codepipeline-cfn-artifacts (the file) and
continuous-delivery-codepipeline-parameter-override-functions (``Fn::GetArtifactAtt``, ``Fn::GetParam``).
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from cp_teach.aws.local.action_failed import misconfigured
from cp_teach.aws.local.cloudformation.artifact_lookup import (
    artifact_and_file,
    json_object,
    not_an_input,
    read_text,
)
from cp_teach.work.task import Task

MAX_OVERRIDES = 1024
"""Maximum length of ParameterOverrides in bytes (CloudFormation user guide: action reference)."""
ATTRIBUTES = ("BucketName", "ObjectKey", "URL")
MEMBERS = ("Parameters", "Tags", "StackPolicy")

LocationOf = Callable[[str], tuple[str, str]]
"""Name of an input artifact -> its bucket and key."""


@dataclass
class StackInput:
    """The input of a stack besides its template."""

    parameters: dict[str, str] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    policy: str = ""
    """The stack policy as JSON; "" for none."""


def read_stack_input(task: Task, location_of: LocationOf, region: str) -> StackInput:
    """Read the template configuration file and the overrides of an action. Raises ``ActionFailed``."""
    stack_input = StackInput()
    if task.configuration.get("TemplateConfiguration"):
        artifact, file = artifact_and_file(task, "TemplateConfiguration")
        where = f"The template configuration [{file}] in artifact [{artifact}]"
        document = json_object(read_text(task, artifact, file), where)
        if unknown := sorted(set(document) - set(MEMBERS)):
            raise misconfigured(f"{where} has {', '.join(unknown)}; it may have {', '.join(MEMBERS)}.")
        stack_input.parameters = _strings(document.get("Parameters"), f"{where}: Parameters")
        stack_input.tags = _strings(document.get("Tags"), f"{where}: Tags")
        if "StackPolicy" in document:
            if not isinstance(document["StackPolicy"], dict):
                raise misconfigured(f"{where}: StackPolicy must be an object with a Statement.")
            stack_input.policy = json.dumps(document["StackPolicy"])
    overrides = task.configuration.get("ParameterOverrides", "")
    if not overrides:
        return stack_input
    if len(overrides.encode()) > MAX_OVERRIDES:
        raise misconfigured(
            f"ParameterOverrides has {len(overrides.encode())} bytes; 1 kB ({MAX_OVERRIDES} bytes) is the limit. "
            "Put fixed values into a template configuration file."
        )
    for name, value in json_object(overrides, "ParameterOverrides").items():
        stack_input.parameters[name] = _value(task, name, value, location_of, region)
    return stack_input


def _value(task: Task, name: str, value: Any, location_of: LocationOf, region: str) -> str:
    if not isinstance(value, dict):
        return _string(value, f"ParameterOverrides: {name}")
    match list(value.items()):
        case [("Fn::GetArtifactAtt", [str(artifact), str(attribute)])]:
            return _attribute(task, artifact, attribute, location_of, region)
        case [("Fn::GetParam", [str(artifact), str(file), str(key)])]:
            where = f"File [{file}] in artifact [{artifact}]"
            document = json_object(read_text(task, artifact, file), where)
            if key not in document:
                keys = ", ".join(sorted(document)) or "none"
                raise misconfigured(
                    f"ParameterOverrides: {name}: {where} has no key {key}. Its keys are: {keys}."
                )
            return _string(document[key], f"{where}: {key}")
    raise misconfigured(
        f'ParameterOverrides: {name} must be a string, {{"Fn::GetArtifactAtt": ["artifact", "attribute"]}} or '
        f'{{"Fn::GetParam": ["artifact", "file.json", "key"]}}, not {json.dumps(value)}.'
    )


def _attribute(task: Task, artifact: str, attribute: str, location_of: LocationOf, region: str) -> str:
    if attribute not in ATTRIBUTES:
        raise misconfigured(f"An artifact has no attribute {attribute}. It has: {', '.join(ATTRIBUTES)}.")
    if artifact not in task.inputs:
        raise not_an_input(task, artifact)
    bucket, key = location_of(artifact)
    values = {
        "BucketName": bucket,
        "ObjectKey": key,
        "URL": f"https://s3-{region}.amazonaws.com/{bucket}/{key}",
    }
    return values[attribute]


def _strings(value: Any, where: str) -> dict[str, str]:
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise misconfigured(f'{where} must be an object with strings, as in {{"Stage": "prod"}}.')
    return {name: _string(item, f"{where}: {name}") for name, item in value.items()}


def _string(value: Any, where: str) -> str:
    """The value of a parameter. A list becomes a comma-delimited list, as in CloudFormation."""
    match value:
        case bool():
            return "true" if value else "false"
        case str() | int() | float():
            return str(value)
        case list() if all(isinstance(item, str | int | float) for item in value):
            return ",".join(map(str, value))
    raise misconfigured(f"{where} must be a string, not {json.dumps(value)}.")
