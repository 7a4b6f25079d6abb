"""A template, looked through before anything is made: what it needs, and what is wrong with it.

The sentences begin with CloudFormation's own words where it has some, and go on with what to do.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

from cp_teach.aws.local.action_failed import Wrong
from cp_teach.aws.moto_plugin.safe_template_loader import read
from cp_teach.pipeline.formats.template_functions import BadTemplate
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
"""What needs a capability, and the property that makes it a named one (API reference: CreateStack, Capabilities)."""
CUSTOM = ("Custom::", "AWS::CloudFormation::CustomResource")
WAITS = ("AWS::CloudFormation::WaitCondition", "AWS::CloudFormation::WaitConditionHandle")


class Template:
    """A template that has been read: ``text`` as it was written, ``told`` as data. Raises ``Wrong``."""

    def __init__(self, text: str) -> None:
        self.text = text
        try:
            self.told = read(text)
        except BadTemplate as no:
            raise Wrong(f"Template format error: {no}") from None
        self.resources: dict[str, Any] = self.told["Resources"]
        self.parameters: dict[str, Any] = self.told.get("Parameters") or {}
        self._look()

    def values(self, given: Mapping[str, str]) -> dict[str, str]:
        """The value of each parameter: as given, else its default. Raises ``Wrong`` for one that cannot be."""
        if strange := sorted(set(given) - set(self.parameters)):
            raise Wrong(
                f"Parameters: [{', '.join(strange)}] do not exist in the template. "
                f"It has: {', '.join(self.parameters) or 'none'}."
            )
        found: dict[str, str] = {}
        for name, says in self.parameters.items():
            if name in given:
                found[name] = given[name]
            elif "Default" in says:
                found[name] = _text(says["Default"])
        if lacking := [name for name in self.parameters if name not in found]:
            raise Wrong(
                f"Parameters: [{', '.join(lacking)}] must have values. Give them in the template configuration "
                "file, in ParameterOverrides, or as Default in the template."
            )
        for name, value in found.items():
            if fault := _fault(name, value, self.parameters[name]):
                raise Wrong(fault)
        return found

    def needs(self) -> str:
        """The capability that has to be acknowledged; "" for none."""
        if self.told.get("Transform") or any("Fn::Transform" in part for part in _maps(self.resources)):
            return "CAPABILITY_AUTO_EXPAND"
        iam = [each for each in self.resources.values() if each["Type"] in IAM]
        if any(IAM[each["Type"]] and IAM[each["Type"]] in (each.get("Properties") or {}) for each in iam):
            return "CAPABILITY_NAMED_IAM"
        return "CAPABILITY_IAM" if iam else ""

    def acknowledged(self, said: str) -> None:
        """Look whether these capabilities, with commas between, are enough. Raises ``Wrong``."""
        have = [each.strip() for each in said.split(",") if each.strip()]
        if odd := [each for each in have if each not in CAPABILITIES]:
            raise Wrong(
                f"Capabilities: {odd[0]!r} is none of {', '.join(CAPABILITIES)}.", "ConfigurationError"
            )
        need = self.needs()
        if need and need not in have and not (need == "CAPABILITY_IAM" and "CAPABILITY_NAMED_IAM" in have):
            raise Wrong(
                f"Requires capabilities : [{need}] (InsufficientCapabilitiesException). The template "
                f"{_WHY[need]}: say that you know it, with Capabilities={need} in the action's configuration."
            )
        if need == "CAPABILITY_AUTO_EXPAND":
            raise Wrong(
                "The template has a Transform, and nothing here works through one. "
                "Give the template that comes out of it, in which every resource is written out."
            )

    # -- looking -------------------------------------------------------------------------------------
    def _look(self) -> None:
        for kind in ("Parameters", "Mappings", "Conditions", "Outputs"):
            if not isinstance(self.told.get(kind, {}), dict):
                raise Wrong(f"Template format error: {kind} must be a map, with a name for each.")
        if not self.resources:
            raise Wrong("Template format error: At least one Resources member must be defined.")
        for name, each in {**self.resources, **self.parameters}.items():
            if not isinstance(each, dict) or not isinstance(each.get("Type"), str):
                raise Wrong(f"Template format error: [{name}] must have a Type, which is a text.")
        for name, each in (self.told.get("Outputs") or {}).items():
            if not isinstance(each, dict) or "Value" not in each:
                raise Wrong(f"Template format error: the output {name} must have a Value.")
        self._types()
        self._references()

    def _types(self) -> None:
        unknown = sorted({each["Type"] for each in self.resources.values() if not _makes(each["Type"])})
        if unknown:
            raise Wrong(
                f"Template format error: Unrecognized resource types: [{', '.join(unknown)}]. moto, which stands "
                "for CloudFormation here, makes none of them; AWS may. Look for a slip of the pen, or take it out."
            )

    def _references(self) -> None:
        known = {*self.resources, *self.parameters}
        for part, place in ((self.resources, "Resources"), (self.told.get("Outputs") or {}, "Outputs")):
            lost = sorted({name for name in _named(part) if name not in known and "::" not in name})
            if lost:
                raise Wrong(
                    f"Template format error: Unresolved resource dependencies [{', '.join(lost)}] in the {place} "
                    "block of the template. Write the name of a resource or of a parameter that it has."
                )


_WHY = {
    "CAPABILITY_IAM": "makes IAM resources, which give rights away",
    "CAPABILITY_NAMED_IAM": "makes IAM resources with names of their own",
    "CAPABILITY_AUTO_EXPAND": "has macros, which may write anything into it",
}


def _makes(kind: str) -> bool:
    """Whether moto makes that type. Custom resources call functions elsewhere, so they are not made."""
    from moto.cloudformation.parsing import get_model_map

    return kind in WAITS or (kind in get_model_map() and not kind.startswith(CUSTOM))


def _maps(value: Any) -> Iterator[dict[str, Any]]:
    """Every map in a value."""
    if isinstance(value, dict):
        yield value
    inside = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for each in inside:
        yield from _maps(each)


def _named(value: Any) -> Iterator[str]:
    """The names that a value refers to."""
    for part in _maps(value):
        match part:
            case {"Ref": str(name)}:
                yield name
            case {"Fn::GetAtt": [str(name), *_]}:
                yield name
            case {"Fn::Sub": str(said)}:
                yield from (name.split(".")[0] for name in _substituted(said))
            case {"Fn::Sub": [str(said), dict(own)]}:
                yield from (name.split(".")[0] for name in _substituted(said) if name not in own)


def _substituted(text: str) -> list[str]:
    names = (each.name.strip() for each in placeholders(text))
    return [name for name in names if name and not name.startswith("!")]


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return ",".join(map(str, value)) if isinstance(value, list) else str(value)


def _fault(name: str, value: str, says: Mapping[str, Any]) -> str:
    """What is wrong with the value of a parameter; "" for nothing.

    AllowedPattern is not looked at: a stranger's pattern can keep Python's ``re`` busy for ever.
    """
    allowed = says.get("AllowedValues")
    if isinstance(allowed, list) and value not in map(_text, allowed):
        return f"Parameter '{name}' must be one of AllowedValues: {', '.join(map(_text, allowed))}, not {value!r}."
    if says["Type"] == "Number":
        try:
            finite = len(value) <= MAX_DIGITS and math.isfinite(float(value))
        except ValueError:
            finite = False
        if not finite:
            return f"Parameter '{name}' must be a number, not {value!r}."
    for key, wrong in (("MinLength", len(value).__lt__), ("MaxLength", len(value).__gt__)):
        limit = whole_number(str(says.get(key, "")))
        if limit is not None and wrong(limit):
            return f"Parameter '{name}' has {len(value)} signs; its {key} is {says[key]}."
    return ""
