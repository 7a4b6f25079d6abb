"""Requests and responses in the protocol JSON 1.1: timestamps are epoch seconds with milliseconds."""

from __future__ import annotations

import json
import re
from typing import Any, TypeAlias

from cp_teach.aws.protocol.errors import serialization
from cp_teach.security.input.json_input import InvalidJson, parse_json

Json: TypeAlias = dict[str, Any]
"""A JSON object: a request, a response, or a structure of the service model inside one."""
HEADERS = {"Content-Type": "application/x-amz-json-1.1"}
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")


def parse(data: bytes, operation: str) -> Any:
    """The request. Raises ``SerializationException`` for a body that is not JSON."""
    try:
        return parse_json(data) if data else {}
    except InvalidJson as error:
        raise serialization(str(error)) from error


def body(response: Json, operation: str = "", *, nulls: bool = False) -> str:
    """The body of a response. Members that are None are left out, unless ``nulls``."""
    return encodable(json.dumps(_plain(response, nulls), ensure_ascii=False, separators=(",", ":")))


def error(code: str, message: str) -> str:
    """The body of an error response (as recorded: ``{"__type": …, "message": …}``)."""
    return encodable(json.dumps({"__type": code, "message": message}, ensure_ascii=False))


def encodable(text: str) -> str:
    """Replace half surrogate pairs, which UTF-8 cannot encode. Requests with one are refused, but an old run file can
    contain one."""
    return _LONE_SURROGATE.sub(lambda match: f"\\u{ord(match[0]):04x}", text)


def _plain(value: Any, nulls: bool) -> Any:
    if isinstance(value, dict):
        return {key: _plain(item, nulls) for key, item in value.items() if nulls or item is not None}
    if isinstance(value, list | tuple):
        return [_plain(item, nulls) for item in value]
    if isinstance(value, float):
        return round(value, 3)
    return value
