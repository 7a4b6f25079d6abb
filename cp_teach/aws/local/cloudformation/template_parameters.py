"""Template parameters, tags, and stack policy: from the configuration file, overridden by the action itself.

Sources: CloudFormation user guide, continuous-delivery-codepipeline-cfn-artifacts (the file) and
continuous-delivery-codepipeline-parameter-override-functions (``Fn::GetArtifactAtt``, ``Fn::GetParam``).
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, NamedTuple

from cp_teach.aws.local.action_failed import misconfigured
from cp_teach.aws.local.cloudformation.artifact_lookup import (
    artifact_and_file,
    json_object,
    not_an_input,
    read_text,
)
from cp_teach.aws.local.cloudformation.template_validation import Template, parameter_text
from cp_teach.work.task import Task

MAX_OVERRIDES = 1024
"""Maximum length of ParameterOverrides in bytes (CloudFormation user guide: action reference)."""
ATTRIBUTES = ("BucketName", "ObjectKey", "URL")
MEMBERS = ("Parameters", "Tags", "StackPolicy")


class Location(NamedTuple):
    """The Region of an action, and the (bucket, key) of each of its input artifacts; none if they are unknown."""

    region: str
    inputs: dict[str, tuple[str, str]]


@dataclass
class StackInput:
    """What a stack is made of: its template, the values of the parameters, the tags, the policy, and the role."""

    template: Template
    parameters: dict[str, str]
    tags: dict[str, str]
    policy: str = ""
    """The stack policy as JSON; "" for none."""
    role: str = ""


def read_stack_input(task: Task, template: Template, location: Location, role: str) -> StackInput:
    """Read the template configuration file and the overrides of an action. Raises ``ActionFailed``."""
    parameters, tags, policy = dict[str, str](), dict[str, str](), ""
    if task.configuration.get("TemplateConfiguration"):
        artifact, file = artifact_and_file(task, "TemplateConfiguration")
        where = f"The template configuration [{file}] in artifact [{artifact}]"
        document = json_object(read_text(task, artifact, file), where)
        if unknown := sorted(set(document) - set(MEMBERS)):
            raise misconfigured(f"{where} has {', '.join(unknown)}; it may have {', '.join(MEMBERS)}.")
        parameters = _strings(document.get("Parameters"), f"{where}: Parameters")
        tags = _strings(document.get("Tags"), f"{where}: Tags")
        if "StackPolicy" in document:
            if not isinstance(document["StackPolicy"], dict):
                raise misconfigured(f"{where}: StackPolicy must be an object with a Statement.")
            policy = json.dumps(document["StackPolicy"])
    overrides = task.configuration.get("ParameterOverrides", "") or "{}"
    if len(overrides.encode()) > MAX_OVERRIDES:
        raise misconfigured(
            f"ParameterOverrides has {len(overrides.encode())} bytes; 1 kB ({MAX_OVERRIDES} bytes) is the limit. "
            "Put fixed values into a template configuration file."
        )
    for name, value in json_object(overrides, "ParameterOverrides").items():
        parameters[name] = _value(task, name, value, location)
    return StackInput(template, template.parameter_values(parameters), tags, policy, role)


def _value(task: Task, name: str, value: Any, location: Location) -> str:
    if not isinstance(value, dict):
        return _string(value, f"ParameterOverrides: {name}")
    match list(value.items()):
        case [("Fn::GetArtifactAtt", [str(artifact), str(attribute)])]:
            return _attribute(task, artifact, attribute, location)
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


def _attribute(task: Task, artifact: str, attribute: str, location: Location) -> str:
    if attribute not in ATTRIBUTES:
        raise misconfigured(f"An artifact has no attribute {attribute}. It has: {', '.join(ATTRIBUTES)}.")
    if artifact not in task.inputs:
        raise not_an_input(task, artifact)
    if artifact not in location.inputs:
        raise misconfigured(
            f"The bucket of the artifact {artifact} is unknown: the pipeline is not behind the API. "
            "Call show_work(workshop, local) before you release."
        )
    bucket, key = location.inputs[artifact]
    url = f"https://s3-{location.region}.amazonaws.com/{bucket}/{key}"
    return {"BucketName": bucket, "ObjectKey": key, "URL": url}[attribute]


def _strings(value: Any, where: str) -> dict[str, str]:
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise misconfigured(f'{where} must be an object with strings, as in {{"Stage": "prod"}}.')
    return {name: _string(item, f"{where}: {name}") for name, item in value.items()}


def _string(value: Any, where: str) -> str:
    if all(isinstance(item, str | int | float) for item in (value if isinstance(value, list) else [value])):
        return parameter_text(value)
    raise misconfigured(f"{where} must be a string, not {json.dumps(value)}.")
