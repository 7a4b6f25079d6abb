"""CloudFormation in: ``AWS::CodePipeline::Pipeline`` of a YAML or JSON template, with its functions kept readable.

A reference to a parameter with a default becomes that default, a pseudo parameter a value for a class-room account;
whatever only a real stack would know stays as ``${LogicalId}`` or ``${LogicalId.Arn}``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cp_teach.pipeline.formats.template_functions import (
    BadTemplate,
    joined,
    selected,
    split,
    sub_arguments,
    substituted,
)
from cp_teach.security.input.input_files import UnreadableFile, read_text_file
from cp_teach.security.input.json_input import BadJson, parse_json
from cp_teach.security.input.placeholders import fill
from cp_teach.security.input.whole_number import whole_number
from cp_teach.security.input.yaml_input import (
    MAX_CHARACTERS,
    BadYaml,
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
"""Maps whose keys are the user's own, not CloudFormation's."""
NAMES = ("name", "targetPipeline", "targetAction", "sourceActionName", "namespace")
"""Members whose alphabet is narrow: a reference that is left in one of them becomes a word of it."""


def template(given: str | Path) -> dict[str, Any]:
    """The template in a file, or in a text; ``!Ref X`` becomes ``{"Ref": "X"}``. Raises ``BadTemplate``."""
    text = str(given)
    if isinstance(given, Path) or ("\n" not in given and "{" not in given):
        text = _file(Path(given))
    told = _read(text)
    if not isinstance(told, dict) or not isinstance(told.get("Resources"), dict):
        raise BadTemplate("This is no CloudFormation template: it has no Resources.")
    return told


def _file(path: Path) -> str:
    try:
        return read_text_file(path, MAX_CHARACTERS)
    except FileNotFoundError:
        raise BadTemplate(f"There is no file {path}.") from None
    except UnreadableFile as error:
        raise BadTemplate(str(error)) from error


def _read(text: str) -> Any:
    if text.lstrip().startswith("{") and len(text) <= MAX_CHARACTERS:
        try:
            return parse_json(text)
        except BadJson:
            pass  # YAML can also begin with a brace, and its reader reports the place of an error
    try:
        return construct_yaml(compose_yaml(text), _long_form)
    except TooMuchYaml as error:
        raise BadTemplate(f"This template cannot be read: {error}.") from error
    except BadYaml as error:
        raise BadTemplate(f"This is neither YAML nor JSON: {error}.") from error


def _long_form(tag: str, value: Any) -> dict[str, Any]:
    """Convert the short form of a CloudFormation function to the long one."""
    return {tag if tag in ("Ref", "Condition") else f"Fn::{tag}": value}


def declaration(given: str | Path, logical_id: str = "") -> dict[str, Any]:
    """The structure of the pipeline in a template, as ``Pipeline.from_aws`` takes it.

    ``logical_id`` names it where a template has several. Raises ``BadTemplate``.
    """
    told = template(given)
    found = {
        name: resource
        for name, resource in told["Resources"].items()
        if isinstance(resource, dict) and resource.get("Type") == TYPE
    }
    if logical_id and logical_id not in found:
        raise BadTemplate(f"There is no {TYPE} called {logical_id}; there are: {', '.join(found) or 'none'}.")
    if len(found) != 1 and not logical_id:
        raise BadTemplate(
            f"This template has no {TYPE}."
            if not found
            else f"This template has several pipelines: {', '.join(found)}. Name one: logical_id={next(iter(found))!r}."
        )
    name = logical_id or next(iter(found))
    properties = found[name].get("Properties", {})
    if not isinstance(properties, dict):
        raise BadTemplate(f"Resources, {name}: Properties is not a map.")
    known = _known(told)
    return structure(_Evaluation(known).of(properties, ("Resources", name, "Properties")), f"stack-{name}")


def _known(told: Mapping[str, Any]) -> dict[str, str]:
    """What a reference stands for, as far as a template says it itself."""
    parameters = told.get("Parameters") or {}
    if not isinstance(parameters, dict):
        raise BadTemplate("Parameters must be a map: write a name, and under it Type and Default.")
    defaults: dict[str, str] = {}
    for name, parameter in parameters.items():
        default = parameter.get("Default") if isinstance(parameter, dict) else None
        if isinstance(default, dict | list):
            raise BadTemplate(f"Parameters, {name}: Default must be one string or number.")
        if default not in (None, ""):
            defaults[name] = str(default)
    return {**PSEUDO, **defaults}


# -- functions -------------------------------------------------------------------------------------
MAX_MADE = 5_000_000
"""Maximum characters and items that all functions of a template can produce together."""


Way = tuple[Any, ...]
"""The place of a value: the keys that lead to it. It is formatted only for an error message."""


def _written(way: Way) -> str:
    if isinstance(way[0], tuple):
        return f"{_written(way[0])}, {str(way[1])[:60]}"
    return ", ".join(str(key)[:60] for key in way)


class _Evaluation:
    """Evaluates functions with the known values; unknown ones stay readable."""

    def __init__(self, known: Mapping[str, str]) -> None:
        self.known, self.left = known, MAX_MADE

    def of(self, value: Any, place: Way) -> Any:
        """The value with its functions evaluated. ``place`` is its place, for error messages."""
        if isinstance(value, list):
            items = [self.of(item, (place, number)) for number, item in enumerate(value)]
            return [item for item in items if item is not None]
        if not isinstance(value, dict):
            return value
        if len(value) == 1:
            name, told = next(iter(value.items()))
            if name == "Ref" or name.startswith("Fn::"):
                return self._function(name, told, (place, name))
        made = {key: self.of(item, (place, key)) for key, item in value.items()}
        return {key: item for key, item in made.items() if item is not None}

    def _function(self, name: str, told: Any, place: Way) -> Any:
        try:
            made = self._evaluated(name, told, place)
        except BadTemplate as error:
            raise (
                error if error.placed else BadTemplate(f"{_written(place)}: {error}", placed=True)
            ) from error
        self.left -= len(made) if isinstance(made, str | list) else 1
        if self.left < 0:
            problem = f"the functions of this template produce more than {MAX_MADE} characters."
            raise BadTemplate(f"{_written(place)}: {problem}", placed=True)
        return made

    def _evaluated(self, name: str, told: Any, place: Way) -> Any:
        match name, told:
            case "Ref", _:
                return None if told == "AWS::NoValue" else self.known.get(str(told), f"${{{told}}}")
            case "Fn::GetAtt", _:
                return f"${{{'.'.join(map(str, told)) if isinstance(told, list) else told}}}"
            case "Fn::Sub", _:
                text, own = sub_arguments(told)
                values = {**self.known, **self.of(own, place)}
                return substituted(text, lambda name: values.get(name, f"${{{name}}}"))
            case "Fn::Join", [delimiter, items]:
                parts = self.of(items, place)
                return joined(delimiter, parts) if isinstance(parts, list) else f"${{Join {parts}}}"
            case "Fn::If", [_, met, _]:
                return self.of(met, place)  # the value for a condition that holds
            case "Fn::Select", [index, items]:
                found, at = self.of(items, place), self.of(index, place)
                if not isinstance(found, list) or "${" in str(at):  # only a real stack would know the value
                    return f"${{Select {at}}}"
                return selected(at, found)
            case "Fn::Split", [delimiter, text]:
                return split(delimiter, self.of(text, place))
            case (("Fn::Join" | "Fn::If" | "Fn::Select" | "Fn::Split"), _):
                number = "three" if name == "Fn::If" else "two"
                raise BadTemplate(f"{name} must have a list of {number} values.")
        inner = self.of(told, place)
        said = inner if isinstance(inner, str) else json.dumps(inner, ensure_ascii=False)
        return f"${{{name.removeprefix('Fn::')} {said}}}"


# -- the structure ---------------------------------------------------------------------------------
def structure(properties: Mapping[str, Any], name: str) -> dict[str, Any]:
    """CloudFormation's properties as the service's own structure. ``name`` is for a pipeline that has none."""
    own = {
        key: value
        for key, value in properties.items()
        if key not in ("Tags", "DisableInboundStageTransitions", "RestartExecutionOnUpdate", "ArtifactStores")
    }
    made: dict[str, Any] = _camel(own)
    made.setdefault("name", name)
    made["name"] = _word(made["name"])
    stores = properties.get("ArtifactStores")
    if isinstance(stores, list):
        made["artifactStores"] = {
            str(each.get("Region")): _camel(each.get("ArtifactStore", {}))
            for each in stores
            if isinstance(each, dict)
        }
    return made


def _camel(value: Any, key: str = "") -> Any:
    if isinstance(value, list):
        return [_camel(item, key) for item in value]
    if isinstance(value, dict):
        if key in VERBATIM:
            return {name: _text(item) for name, item in value.items()}
        return {_lower(name): _camel(item, name) for name, item in value.items()}
    if key in ("RunOrder", "TimeoutInMinutes") and isinstance(value, str):
        number = whole_number(value)
        return value if number is None else number
    if key in ("Version",) and isinstance(value, int):
        return str(value)
    if _lower(key) in NAMES and isinstance(value, str):
        return _word(value)
    return _text(value) if isinstance(value, bool) else value


def _lower(name: str) -> str:
    return name[:1].lower() + name[1:]


def _word(text: Any) -> str:
    """A reference that is left in a name, as a word of the name's alphabet."""
    return fill(str(text), lambda name: re.sub(r"[^A-Za-z0-9_-]+", "-", name).strip("-"))


def _text(value: Any) -> Any:
    """CloudFormation writes every value of a configuration as text."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
