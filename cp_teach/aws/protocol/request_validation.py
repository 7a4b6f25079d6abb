"""Validation of requests against botocore's model of the service, with the messages of the service.

The service, too, validates a request before it looks at anything else: it refuses a bad filter even if the pipeline
does not exist. botocore's own ParamValidator checks neither patterns, enums, nor maxima, and has other messages.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import datetime
from functools import cache
from typing import Any

from cp_teach.aws.protocol.errors import validation
from cp_teach.pipeline.formats.schema import SERVICE_LIMITS
from cp_teach.work.sandbox.aws_clients import bare_session

TYPES: dict[str, tuple[Any, str]] = {
    "structure": (dict, "a structure"),
    "list": (list, "a list"),
    "map": (dict, "a map"),
    "string": (str, "a string"),
    "integer": (int, "an integer"),
    "long": (int, "an integer"),
    "boolean": (bool, "true or false"),
    "timestamp": (int | float | str | datetime, "a timestamp"),
}
"""Type of a shape -> the Python type, and its name in a message."""
ENUM_ORDERS = {"StartTimeRange": ("All", "Latest")}
"""Shape -> the order of its values in the service's message, where it has been recorded (AWS, 2026)."""
CONSTRAINT = "failed to satisfy constraint: "


@cache
def service() -> Any:
    """The service model ``codepipeline/2015-07-09`` of the installed botocore."""
    return bare_session().get_service_model("codepipeline")


@cache
def operations() -> tuple[str, ...]:
    """The names of all operations, in alphabetical order."""
    return tuple(sorted(service().operation_names))


def check(operation: str, request: dict[str, Any]) -> dict[str, Any]:
    """The request without members that the model does not have. Raises ValidationException."""
    shape = service().operation_model(operation).input_shape
    if shape is None:
        return {}
    result: dict[str, Any] = _modeled(shape, request)
    faults = list(_faults(shape, result, ""))
    if faults:
        count = "1 validation error" if len(faults) == 1 else f"{len(faults)} validation errors"
        raise validation(f"{count} detected: {'; '.join(faults)}")
    return result


def _modeled(shape: Any, value: Any) -> Any:
    """The value without members that the model does not have, and without nulls."""
    if shape.type_name == "structure" and isinstance(value, dict):
        return {
            name: _modeled(member, value[name])
            for name, member in shape.members.items()
            if value.get(name) is not None
        }
    if shape.type_name == "list" and isinstance(value, list):
        return [_modeled(shape.member, item) for item in value]
    if shape.type_name == "map" and isinstance(value, dict):
        return {str(key): _modeled(shape.value, item) for key, item in value.items() if item is not None}
    return value


MAX_MATCHED = 10_000
"""Maximum length of a text that is matched against a pattern. Some of AWS's patterns take quadratic time, and none of
them allows a longer text."""


def _faults(shape: Any, value: Any, path: str) -> Iterator[str]:
    """A message for each constraint that the value violates. List members are counted from 1."""
    kind, name = TYPES[shape.type_name]
    if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
        yield _fault(path, f"be {name}")
        return
    match shape.type_name:
        case "structure":
            for name in shape.required_members:
                if name not in value:
                    yield _fault(_at(path, name), "not be null")
            for name, item in value.items():
                yield from _faults(shape.members[name], item, _at(path, name))
        case "list":
            yield from _bounds(shape, path, "length", len(value))
            for number, item in enumerate(value, start=1):
                yield from _faults(shape.member, item, f"{path}.{number}.member")
        case "map":
            yield from _bounds(shape, path, "length", len(value))
            yield from _entry_fault("keys", shape.key, value, path)
            if shape.value.type_name == "string":
                texts = [item for item in value.values() if isinstance(item, str)]
                yield from _entry_fault("value", shape.value, texts, path)
            for key, item in value.items():
                if shape.value.type_name != "string" or not isinstance(item, str):
                    yield from _faults(shape.value, item, _at(path, key))
        case "string":
            yield from _bounds(shape, path, "length", len(value))
            pattern = shape.metadata.get("pattern")
            if pattern and (len(value) > MAX_MATCHED or not re.search(rf"\A(?:{pattern})\Z", value)):
                yield _fault(path, f"satisfy regular expression pattern: {pattern}")
            if shape.enum and value not in shape.enum:
                values = ENUM_ORDERS.get(shape.name, shape.enum)
                yield _fault(path, f"satisfy enum value set: [{', '.join(values)}]")
        case "integer" | "long":
            yield from _bounds(shape, path, "value", value)


def _entry_fault(aspect: str, shape: Any, texts: Iterable[str], path: str) -> Iterator[str]:
    """A message for the keys or the values of a map, with every constraint: AWS reports each aspect once."""
    if any(True for text in texts for _ in _faults(shape, text, path)):
        least, most = _limits(shape)
        pattern = shape.metadata.get("pattern")
        constraints = [
            *([f"Member must have length less than or equal to {most}"] if most is not None else []),
            *([f"Member must have length greater than or equal to {least}"] if least is not None else []),
            *([f"Member must satisfy regular expression pattern: {pattern}"] if pattern else []),
            *([f"Member must satisfy enum value set: [{', '.join(shape.enum)}]"] if shape.enum else []),
        ]
        yield f"Value at '{path}' {CONSTRAINT}Map {aspect} must satisfy constraint: [{', '.join(constraints)}]"


def _limits(shape: Any) -> tuple[int | None, int | None]:
    """The minimum and the maximum of a shape, as the service applies them."""
    model = shape.metadata.get("min"), shape.metadata.get("max")
    return SERVICE_LIMITS.get(shape.name, model)


def _bounds(shape: Any, path: str, measure: str, size: int) -> Iterator[str]:
    least, most = _limits(shape)
    if least is not None and size < least:
        yield _fault(path, f"have {measure} greater than or equal to {least}")
    if most is not None and size > most:
        yield _fault(path, f"have {measure} less than or equal to {most}")


def _fault(path: str, must: str) -> str:
    """The message of the service, which never quotes the value (recorded on AWS, 2026)."""
    return f"Value at '{path}' {CONSTRAINT}Member must {must}"


def _at(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name
