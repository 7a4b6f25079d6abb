"""Strict validation of responses against botocore's model. botocore itself accepts unknown members and other types."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any


def faults(shape: Any, value: Any, path: str = "") -> Iterator[str]:
    """A message for each unknown member, wrong type, or timestamp that is not a number."""
    if shape is None:
        if value not in ({}, None):
            yield f"{path or 'answer'}: the response must be empty"
        return
    match shape.type_name:
        case "structure":
            if not isinstance(value, dict):
                yield f"{path}: {value!r:.40} is not a structure"
                return
            for name, item in value.items():
                if name not in shape.members:
                    yield f"{path}.{name}: unknown member"
                else:
                    yield from faults(shape.members[name], item, f"{path}.{name}")
        case "list":
            if not isinstance(value, list):
                yield f"{path}: {value!r:.40} is not a list"
                return
            for item in value:
                yield from faults(shape.member, item, path)
        case "map":
            if not isinstance(value, dict):
                yield f"{path}: {value!r:.40} is not a map"
                return
            for key, item in value.items():
                yield from faults(shape.value, item, f"{path}.{key}")
        case "timestamp":
            if not isinstance(value, int | float) or isinstance(value, bool):
                yield f"{path}: the timestamp {value!r:.40} is not a number"
        case "boolean":
            if not isinstance(value, bool):
                yield f"{path}: {value!r:.40} is neither true nor false"
        case "integer" | "long":
            if not isinstance(value, int) or isinstance(value, bool):
                yield f"{path}: {value!r:.40} is not a whole number"
        case _:
            if not isinstance(value, str):
                yield f"{path}: {value!r:.40} is not a string"
            elif shape.enum and value not in shape.enum:
                yield f"{path}: {value!r:.40} is not one of {shape.enum}"
