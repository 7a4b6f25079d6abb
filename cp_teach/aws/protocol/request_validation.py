"""botocore's own model of the service: what may be asked, in which form, and what an answer looks like.

Requests are held against it here, before anything else is looked at (the service has such a front-end check, too:
it answers a bad filter although the pipeline does not exist).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from functools import cache
from typing import Any

from cp_teach.aws.protocol.errors import validation
from cp_teach.work.sandbox.aws_clients import bare_session

WORDS = {
    "string": (str, "a string"),
    "integer": (int, "an integer"),
    "long": (int, "an integer"),
    "boolean": (bool, "true or false"),
}


@cache
def service() -> Any:
    """The service model ``codepipeline/2015-07-09`` that the installed botocore has."""
    return bare_session().get_service_model("codepipeline")


@cache
def operations() -> tuple[str, ...]:
    """The names of all operations, in the order of the alphabet."""
    return tuple(sorted(service().operation_names))


def check(operation: str, request: dict[str, Any]) -> dict[str, Any]:
    """The request without what the model does not know. Raises the service's ValidationException."""
    shape = service().operation_model(operation).input_shape
    if shape is None:
        return {}
    kept: dict[str, Any] = _kept(shape, request)
    found = list(_faults(shape, kept, ""))
    if found:
        many = "1 validation error" if len(found) == 1 else f"{len(found)} validation errors"
        raise validation(f"{many} detected: {'; '.join(found)}")
    return kept


def _kept(shape: Any, value: Any) -> Any:
    """The value as far as the model knows it: what it does not know is ignored, and null is absent."""
    if shape.type_name == "structure" and isinstance(value, dict):
        return {
            name: _kept(member, value[name])
            for name, member in shape.members.items()
            if value.get(name) is not None
        }
    if shape.type_name == "list" and isinstance(value, list):
        return [_kept(shape.member, item) for item in value]
    if shape.type_name == "map" and isinstance(value, dict):
        return {str(key): _kept(shape.value, item) for key, item in value.items() if item is not None}
    return value


MAX_MATCHED = 10_000
"""Maximum characters of a text that is matched against a pattern. Some of AWS's patterns take quadratic time, and
none of them allows a text this long."""


def _faults(shape: Any, value: Any, path: str) -> Iterator[str]:
    """Each constraint that the value breaks, in the service's words. List members are counted from 1."""
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
    kind, words = WORDS[shape.type_name]
    if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
        yield _fault(value, path, f"be {words}")
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
        shown = "Value null"
    elif shape is not None and shape.metadata.get("sensitive"):
        shown = "Value"
    else:
        text = str(value)
        shown = f"Value '{text if len(text) <= 1000 else text[:997] + '...'}'"
    return f"{shown} at '{path}' failed to satisfy constraint: Member must {must}"


def _at(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name
