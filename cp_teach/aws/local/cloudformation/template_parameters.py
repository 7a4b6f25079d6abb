"""The values that an action gives to a template: from its configuration file, and over them from the action itself.

Sources: CloudFormation user guide, continuous-delivery-codepipeline-cfn-artifacts (the file) and
continuous-delivery-codepipeline-parameter-override-functions (``Fn::GetArtifactAtt``, ``Fn::GetParam``).
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from cp_teach.aws.local.action_failed import misconfigured
from cp_teach.aws.local.cloudformation.artifact_lookup import json_object, named, text
from cp_teach.work.task import Task

OVERRIDES = 1024
"""How long ParameterOverrides may be, in bytes (CloudFormation user guide: action reference)."""
ATTRIBUTES = ("BucketName", "ObjectKey", "URL")
MEMBERS = ("Parameters", "Tags", "StackPolicy")

Places = Callable[[str], tuple[str, str]]
"""Input artifact -> its bucket and its key."""


@dataclass
class Given:
    """What an action gives beside the template."""

    parameters: dict[str, str] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    policy: str = ""
    """The stack policy, as JSON; "" for none."""


def given(task: Task, places: Places, region: str) -> Given:
    """The template configuration file, and the overrides over it. Raises ``Wrong``."""
    found = Given()
    if task.configuration.get("TemplateConfiguration"):
        artifact, file = named(task, "TemplateConfiguration")
        where = f"The template configuration [{file}] in artifact [{artifact}]"
        told = json_object(text(task, artifact, file), where)
        if odd := sorted(set(told) - set(MEMBERS)):
            raise misconfigured(f"{where} has {', '.join(odd)}; it may have {', '.join(MEMBERS)}.")
        found.parameters = _strings(told.get("Parameters"), f"{where}: Parameters")
        found.tags = _strings(told.get("Tags"), f"{where}: Tags")
        if "StackPolicy" in told:
            if not isinstance(told["StackPolicy"], dict):
                raise misconfigured(f"{where}: StackPolicy must be an object with a Statement.")
            found.policy = json.dumps(told["StackPolicy"])
    said = task.configuration.get("ParameterOverrides", "")
    if not said:
        return found
    if len(said.encode()) > OVERRIDES:
        raise misconfigured(
            f"ParameterOverrides has {len(said.encode())} bytes; 1 kB ({OVERRIDES} bytes) is the limit. "
            "Put what is known beforehand into a template configuration file."
        )
    for name, value in json_object(said, "ParameterOverrides").items():
        found.parameters[name] = _value(task, name, value, places, region)
    return found


def _value(task: Task, name: str, value: Any, places: Places, region: str) -> str:
    if not isinstance(value, dict):
        return _plain(value, f"ParameterOverrides: {name}")
    match list(value.items()):
        case [("Fn::GetArtifactAtt", [str(artifact), str(attribute)])]:
            return _attribute(task, artifact, attribute, places, region)
        case [("Fn::GetParam", [str(artifact), str(file), str(key)])]:
            where = f"File [{file}] in artifact [{artifact}]"
            told = json_object(text(task, artifact, file), where)
            if key not in told:
                have = ", ".join(sorted(told)) or "none"
                raise misconfigured(
                    f"ParameterOverrides: {name}: {where} has no key {key}. Its keys are: {have}."
                )
            return _plain(told[key], f"{where}: {key}")
    raise misconfigured(
        f'ParameterOverrides: {name} must be a text, {{"Fn::GetArtifactAtt": ["artifact", "attribute"]}} or '
        f'{{"Fn::GetParam": ["artifact", "file.json", "key"]}}, not {json.dumps(value)}.'
    )


def _attribute(task: Task, artifact: str, attribute: str, places: Places, region: str) -> str:
    if attribute not in ATTRIBUTES:
        raise misconfigured(f"An artifact has no attribute {attribute}. It has: {', '.join(ATTRIBUTES)}.")
    if artifact not in task.inputs:
        have = ", ".join(task.inputs) or "none"
        raise misconfigured(f"The artifact {artifact} is no input artifact of this action. It has: {have}.")
    bucket, key = places(artifact)
    values = {
        "BucketName": bucket,
        "ObjectKey": key,
        "URL": f"https://s3-{region}.amazonaws.com/{bucket}/{key}",
    }
    return values[attribute]


def _strings(told: Any, where: str) -> dict[str, str]:
    if told is None:
        return {}
    if not isinstance(told, dict):
        raise misconfigured(f'{where} must be an object with texts, as in {{"Stage": "prod"}}.')
    return {name: _plain(value, f"{where}: {name}") for name, value in told.items()}


def _plain(value: Any, where: str) -> str:
    """A value of a parameter. A list is one with commas, as CloudFormation takes it."""
    match value:
        case bool():
            return "true" if value else "false"
        case str() | int() | float():
            return str(value)
        case list() if all(isinstance(each, str | int | float) for each in value):
            return ",".join(map(str, value))
    raise misconfigured(f"{where} must be a text, not {json.dumps(value)}.")
