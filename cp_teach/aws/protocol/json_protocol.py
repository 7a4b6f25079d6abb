"""Responses in the protocol JSON 1.1: timestamps are epoch seconds with milliseconds."""

from __future__ import annotations

import json
import re
from typing import Any, TypeAlias

Json: TypeAlias = dict[str, Any]
"""A JSON object: a request, a response, or a structure of the service model inside one."""
CONTENT_TYPE = "application/x-amz-json-1.1"
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")


def body(response: Json) -> str:
    """The body of a response. Members that are None are left out."""
    return _encodable(json.dumps(_plain(response), ensure_ascii=False, separators=(",", ":")))


def error(code: str, message: str) -> str:
    """The body of an error response (as recorded: ``{"__type": …, "message": …}``)."""
    return _encodable(json.dumps({"__type": code, "message": message}, ensure_ascii=False))


def _encodable(text: str) -> str:
    """Replace half surrogate pairs, which UTF-8 cannot encode. Requests with one are refused, but an old run file can
    contain one."""
    return _LONE_SURROGATE.sub(lambda match: f"\\u{ord(match[0]):04x}", text)


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items() if item is not None}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, float):
        return round(value, 3)
    return value
