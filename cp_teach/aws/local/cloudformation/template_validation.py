"""Validation of a template before any resource is created: its parameters, capabilities, types, and references.

A message begins with CloudFormation's own text, if there is one, and continues with what to do.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

from cp_teach.aws.local.action_failed import ActionFailed
from cp_teach.aws.moto_plugin.safe_template_loader import load_template
from cp_teach.pipeline.formats.template_functions import InvalidTemplate
from cp_teach.security.input.json_input import MAX_DIGITS
from cp_teach.security.input.placeholders import placeholders
from cp_teach.security.input.whole_number import whole_number

CAPABILITIES = ("CAPABILITY_IAM", "CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND")
IAM = {
    "AWS::IAM::AccessKey": "",
    "AWS::IAM::Group": "GroupName",
    "AWS::IAM::InstanceProfile": "InstanceProfileName",
    "AWS::IAM::ManagedPolicy": "ManagedPolicyName",
    "AWS::IAM::Policy": "",
    "AWS::IAM::Role": "RoleName",
    "AWS::IAM::User": "UserName",
    "AWS::IAM::UserToGroupAddition": "",
}
"""Types that need a capability, and the property that makes it CAPABILITY_NAMED_IAM (CreateStack, Capabilities)."""
CUSTOM = ("Custom::", "AWS::CloudFormation::CustomResource")
WAITS = ("AWS::CloudFormation::WaitCondition", "AWS::CloudFormation::WaitConditionHandle")


class Template:
    """A valid template: ``text`` as it was written, and ``document`` as data. Raises ``ActionFailed`` for another."""

    def __init__(self, text: str) -> None:
        self.text = text
        try:
            self.document = load_template(text)
        except InvalidTemplate as error:
            raise ActionFailed(f"Template format error: {error}") from None
        self.resources: dict[str, Any] = self.document["Resources"]
        self.parameters: dict[str, Any] = self.document.get("Parameters") or {}
        self._check()

    def parameter_values(self, overrides: Mapping[str, str]) -> dict[str, str]:
        """The value of each parameter: its override or its default. Raises ``ActionFailed`` for an invalid one."""
        if unknown := sorted(set(overrides) - set(self.parameters)):
            raise ActionFailed(
                f"Parameters: [{', '.join(unknown)}] do not exist in the template. "
                f"It has: {', '.join(self.parameters) or 'none'}."
            )
        defaults = {k: parameter_text(d["Default"]) for k, d in self.parameters.items() if "Default" in d}
        given = {**defaults, **overrides}
        values = {name: given[name] for name in self.parameters if name in given}
        if missing := [name for name in self.parameters if name not in values]:
            raise ActionFailed(
                f"Parameters: [{', '.join(missing)}] must have values. Give them in the template configuration "
                "file, in ParameterOverrides, or as Default in the template."
            )
        for name, value in values.items():
            if problem := _problem(name, value, self.parameters[name]):
                raise ActionFailed(problem)
        return values

    def required_capability(self) -> str:
        """The capability that must be acknowledged; "" for none."""
        if self.document.get("Transform") or any("Fn::Transform" in part for part in _maps(self.resources)):
            return "CAPABILITY_AUTO_EXPAND"
        iam = [resource for resource in self.resources.values() if resource["Type"] in IAM]
        if any(IAM[r["Type"]] and IAM[r["Type"]] in (r.get("Properties") or {}) for r in iam):
            return "CAPABILITY_NAMED_IAM"
        return "CAPABILITY_IAM" if iam else ""

    def check_capabilities(self, value: str) -> None:
        """Check that these comma-separated capabilities are sufficient. Raises ``ActionFailed``."""
        capabilities = [name.strip() for name in value.split(",") if name.strip()]
        if unknown := [name for name in capabilities if name not in CAPABILITIES]:
            raise ActionFailed(
                f"Capabilities: {unknown[0]!r} is none of {', '.join(CAPABILITIES)}.", "ConfigurationError"
            )
        need = self.required_capability()
        sufficient = {need, "CAPABILITY_NAMED_IAM"} if need == "CAPABILITY_IAM" else {need}
        if need and not sufficient & {*capabilities}:
            raise ActionFailed(
                f"Requires capabilities : [{need}] (InsufficientCapabilitiesException). The template "
                f"{_WHY[need]}. Acknowledge this with Capabilities={need} in the action's configuration."
            )
        if need == "CAPABILITY_AUTO_EXPAND":
            raise ActionFailed(
                "The template has a Transform, and moto does not process transforms. "
                "Use the processed template, which contains every resource."
            )

    def _check(self) -> None:
        """Check what ``load_template`` does not."""
        if not self.resources:
            raise ActionFailed("Template format error: At least one Resources member must be defined.")
        for name, parameter in self.parameters.items():
            if not isinstance(parameter.get("Type"), str):
                raise ActionFailed(f"Template format error: [{name}] must have a Type, which is a string.")
        for name, output in (self.document.get("Outputs") or {}).items():
            if "Value" not in output:
                raise ActionFailed(f"Template format error: the output {name} must have a Value.")
        unknown = sorted({r["Type"] for r in self.resources.values() if not _is_supported(r["Type"])})
        if unknown:
            raise ActionFailed(
                f"Template format error: Unrecognized resource types: [{', '.join(unknown)}]. moto does not "
                "support them, but AWS might. Check the spelling, or remove the resource."
            )

        names = {*self.resources, *self.parameters}
        for block in ("Resources", "Outputs"):
            unknown = sorted({*_references(self.document.get(block))} - names)
            if unresolved := [name for name in unknown if "::" not in name]:
                raise ActionFailed(
                    f"Template format error: Unresolved resource dependencies [{', '.join(unresolved)}] in the {block} "
                    "block of the template. Refer to a resource or parameter of the template."
                )


_WHY = {
    "CAPABILITY_IAM": "creates IAM resources, which grant permissions",
    "CAPABILITY_NAMED_IAM": "creates IAM resources with custom names",
    "CAPABILITY_AUTO_EXPAND": "has macros, which can add anything to it",
}


def _is_supported(kind: str) -> bool:
    """Whether moto creates resources of this type. Custom resources are excluded, because they call other functions."""
    from moto.cloudformation.parsing import get_model_map

    return kind in WAITS or (kind in get_model_map() and not kind.startswith(CUSTOM))


def _maps(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
    inside = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for item in inside:
        yield from _maps(item)


def _references(value: Any) -> Iterator[str]:
    for part in _maps(value):
        match part:
            case {"Ref": str(name)}:
                yield name
            case {"Fn::GetAtt": [str(name), *_]}:
                yield name
            case {"Fn::Sub": str(text)}:
                yield from (name.split(".")[0] for name in _placeholder_names(text))
            case {"Fn::Sub": [str(text), dict(variables)]}:
                yield from (name.split(".")[0] for name in _placeholder_names(text) if name not in variables)


def _placeholder_names(text: str) -> list[str]:
    names = (placeholder.name.strip() for placeholder in placeholders(text))
    return [name for name in names if name and not name.startswith("!")]


def parameter_text(value: object) -> str:
    """The value of a parameter. A list becomes a comma-delimited list, as in CloudFormation."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return ",".join(map(str, value)) if isinstance(value, list) else str(value)


def _problem(name: str, value: str, definition: Mapping[str, Any]) -> str:
    """What is wrong with the value of a parameter; "" if it is valid.

    AllowedPattern is not checked, because Python's ``re`` can take forever with an untrusted pattern.
    """
    allowed = definition.get("AllowedValues")
    texts = [parameter_text(item) for item in allowed] if isinstance(allowed, list) else [value]
    if value not in texts:
        return f"Parameter '{name}' must be one of AllowedValues: {', '.join(texts)}, not {value!r}."
    if definition["Type"] == "Number":
        try:
            finite = len(value) <= MAX_DIGITS and math.isfinite(float(value))
        except ValueError:
            finite = False
        if not finite:
            return f"Parameter '{name}' must be a number, not {value!r}."
    for key, exceeds in (("MinLength", len(value).__lt__), ("MaxLength", len(value).__gt__)):
        limit = whole_number(str(definition.get(key, "")))
        if limit is not None and exceeds(limit):
            return f"Parameter '{name}' has {len(value)} characters; its {key} is {definition[key]}."
    return ""
