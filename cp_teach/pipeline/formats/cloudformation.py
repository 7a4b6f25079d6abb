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

from cp_teach.pipeline.formats.documents.document_kinds import PIPELINE_TYPE
from cp_teach.pipeline.formats.documents.template_source import OpenedTemplate, open_template
from cp_teach.pipeline.formats.template_evaluation import TemplateEvaluator
from cp_teach.pipeline.formats.template_functions import InvalidTemplate
from cp_teach.pipeline.formats.template_parameters import (
    DEFAULT_REGION,
    chosen_values,
    parameter_values,
    pseudo_parameters,
)
from cp_teach.pipeline.formats.unknown_values import UnknownValue, list_unknown, refuse_undecidable
from cp_teach.pipeline.formats.unresolved_value import Unresolved, unknown_places, with_unknown_parts
from cp_teach.security.input.json_input import InvalidJson, parse_json
from cp_teach.security.input.placeholders import fill
from cp_teach.security.input.whole_number import whole_number

VERBATIM = ("Configuration",)
"""Maps whose keys are not CloudFormation's."""
NAME_MEMBERS = ("name", "targetPipeline", "targetAction", "sourceActionName", "namespace")
"""Members that are names; an unresolved reference in one of them becomes a valid name."""

HARMLESS_TRANSFORMS = (
    "AWS::Serverless-2016-10-31",
    "AWS::LanguageExtensions",
    "AWS::CodeDeployBlueGreen",
    "AWS::SecretsManager-2020-07-23",
    "AWS::SecretsManager-2024-09-16",
    "AWS::ServiceCatalog",
)
"""Transforms of AWS that leave a pipeline as it is, or whose functions are evaluated here. Source: CloudFormation user
guide, "Transform reference"."""


class TemplatePipeline(NamedTuple):
    """The pipeline of a template.

    ``structure`` is what ``Pipeline.from_aws`` reads; ``disabled_transitions`` maps a stage to the reason for which
    its inbound transition is disabled from the beginning; ``unknown`` has the (path in the template, name) of each
    value that only a stack has; ``assumed`` names the conditions that depend on such values and are taken to hold;
    ``chosen`` has the parameters without a default that have their first allowed value. ``region`` is the Region of
    the stack if it is given, or follows from the actions; else it is "". ``unknown_values`` describes the unknown
    values of the structure. ``macros`` names the transforms of the template that only AWS can apply.
    """

    structure: dict[str, Any]
    disabled_transitions: dict[str, str]
    unknown: tuple[tuple[str, str], ...]
    assumed: tuple[str, ...]
    chosen: tuple[tuple[str, str], ...] = ()
    region: str = ""
    unknown_values: tuple[UnknownValue, ...] = ()
    macros: tuple[str, ...] = ()


def read_declaration(
    source: str | Path | Mapping[str, Any] | OpenedTemplate,
    logical_id: str = "",
    parameters: Mapping[str, Any] | None = None,
    region: str = "",
) -> TemplatePipeline:
    """Return the pipeline in a template.

    ``logical_id`` selects it if the template has several pipelines; ``parameters`` and ``region`` are those of the
    stack. Without ``region``, it is that of the CDK stack, or the only Region that the actions name, or us-east-1.
    Raises ``InvalidTemplate``.
    """
    opened = source if isinstance(source, OpenedTemplate) else open_template(source, logical_id)
    given = parameters or {}
    region = region or opened.region
    try:
        name, properties, assumed = _evaluated(opened.document, logical_id, given, region or DEFAULT_REGION)
        if not region and (own := _only_region(properties)):
            again = _evaluated(opened.document, logical_id, given, own)
            if _only_region(again[1]) in ("", own):
                region, (name, properties, assumed) = own, again
        structure = to_pipeline_structure(properties, f"stack-{name}")
        disabled = _disabled_transitions(properties, structure, f"Resources, {name}, Properties")
    except RecursionError:
        raise InvalidTemplate("The values of this template are nested too deeply. Make it simpler.") from None
    refuse_undecidable(structure, opened.document)
    return TemplatePipeline(
        structure,
        disabled,
        tuple(unknown_places(properties)),
        tuple(assumed),
        chosen_values(opened.document.get("Parameters"), given),
        region,
        list_unknown(structure, opened.document),
        _macros(opened.document.get("Transform")),
    )


def _macros(transform: Any) -> tuple[str, ...]:
    """The names in a template's Transform section, without those that change nothing about a pipeline."""
    named = transform if isinstance(transform, list) else [transform]
    names = [each.get("Name") if isinstance(each, dict) else each for each in named]
    return tuple(name for name in names if isinstance(name, str) and name not in HARMLESS_TRANSFORMS)


def _evaluated(
    document: dict[str, Any], logical_id: str, parameters: Mapping[str, Any], region: str
) -> tuple[str, dict[str, Any], list[str]]:
    """The logical ID, the evaluated properties, and the assumed conditions of the pipeline in this Region."""
    values = {**pseudo_parameters(region), **parameter_values(document.get("Parameters"), parameters)}
    evaluator = TemplateEvaluator(document, values)
    name, resource = _pipeline(evaluator, document["Resources"], logical_id)
    place = f"Resources, {name}, Properties"
    properties = resource.get("Properties")
    if properties is None:
        raise InvalidTemplate(
            f"Resources, {name}: it has no Properties. Add RoleArn, ArtifactStore, and Stages."
        )
    if not isinstance(properties, dict):
        raise InvalidTemplate(f"{place} is not a map.")
    evaluated = evaluator.evaluate(properties, ("Resources", name, "Properties"))
    if not isinstance(evaluated, dict):
        raise InvalidTemplate(f"{place} is not a map, but a function whose value only a stack has.")
    return name, evaluated, evaluator.assumed


