"""Parse untrusted JSON within limits; every error is one sentence."""

from __future__ import annotations

import json
import re
from typing import Any

MAX_DEPTH = 100
"""Maximum nesting of arrays and objects. AWS's own structures need 12 levels."""

MAX_DIGITS = 400
"""Maximum digits of a number; the largest finite float has 309."""

_LONE_SURROGATE = re.compile("[\ud800-\udfff]")


class InvalidJson(ValueError):
    """The text is not JSON, or exceeds the limits; the message says what is wrong and where."""


def parse_json(text: str | bytes | bytearray) -> Any:
    """Return the value of a JSON text.

    Raises ``InvalidJson`` for bytes that are not UTF-8, for a text that is not JSON (``NaN`` and ``Infinity`` are not,
    RFC 8259), for a value nested deeper than ``MAX_DEPTH``, for a number with more than ``MAX_DIGITS`` digits, and for
    half a surrogate pair, which UTF-8 cannot represent.
    """
    if not isinstance(text, str):
        try:
            text = bytes(text).decode("utf-8")
        except UnicodeDecodeError as error:
            raise InvalidJson(f"The text is not UTF-8: byte {error.start + 1} is wrong.") from error
    try:
        value = json.loads(
            text,
            parse_constant=_refuse_constant,
            parse_int=lambda digits: int(_bounded(digits)),
            parse_float=lambda digits: float(_bounded(digits)),
        )
    except RecursionError:
        raise InvalidJson(f"The JSON is nested deeper than {MAX_DEPTH} levels.") from None
    except json.JSONDecodeError as error:
        raise InvalidJson(
            f"The text is not JSON: line {error.lineno}, column {error.colno}: {error.msg}."
        ) from error
    _check(value)
    return value


def _refuse_constant(name: str) -> Any:
    raise InvalidJson(f"The text is not JSON: {name} is not a number in JSON.")


def _bounded(digits: str) -> str:
    if len(digits) > MAX_DIGITS:
        raise InvalidJson(f"The JSON has a number of {len(digits)} digits; the limit is {MAX_DIGITS}.")
    return digits


def _check(value: Any) -> None:
    """Check the value without recursion, because it can be nested deeply."""
    waiting = [(value, 1)]
    while waiting:
        item, depth = waiting.pop()
        if isinstance(item, str):
            if _LONE_SURROGATE.search(item):
                raise InvalidJson("The JSON has half a surrogate pair, which is not a character.")
        elif isinstance(item, dict | list):
            if depth > MAX_DEPTH:
                raise InvalidJson(f"The JSON is nested deeper than {MAX_DEPTH} levels.")
            waiting += ((each, depth + 1) for each in item)  # of an object, the keys
            if isinstance(item, dict):
                waiting += ((each, depth + 1) for each in item.values())
