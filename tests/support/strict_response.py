"""Is an answer what the model says, member by member and type by type? botocore itself forgives a great deal."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any


def faults(shape: Any, value: Any, path: str = "") -> Iterator[str]:
    """What a strict client would trip over: an unknown member, a wrong type, a time stamp that is no number."""
    if shape is None:
        if value not in ({}, None):
            yield f"{path or 'answer'}: nothing should be answered"
        return
    match shape.type_name:
        case "structure":
            if not isinstance(value, dict):
                yield f"{path}: {value!r:.40} is no structure"
                return
            for name, item in value.items():
                if name not in shape.members:
                    yield f"{path}.{name}: unknown member"
                else:
                    yield from faults(shape.members[name], item, f"{path}.{name}")
        case "list":
            if not isinstance(value, list):
                yield f"{path}: {value!r:.40} is no list"
                return
            for item in value:
                yield from faults(shape.member, item, path)
        case "map":
            if not isinstance(value, dict):
                yield f"{path}: {value!r:.40} is no map"
                return
            for key, item in value.items():
                yield from faults(shape.value, item, f"{path}.{key}")
        case "timestamp":
            if not isinstance(value, int | float) or isinstance(value, bool):
                yield f"{path}: the time stamp {value!r:.40} is no number"
        case "boolean":
            if not isinstance(value, bool):
                yield f"{path}: {value!r:.40} is neither true nor false"
        case "integer" | "long":
            if not isinstance(value, int) or isinstance(value, bool):
                yield f"{path}: {value!r:.40} is no whole number"
        case _:
            if not isinstance(value, str):
                yield f"{path}: {value!r:.40} is no text"
            elif shape.enum and value not in shape.enum:
                yield f"{path}: {value!r:.40} is none of {shape.enum}"
