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

TYPE = "AWS::CodePipeline::Pipeline"
PSEUDO = {
    "AWS::AccountId": "123456789012",
    "AWS::Region": "us-east-1",
    "AWS::Partition": "aws",
    "AWS::StackName": "stack",
    "AWS::URLSuffix": "amazonaws.com",
    "AWS::StackId": "arn:aws:cloudformation:us-east-1:123456789012:stack/stack/1",
}
NAMED = re.compile(r"\$\{(!?)([^}]+)\}")
VERBATIM = ("Configuration",)
"""Maps whose keys are the user's own, not CloudFormation's."""
NAMES = ("name", "targetPipeline", "targetAction", "sourceActionName", "namespace")
"""Members whose alphabet is narrow: a reference that is left in one of them becomes a word of it."""


class BadTemplate(ValueError):
    """A text that is no template, or has no pipeline; the message says where and what to do."""


def template(given: str | Path) -> dict[str, Any]:
    """The template in a file, or in a text; ``!Ref X`` becomes ``{"Ref": "X"}``. Raises ``BadTemplate``."""
    import yaml

    text = given.read_text(encoding="utf-8") if isinstance(given, Path) else given
    if isinstance(given, str) and "\n" not in given and "{" not in given:
        path = Path(given)
        if not path.is_file():
            raise BadTemplate(f"There is no file {given}.")
        text = path.read_text(encoding="utf-8")
    try:
        told = yaml.load(text, Loader=_loader())
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f" at line {mark.line + 1}, column {mark.column + 1}" if mark is not None else ""
        said = getattr(error, "problem", None) or error
        raise BadTemplate(f"This is neither YAML nor JSON: {said}{where}.") from error
    if not isinstance(told, dict) or not isinstance(told.get("Resources"), dict):
        raise BadTemplate("This is no CloudFormation template: it has no Resources.")
    return told


def _loader() -> Any:
    import yaml

    class Loader(yaml.SafeLoader):
        """Reads plain data, and CloudFormation's short forms as the long ones."""

    def short(loader: Any, tag: str, node: Any) -> dict[str, Any]:
        if isinstance(node, yaml.ScalarNode):
            value: Any = loader.construct_scalar(node)
        elif isinstance(node, yaml.SequenceNode):
            value = loader.construct_sequence(node, deep=True)
        else:
            value = loader.construct_mapping(node, deep=True)
        return {tag if tag in ("Ref", "Condition") else f"Fn::{tag}": value}

    Loader.add_multi_constructor("!", short)
    # A date such as 2012-10-17 is text in a policy.
    Loader.yaml_implicit_resolvers = {
        key: [(tag, pattern) for tag, pattern in found if tag != "tag:yaml.org,2002:timestamp"]
        for key, found in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }
    return Loader


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
    return structure(plain(properties, known), f"stack-{name}")


def _known(told: Mapping[str, Any]) -> dict[str, str]:
    """What a reference stands for, as far as a template says it itself."""
    parameters = told.get("Parameters") or {}
    defaults = {
        name: str(parameter["Default"])
        for name, parameter in parameters.items()
        if isinstance(parameter, dict) and parameter.get("Default") not in (None, "")
    }
    return {**PSEUDO, **defaults}


# -- functions -------------------------------------------------------------------------------------
def plain(value: Any, known: Mapping[str, str]) -> Any:
    """The value without functions: what is known is filled in, what is not stays readable."""
    if isinstance(value, list):
        items = [plain(item, known) for item in value]
        return [item for item in items if item is not None]
    if not isinstance(value, dict):
        return value
    if len(value) == 1:
        name, told = next(iter(value.items()))
        if name == "Ref" or (isinstance(name, str) and name.startswith("Fn::")):
            return _function(name, told, known)
    made = {key: plain(item, known) for key, item in value.items()}
    return {key: item for key, item in made.items() if item is not None}


def _function(name: str, told: Any, known: Mapping[str, str]) -> Any:
    match name:
        case "Ref":
            return None if told == "AWS::NoValue" else known.get(str(told), f"${{{told}}}")
        case "Fn::GetAtt":
            return f"${{{'.'.join(map(str, told)) if isinstance(told, list) else told}}}"
        case "Fn::Sub":
            text, own = (told[0], plain(told[1], known)) if isinstance(told, list) else (told, {})
            return NAMED.sub(lambda found: _filled(found, {**known, **own}), str(text))
        case "Fn::Join" if isinstance(told, list) and len(told) == 2:
            parts = plain(told[1], known)
            return str(told[0]).join(map(str, parts)) if isinstance(parts, list) else f"${{Join {parts}}}"
        case "Fn::If" if isinstance(told, list) and len(told) == 3:
            return plain(told[1], known)  # as the template reads when its condition holds
        case "Fn::Select" if isinstance(told, list) and len(told) == 2:
            items = plain(told[1], known)
            index = plain(told[0], known)
            at = int(index) if str(index).isdigit() else -1
            return items[at] if isinstance(items, list) and 0 <= at < len(items) else f"${{Select {index}}}"
        case "Fn::Split" if isinstance(told, list) and len(told) == 2:
            return str(plain(told[1], known)).split(str(told[0]))
        case _:
            inner = plain(told, known)
            said = inner if isinstance(inner, str) else json.dumps(inner, ensure_ascii=False)
            return f"${{{name.removeprefix('Fn::')} {said}}}"


def _filled(found: re.Match[str], known: Mapping[str, Any]) -> str:
    literal, name = found[1], found[2].strip()
    return f"${{{name}}}" if literal or name not in known else str(known[name])


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
    if key in ("RunOrder", "TimeoutInMinutes") and isinstance(value, str) and value.isdigit():
        return int(value)
    if key in ("Version",) and isinstance(value, int):
        return str(value)
    if _lower(key) in NAMES and isinstance(value, str):
        return _word(value)
    return _text(value) if isinstance(value, bool) else value


def _lower(name: str) -> str:
    return name[:1].lower() + name[1:]


def _word(text: Any) -> str:
    """A reference that is left in a name, as a word of the name's alphabet."""
    return NAMED.sub(lambda found: re.sub(r"[^A-Za-z0-9_-]+", "-", found[2]).strip("-"), str(text))


def _text(value: Any) -> Any:
    """CloudFormation writes every value of a configuration as text."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
