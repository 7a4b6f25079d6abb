"""Parameters and pseudo parameters of a CloudFormation template: their values, checked as CloudFormation checks them.

Source: CloudFormation user guide, "Parameters" and "Pseudo parameters reference".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from cp_teach.pipeline.formats.template_functions import REGION, InvalidTemplate
from cp_teach.pipeline.formats.unresolved_value import unknown
from cp_teach.security.patterns.automaton import TooCostly
from cp_teach.security.patterns.regex import BadPattern, UnsupportedPattern, compile_pattern

DEFAULT_REGION = "us-east-1"
ACCOUNT = "123456789012"
PARTITIONS = {"cn-": ("aws-cn", "amazonaws.com.cn"), "us-gov-": ("aws-us-gov", "amazonaws.com")}
"""Beginning of a Region's name -> partition and URL suffix; every other Region is in ``aws``."""

PSEUDO = ("AWS::AccountId", "AWS::Partition", "AWS::StackName", "AWS::URLSuffix")
"""The pseudo parameters that can be given like parameters; the Region is given by itself."""

LIST_TYPES = ("CommaDelimitedList", "List<")
STORED = "AWS::SSM::Parameter::Value<"
"""The type of a parameter whose default is the name of a stored parameter; only the account has its value."""


def pseudo_parameters(region: str = DEFAULT_REGION, stack: str = "stack") -> dict[str, Any]:
    """The pseudo parameters of a stack in this Region, with AWS's example account."""
    partition, suffix = next(
        (names for start, names in PARTITIONS.items() if region.startswith(start)), ("aws", "amazonaws.com")
    )
    return {
        "AWS::AccountId": ACCOUNT,
        "AWS::NotificationARNs": [],
        "AWS::Partition": partition,
        "AWS::Region": region,
        "AWS::StackId": f"arn:{partition}:cloudformation:{region}:{ACCOUNT}:stack/{stack}/1",
        "AWS::StackName": stack,
        "AWS::URLSuffix": suffix,
    }


def parameter_values(declared: Any, given: Mapping[str, Any]) -> dict[str, Any]:
    """The value of each parameter: a string, a list of strings, or unresolved.

    A value is the given one, or the default, or the first allowed one. A parameter without any of these stays
    unresolved, and so does one of a type ``AWS::SSM::Parameter::Value<…>`` without a given value: its default is only
    the name of the stored value. The pseudo parameters in ``PSEUDO`` can be given, too. Raises ``InvalidTemplate`` for
    a value that CloudFormation refuses.
    """
    parameters = declared if declared is not None else {}
    if not isinstance(parameters, dict):
        raise InvalidTemplate("Parameters must be a map: write a name, and under it Type and Default.")
    unknown_parameter = next((name for name in given if name not in (*parameters, *PSEUDO)), None)
    if unknown_parameter == REGION:
        raise InvalidTemplate("AWS::Region is no parameter: give region='eu-west-1', or --region eu-west-1.")
    if unknown_parameter is not None:
        raise InvalidTemplate(
            f"The template has no parameter {unknown_parameter!r}; it has: {', '.join(parameters) or 'none'}."
        )
    pseudo = {name: _text(given[name]) for name in PSEUDO if name in given}
    return pseudo | {str(name): _value(str(name), each, given.get(name)) for name, each in parameters.items()}


def chosen_values(declared: Any, given: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """(name, value) of each parameter that has neither a given value nor a default, so its first allowed one."""
    return tuple(
        (str(name), str(_value(str(name), each, None)))
        for name, each in (declared.items() if isinstance(declared, dict) else ())
        if name not in given
        and isinstance(each, dict)
        and each.get("Default") is None
        and isinstance(each.get("AllowedValues"), list)
        and each["AllowedValues"]
        and not str(each.get("Type", "")).startswith(STORED)
    )


def _value(name: str, declaration: Any, given: Any) -> Any:
    if not isinstance(declaration, dict):
        raise InvalidTemplate(f"Parameters, {name}: it must be a map with Type and Default.")
    parameter: dict[str, Any] = declaration
    if given is not None:
        _check_given(name, given)
    kind = str(parameter.get("Type", "String"))
    allowed = parameter.get("AllowedValues")
    choices = [_text(each) for each in allowed] if isinstance(allowed, list) else []
    stored = kind.startswith(STORED)
    if given is None and stored:
        return unknown(name)
    if given is None:
        given = parameter.get("Default")
        if isinstance(given, dict | list):
            raise InvalidTemplate(f"Parameters, {name}: Default must be one string or number.")
    if given is None:
        return choices[0] if choices else unknown(name)
    inner = kind.removeprefix(STORED)
    is_list = inner.startswith(LIST_TYPES)
    if isinstance(given, list | tuple) and not is_list:
        raise InvalidTemplate(f"Parameters, {name}: it is no list, so give one value.")
    values = _items(given) if is_list else [_text(given)]
    for value in values:
        for fault in () if stored else _faults(value, parameter, inner, choices):
            raise InvalidTemplate(f"Parameters, {name}: the value {value[:60]!r} {fault}.")
    return values if is_list else values[0]


def _check_given(name: str, given: Any) -> None:
    scalars = str | int | float | bool
    if not isinstance(given, scalars) and not (
        isinstance(given, list | tuple) and all(isinstance(each, scalars) for each in given)
    ):
        raise InvalidTemplate(
            f"Parameters, {name}: give a text, a number, or a list of them, not {given!r:.60}."
        )


def _items(value: Any) -> list[str]:
    if isinstance(value, list | tuple):
        return [_text(each) for each in value]
    return [item.strip() for item in _text(value).split(",")] if _text(value) else []


def _text(value: Any) -> str:
    """A scalar as CloudFormation writes it."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _faults(value: str, parameter: Mapping[str, Any], kind: str, choices: list[str]) -> Iterator[str]:
    if choices and value not in choices:
        yield f"is not one of the AllowedValues: {', '.join(choices)[:200]}"
    if "Number" in kind:
        number = _number(value)
        if number is None:
            yield "is not a number"
            return
        for key, fault in (("MinValue", "is less than"), ("MaxValue", "is greater than")):
            bound = _number(parameter.get(key))
            if bound is not None and (number < bound if key == "MinValue" else number > bound):
                yield f"{fault} its {key}, {parameter[key]}"
    for key, fault in (("MinLength", "is shorter than"), ("MaxLength", "is longer than")):
        bound = _number(parameter.get(key))
        if bound is not None and (len(value) < bound if key == "MinLength" else len(value) > bound):
            yield f"{fault} its {key}, {parameter[key]}"
    pattern = parameter.get("AllowedPattern")
    if isinstance(pattern, str) and not _matches(pattern, value):
        yield f"does not match its AllowedPattern, {pattern[:60]}"


def _number(value: Any) -> float | None:
    try:
        return float(str(value)) if value is not None else None
    except ValueError:
        return None


def _matches(pattern: str, value: str) -> bool:
    """True if the value matches, or if the pattern cannot be judged within limits (Java has more constructs)."""
    try:
        return bool(compile_pattern(pattern).fullmatch(value))
    except (BadPattern, UnsupportedPattern, TooCostly):
        return True