def _pipeline(
    evaluator: TemplateEvaluator, resources: Mapping[str, Any], logical_id: str
) -> tuple[str, dict[str, Any]]:
    """The logical ID and the resource of the pipeline that the stack would have."""
    pipelines = {
        str(name): resource
        for name, resource in evaluator.expand(resources, ("Resources",)).items()
        if isinstance(resource, dict) and resource.get("Type") == PIPELINE_TYPE
    }
    if logical_id and logical_id not in pipelines:
        raise InvalidTemplate(
            f"There is no {PIPELINE_TYPE} called {logical_id}; there are: {', '.join(pipelines) or 'none'}."
        )
    if not pipelines:
        raise InvalidTemplate(f"This template has no {PIPELINE_TYPE}.{_close_types(resources)}")
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
            f"This template has several pipelines: {', '.join(created)[:600]}.", choices=tuple(created)
        )
    return next(iter(created.items()))


def _close_types(resources: Mapping[str, Any]) -> str:
    """A sentence about the resources that a reader can take for a pipeline."""
    found = [each.get("Type") for each in resources.values() if isinstance(each, dict)]
    types = {each for each in found if isinstance(each, str)}
    nested = types & {"AWS::CloudFormation::Stack", "AWS::Serverless::Application"}
    if nested:
        return " It has nested stacks: give the template of the stack with the pipeline."
    misspelled = sorted(each for each in types if "codepipeline" in each.lower())
    return f" It has: {', '.join(misspelled)}." if misspelled else ""


def _only_region(properties: Mapping[str, Any]) -> str:
    """The Region of a pipeline with a single store, if its actions name exactly one; else "".

    A single store is for pipelines whose actions are all in the pipeline's own Region (user guide:
    actions-create-cross-region).
    """
    if "ArtifactStores" in properties or not isinstance(properties.get("Stages"), list):
        return ""
    regions = {
        action["Region"]
        for stage in properties["Stages"]
        if isinstance(stage, dict) and isinstance(stage.get("Actions"), list)
        for action in stage["Actions"]
        if isinstance(action, dict) and isinstance(action.get("Region"), str)
    }
    only = regions.pop() if len(regions) == 1 else ""
    return "" if isinstance(only, Unresolved) else only


def _disabled_transitions(
    properties: Mapping[str, Any], structure: Mapping[str, Any], place: str
) -> dict[str, str]:
    """Stage -> reason, from ``DisableInboundStageTransitions``. Raises ``InvalidTemplate`` for an unknown stage."""
    place = f"{place}, DisableInboundStageTransitions"
    listed = properties.get("DisableInboundStageTransitions", [])
    if not isinstance(listed, list):
        raise InvalidTemplate(f"{place}: it must be a list of maps with StageName and Reason.")
    stages = structure.get("stages")
    names = [
        each.get("name") for each in (stages if isinstance(stages, list) else []) if isinstance(each, dict)
    ]
    result: dict[str, str] = {}
    for number, each in enumerate(listed):
        if not isinstance(each, dict) or not isinstance(each.get("StageName"), str | int):
            raise InvalidTemplate(f"{place}, {number}: it must be a map with StageName and Reason.")
        stage = _as_name(each["StageName"])
        if stage not in names:
            known = ", ".join(map(str, names))
            raise InvalidTemplate(
                f"{place}, {number}: there is no stage {str(stage)!r:.80}; the stages are: {known[:300]}."
            )
        result[stage] = _as_text(each.get("Reason", ""))
    return result


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
    if "ArtifactStores" in properties:
        result["artifactStores"] = _stores(properties["ArtifactStores"])
    return result


def _stores(stores: Any) -> Any:
    """CloudFormation lists the stores with their Regions; the service has a map. Another value stays as it is."""
    if not isinstance(stores, list) or not all(isinstance(each, dict) for each in stores):
        return stores
    regions = [each.get("Region", "") for each in stores]
    return {
        region if isinstance(region, str) else str(region): _convert(each.get("ArtifactStore", {}))
        for region, each in zip(regions, stores, strict=True)
    }


def _convert(value: Any, key: str = "") -> Any:
    if isinstance(value, list):
        return [_convert(item, key) for item in value]
    if isinstance(value, dict):
        if key in VERBATIM:
            return {name: _as_text(item) for name, item in value.items()}
        return {_member_name(name): _convert(item, name) for name, item in value.items()}
    if key in VERBATIM and isinstance(value, str) and not isinstance(value, Unresolved):
        return _convert(_parsed(value), key)  # CloudFormation takes the map as JSON text, too
    if key in ("RunOrder", "TimeoutInMinutes") and isinstance(value, str):
        number = whole_number(value)
        return value if number is None else number
    if key == "Version" and isinstance(value, int):
        return str(value)
    if _member_name(key) in NAME_MEMBERS and isinstance(value, str):
        return _as_name(value)
    return _as_text(value) if isinstance(value, bool) else value


def _parsed(text: str) -> Any:
    try:
        value = parse_json(text)
    except InvalidJson:
        return [text]  # a value of the wrong type, which from_aws names with its location
    return value if isinstance(value, dict) else [text]


def _member_name(name: str) -> str:
    return name[:1].lower() + name[1:]


def _as_name(text: Any) -> str:
    """Return a name in which each unresolved reference is a valid part of a name."""
    name = fill(str(text), lambda name: re.sub(r"[^A-Za-z0-9_-]+", "-", name).strip("-"))
    return Unresolved(name, text.names, text.roots) if isinstance(text, Unresolved) else name


def _as_text(value: Any) -> Any:
    """Convert a configuration value to text, as CloudFormation does."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return (
        value if isinstance(value, str) else with_unknown_parts(json.dumps(value, ensure_ascii=False), value)
    )
