"""JSON 1.1 as the service speaks it: time stamps are epoch seconds with milliseconds, absent members are left out."""

from __future__ import annotations

import json
from typing import Any

CONTENT_TYPE = "application/x-amz-json-1.1"


def body(answer: dict[str, Any]) -> str:
    """An answer as it goes over the wire. Members that are None are not there."""
    return json.dumps(_plain(answer), ensure_ascii=False, separators=(",", ":"))


def error(code: str, message: str) -> str:
    """An error as it goes over the wire (as recorded: ``{"__type": …, "message": …}``)."""
    return json.dumps({"__type": code, "message": message}, ensure_ascii=False)


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items() if item is not None}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, float):
        return round(value, 3)
    return value
