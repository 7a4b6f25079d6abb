"""Validation of requests against botocore's model of the service, with the messages of the service.

The service, too, validates a request before it looks at anything else: it refuses a bad filter even if the pipeline
does not exist. botocore's own ParamValidator checks neither patterns, enums, nor maxima, and has other messages.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from functools import cache
from typing import Any

from cp_teach.aws.protocol.errors import validation
from cp_teach.work.sandbox.aws_clients import bare_session

SCALARS = {
    "string": (str, "a string"),
    "integer": (int, "an integer"),
    "long": (int, "an integer"),
    "boolean": (bool, "true or false"),
}
"""Scalar type -> the Python type, and its name in a message."""


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
    kind = shape.type_name
    if kind == "structure":
        if not isinstance(value, dict):
            yield _fault(value, path, "be a structure")
            return
        for name in shape.required_members:
            if name not in value:
                yield _fault(None, _at(path, name), "not be null")
        for name, item in value.items():
            yield from _faults(shape.members[name], item, _at(path, name))
    elif kind == "list":
        if not isinstance(value, list):
            yield _fault(value, path, "be a list")
            return
        yield from _length(shape, value, path)
        for number, item in enumerate(value, start=1):
            yield from _faults(shape.member, item, f"{path}.{number}.member")
    elif kind == "map":
        if not isinstance(value, dict):
            yield _fault(value, path, "be a map")
            return
        yield from _length(shape, value, path)
        for key, item in value.items():
            for fault in _faults(shape.key, key, path):
                head, _, must = fault.partition("failed to satisfy constraint: ")
                yield f"{head}failed to satisfy constraint: Map keys must satisfy constraint: [{must}]"
            yield from _faults(shape.value, item, _at(path, key))
    else:
        yield from _scalar(shape, value, path)


def _scalar(shape: Any, value: Any, path: str) -> Iterator[str]:
    if shape.type_name == "timestamp":
        if not isinstance(value, int | float | str | datetime) or isinstance(value, bool):
            yield _fault(value, path, "be a timestamp")
        return
    kind, name = SCALARS[shape.type_name]
    if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
        yield _fault(value, path, f"be {name}")
        return
    if kind is str:
        yield from _length(shape, value, path)
        pattern = shape.metadata.get("pattern")
        assert isinstance(value, str)
        if pattern and (len(value) > MAX_MATCHED or not re.search(rf"\A(?:{pattern})\Z", value)):
            yield _fault(value, path, f"satisfy regular expression pattern: {pattern}", shape)
        if shape.enum and value not in shape.enum:
            yield _fault(value, path, f"satisfy enum value set: [{', '.join(shape.enum)}]", shape)
    elif kind is int:
        least, most = shape.metadata.get("min"), shape.metadata.get("max")
        if least is not None and value < least:
            yield _fault(value, path, f"have value greater than or equal to {least}")
        if most is not None and value > most:
            yield _fault(value, path, f"have value less than or equal to {most}")


def _length(shape: Any, value: Any, path: str) -> Iterator[str]:
    least, most = shape.metadata.get("min"), shape.metadata.get("max")
    if least is not None and len(value) < least:
        yield _fault(value, path, f"have length greater than or equal to {least}", shape)
    if most is not None and len(value) > most:
        yield _fault(value, path, f"have length less than or equal to {most}", shape)


def _fault(value: Any, path: str, must: str, shape: Any = None) -> str:
    if value is None:
        subject = "Value null"
    elif shape is not None and shape.metadata.get("sensitive"):
        subject = "Value"
    else:
        text = str(value)
        subject = f"Value '{text if len(text) <= 1000 else text[:997] + '...'}'"
    return f"{subject} at '{path}' failed to satisfy constraint: Member must {must}"


def _at(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name
