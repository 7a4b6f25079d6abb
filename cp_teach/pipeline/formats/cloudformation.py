"""CloudFormation: read the ``AWS::CodePipeline::Pipeline`` resource of a YAML or JSON template.

The template is evaluated as CloudFormation does it; a value that only a stack has stays as ``${LogicalId}`` or
``${LogicalId.Arn}``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from cp_teach.pipeline.formats.template_evaluation import TemplateEvaluator
from cp_teach.pipeline.formats.template_functions import InvalidTemplate
from cp_teach.pipeline.formats.template_parameters import DEFAULT_REGION, parameter_values, pseudo_parameters
from cp_teach.pipeline.formats.unresolved_value import unknown_places
from cp_teach.security.input.input_files import UnreadableFile, read_text_file
from cp_teach.security.input.json_input import InvalidJson, parse_json
from cp_teach.security.input.placeholders import fill
from cp_teach.security.input.whole_number import whole_number
from cp_teach.security.input.yaml_input import (
    MAX_CHARACTERS,
    InvalidYaml,
    TooMuchYaml,
    compose_yaml,
    construct_yaml,
)

TYPE = "AWS::CodePipeline::Pipeline"
VERBATIM = ("Configuration",)
"""Maps whose keys are not CloudFormation's."""
NAME_MEMBERS = ("name", "targetPipeline", "targetAction", "sourceActionName", "namespace")
"""Members that are names; an unresolved reference in one of them becomes a valid name."""


class TemplatePipeline(NamedTuple):
    """The pipeline of a template.

    ``structure`` is what ``Pipeline.from_aws`` reads; ``disabled_transitions`` maps a stage to the reason for which
    its inbound transition is disabled from the beginning; ``unknown`` has the (path, name) of each value that only a
    stack has; ``assumed`` names the conditions that depend on such values and are taken to hold.
    """

    structure: dict[str, Any]
    disabled_transitions: dict[str, str]
    unknown: tuple[tuple[str, str], ...]
    assumed: tuple[str, ...]


def parse_template(source: str | Path) -> dict[str, Any]:
    """Return the template in a file or a text; ``!Ref X`` becomes ``{"Ref": "X"}``. Raises ``InvalidTemplate``."""
    text = str(source)
    if isinstance(source, Path) or ("\n" not in source and "{" not in source):
        text = _read_file(Path(source))
    document = _parse(text)
    if isinstance(document, dict) and isinstance(body := document.get("TemplateBody"), str | dict):
        document = (
            _parse(body) if isinstance(body, str) else body
        )  # what `aws cloudformation get-template` prints
    if not isinstance(document, dict) or not isinstance(document.get("Resources"), dict):
        raise InvalidTemplate("This is not a CloudFormation template: it has no Resources.")
    return document


def _read_file(path: Path) -> str:
    try:
        return read_text_file(path, MAX_CHARACTERS)
    except FileNotFoundError:
        raise InvalidTemplate(f"There is no file {path}.") from None
    except UnreadableFile as error:
        raise InvalidTemplate(str(error)) from error


def _parse(text: str) -> Any:
    if text.lstrip().startswith("{") and len(text) <= MAX_CHARACTERS:
        try:
            return parse_json(text)
        except InvalidJson:
            pass  # YAML can also begin with a brace, and its reader reports the location of an error
    try:
        return construct_yaml(compose_yaml(text), _long_form)
    except TooMuchYaml as error:
        raise InvalidTemplate(f"This template cannot be read: {error}.") from error
    except InvalidYaml as error:
        raise InvalidTemplate(f"This is neither YAML nor JSON: {error}.") from error


def _long_form(tag: str, value: Any) -> dict[str, Any]:
    """Convert the short form of a CloudFormation function to the long one."""
    return {tag if tag in ("Ref", "Condition") else f"Fn::{tag}": value}


