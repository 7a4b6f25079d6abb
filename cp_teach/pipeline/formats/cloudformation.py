"""CloudFormation: read the ``AWS::CodePipeline::Pipeline`` resource of a YAML or JSON template.

A reference to a parameter becomes the parameter's default, and a pseudo parameter gets an example value. A value that
only a real stack has stays as ``${LogicalId}`` or ``${LogicalId.Arn}``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cp_teach.pipeline.formats.template_functions import (
    InvalidTemplate,
    join,
    select,
    split,
    sub_arguments,
    substitute,
)
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
PSEUDO = {
    "AWS::AccountId": "123456789012",
    "AWS::Region": "us-east-1",
    "AWS::Partition": "aws",
    "AWS::StackName": "stack",
    "AWS::URLSuffix": "amazonaws.com",
    "AWS::StackId": "arn:aws:cloudformation:us-east-1:123456789012:stack/stack/1",
}
VERBATIM = ("Configuration",)
"""Maps whose keys are not CloudFormation's."""
NAME_MEMBERS = ("name", "targetPipeline", "targetAction", "sourceActionName", "namespace")
"""Members that are names; an unresolved reference in one of them becomes a valid name."""


def parse_template(source: str | Path) -> dict[str, Any]:
    """Return the template in a file or a text; ``!Ref X`` becomes ``{"Ref": "X"}``. Raises ``InvalidTemplate``."""
    text = str(source)
    if isinstance(source, Path) or ("\n" not in source and "{" not in source):
        text = _read_file(Path(source))
    document = _parse(text)
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


def read_declaration(source: str | Path, logical_id: str = "") -> dict[str, Any]:
    """Return the structure of the pipeline in a template, for ``Pipeline.from_aws``.

    ``logical_id`` selects it if the template has several pipelines. Raises ``InvalidTemplate``.
    """
    document = parse_template(source)
    pipelines = {
        name: resource
        for name, resource in document["Resources"].items()
        if isinstance(resource, dict) and resource.get("Type") == TYPE
    }
    if logical_id and logical_id not in pipelines:
        raise InvalidTemplate(
            f"There is no {TYPE} called {logical_id}; there are: {', '.join(pipelines) or 'none'}."
        )
    if len(pipelines) != 1 and not logical_id:
        raise InvalidTemplate(
            f"This template has no {TYPE}."
            if not pipelines
            else f"This template has several pipelines: {', '.join(pipelines)}. "
            f"Name one: logical_id={next(iter(pipelines))!r}."
        )
    name = logical_id or next(iter(pipelines))
    properties = pipelines[name].get("Properties", {})
    if not isinstance(properties, dict):
        raise InvalidTemplate(f"Resources, {name}: Properties is not a map.")
    values = _known_values(document)
    return to_pipeline_structure(
        FunctionEvaluator(values).evaluate(properties, ("Resources", name, "Properties")), f"stack-{name}"
    )


def _known_values(document: Mapping[str, Any]) -> dict[str, str]:
    """Return the values of references that the template itself defines."""
    parameters = document.get("Parameters") or {}
    if not isinstance(parameters, dict):
        raise InvalidTemplate("Parameters must be a map: write a name, and under it Type and Default.")
    defaults: dict[str, str] = {}
    for name, parameter in parameters.items():
        default = parameter.get("Default") if isinstance(parameter, dict) else None
        if isinstance(default, dict | list):
            raise InvalidTemplate(f"Parameters, {name}: Default must be one string or number.")
        if default not in (None, ""):
            defaults[name] = str(default)
    return {**PSEUDO, **defaults}


# -- functions -------------------------------------------------------------------------------------
MAX_OUTPUT = 5_000_000
"""Maximum characters and items that all functions of a template can produce together."""


ValuePath = tuple[Any, ...]
"""The keys that lead to a value, for error messages."""


def _format_path(path: ValuePath) -> str:
    if isinstance(path[0], tuple):
        return f"{_format_path(path[0])}, {str(path[1])[:60]}"
    return ", ".join(str(key)[:60] for key in path)


class FunctionEvaluator:
    """Evaluates functions with the known values; an unknown value stays as ``${…}``."""

    def __init__(self, values: Mapping[str, str]) -> None:
        self.values, self.remaining = values, MAX_OUTPUT

    def evaluate(self, value: Any, path: ValuePath) -> Any:
        """Return the value with its functions evaluated; ``path`` is for error messages."""
        if isinstance(value, list):
            items = [self.evaluate(item, (path, number)) for number, item in enumerate(value)]
            return [item for item in items if item is not None]
        if not isinstance(value, dict):
            return value
        if len(value) == 1:
            name, argument = next(iter(value.items()))
            if name == "Ref" or name.startswith("Fn::"):
                return self._call(name, argument, (path, name))
        result = {key: self.evaluate(item, (path, key)) for key, item in value.items()}
        return {key: item for key, item in result.items() if item is not None}

    def _call(self, name: str, argument: Any, path: ValuePath) -> Any:
        try:
            result = self._evaluate_function(name, argument, path)
        except InvalidTemplate as error:
            raise (
                error
                if error.has_location
                else InvalidTemplate(f"{_format_path(path)}: {error}", has_location=True)
            ) from error
        self.remaining -= len(result) if isinstance(result, str | list) else 1
        if self.remaining < 0:
            problem = f"the functions of this template produce more than {MAX_OUTPUT} characters."
            raise InvalidTemplate(f"{_format_path(path)}: {problem}", has_location=True)
        return result

    def _evaluate_function(self, name: str, argument: Any, path: ValuePath) -> Any:
        match name, argument:
            case "Ref", _:
                return (
                    None if argument == "AWS::NoValue" else self.values.get(str(argument), f"${{{argument}}}")
                )
            case "Fn::GetAtt", _:
                return f"${{{'.'.join(map(str, argument)) if isinstance(argument, list) else argument}}}"
            case "Fn::Sub", _:
                text, variables = sub_arguments(argument)
                all_values = {**self.values, **self.evaluate(variables, path)}
                return substitute(text, lambda name: all_values.get(name, f"${{{name}}}"))
            case "Fn::Join", [delimiter, items]:
                parts = self.evaluate(items, path)
                return join(delimiter, parts) if isinstance(parts, list) else f"${{Join {parts}}}"
            case "Fn::If", [_, met, _]:
                return self.evaluate(met, path)  # the value for a condition that holds
            case "Fn::Select", [index, items]:
                values, at = self.evaluate(items, path), self.evaluate(index, path)
                if not isinstance(values, list) or "${" in str(at):  # only a real stack has the value
                    return f"${{Select {at}}}"
                return select(at, values)
            case "Fn::Split", [delimiter, text]:
                return split(delimiter, self.evaluate(text, path))
            case (("Fn::Join" | "Fn::If" | "Fn::Select" | "Fn::Split"), _):
                number = "three" if name == "Fn::If" else "two"
                raise InvalidTemplate(f"{name} must have a list of {number} values.")
        evaluated = self.evaluate(argument, path)
        text = evaluated if isinstance(evaluated, str) else json.dumps(evaluated, ensure_ascii=False)
        return f"${{{name.removeprefix('Fn::')} {text}}}"


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