def read_declaration(
    source: str | Path,
    logical_id: str = "",
    parameters: Mapping[str, Any] | None = None,
    region: str = "",
) -> TemplatePipeline:
    """Return the pipeline in a template.

    ``logical_id`` selects it if the template has several pipelines; ``parameters`` and ``region`` are those of the
    stack. Raises ``InvalidTemplate``.
    """
    document = parse_template(source)
    values = {
        **pseudo_parameters(region or DEFAULT_REGION),
        **parameter_values(document.get("Parameters"), parameters or {}),
    }
    evaluator = TemplateEvaluator(document, values)
    name, resource = _pipeline(evaluator, document["Resources"], logical_id)
    properties = resource.get("Properties", {})
    if not isinstance(properties, dict):
        raise InvalidTemplate(f"Resources, {name}: Properties is not a map.")
    evaluated = evaluator.evaluate(properties, ("Resources", name, "Properties"))
    structure = to_pipeline_structure(evaluated, f"stack-{name}")
    return TemplatePipeline(
        structure,
        _disabled_transitions(evaluated),
        tuple(unknown_places(evaluated)),
        tuple(evaluator.assumed),
    )


def _pipeline(
    evaluator: TemplateEvaluator, resources: Mapping[str, Any], logical_id: str
) -> tuple[str, dict[str, Any]]:
    """The logical ID and the resource of the pipeline that the stack would have."""
    pipelines = {
        str(name): resource
        for name, resource in evaluator.expand(resources, ("Resources",)).items()
        if isinstance(resource, dict) and resource.get("Type") == TYPE
    }
    if logical_id and logical_id not in pipelines:
        raise InvalidTemplate(
            f"There is no {TYPE} called {logical_id}; there are: {', '.join(pipelines) or 'none'}."
        )
    if not pipelines:
        raise InvalidTemplate(f"This template has no {TYPE}.")
    wanted = {logical_id: pipelines[logical_id]} if logical_id else pipelines
    created = {
        name: each
        for name, each in wanted.items()
        if "Condition" not in each or evaluator.holds(str(each["Condition"]))
    }
    if not created:
        name, each = next(iter(wanted.items()))
        raise InvalidTemplate(
            f"With these parameters the stack has no pipeline: {name} has the condition {each['Condition']}, "
            "which does not hold."
        )
    if len(created) > 1:
        raise InvalidTemplate(
            f"This template has several pipelines: {', '.join(created)}. "
            f"Name one: logical_id={next(iter(created))!r}."
        )
    return next(iter(created.items()))


def _disabled_transitions(properties: Mapping[str, Any]) -> dict[str, str]:
    """Stage -> reason, from ``DisableInboundStageTransitions``."""
    listed = properties.get("DisableInboundStageTransitions")
    return {
        str(each["StageName"]): str(each.get("Reason", ""))
        for each in (listed if isinstance(listed, list) else ())
        if isinstance(each, dict) and "StageName" in each
    }


# -- the structure ---------------------------------------------------------------------------------
def to_pipeline_structure(properties: Mapping[str, Any], name: str) -> dict[str, Any]:
    """Convert CloudFormation's properties to the service's structure; ``name`` is the default name."""
    members = {
        key: value
        for key, value in properties.items()
        if key not in ("Tags", "DisableInboundStageTransitions", "RestartExecutionOnUpdate", "ArtifactStores")
    }
    result: dict[str, Any] = _convert(members)
    result.setdefault("name", name)
    result["name"] = _as_name(result["name"])
    stores = properties.get("ArtifactStores")
    if isinstance(stores, list):
        result["artifactStores"] = {
            str(each.get("Region")): _convert(each.get("ArtifactStore", {}))
            for each in stores
            if isinstance(each, dict)
        }
    return result


def _convert(value: Any, key: str = "") -> Any:
    if isinstance(value, list):
        return [_convert(item, key) for item in value]
    if isinstance(value, dict):
        if key in VERBATIM:
            return {name: _as_text(item) for name, item in value.items()}
        return {_member_name(name): _convert(item, name) for name, item in value.items()}
    if key in ("RunOrder", "TimeoutInMinutes") and isinstance(value, str):
        number = whole_number(value)
        return value if number is None else number
    if key == "Version" and isinstance(value, int):
        return str(value)
    if _member_name(key) in NAME_MEMBERS and isinstance(value, str):
        return _as_name(value)
    return _as_text(value) if isinstance(value, bool) else value


def _member_name(name: str) -> str:
    return name[:1].lower() + name[1:]


def _as_name(text: Any) -> str:
    """Return a name in which each unresolved reference is a valid part of a name."""
    return fill(str(text), lambda name: re.sub(r"[^A-Za-z0-9_-]+", "-", name).strip("-"))


def _as_text(value: Any) -> Any:
    """Convert a configuration value to text, as CloudFormation does."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
