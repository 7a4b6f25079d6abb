"""The input of a target: the event, a part of it, a constant, or what an input transformer makes of it.

Source: EventBridge user guide, "Amazon EventBridge input transformation". LocalStack's tests recorded the details on
AWS: a path that the event does not have gives an empty text, an object inside a text has no quotation marks, and
``<aws.events.event>`` has ``detailType``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from cp_teach.security.input.json_input import InvalidJson, parse_json

PLACEHOLDER = re.compile(r"<([A-Za-z0-9_.-]+)>")
RESERVED = (
    "aws.events.rule-arn",
    "aws.events.rule-name",
    "aws.events.event",
    "aws.events.event.json",
    "aws.events.event.ingestion-time",
)
"""Placeholders that need no path."""
MAX_SIZE = 262_144
"""Maximum characters of an input (EventBridge quotas: 256 KB)."""
_QUOTE = re.compile(r'\\.|"', re.DOTALL)
_STEP = re.compile(r"\.(?P<name>[A-Za-z0-9_/-]+|\*)|\[(?P<index>[0-9]{1,9}|\*)\]")
_CHOICES = ("Input", "InputPath", "InputTransformer")


class InvalidInput(ValueError):
    """EventBridge cannot make the input of a target; the message says why."""


class RuleContext(NamedTuple):
    """The values of the reserved placeholders that are not in the event."""

    arn: str
    name: str
    ingestion_time: str
    """ISO 8601"""


class TargetInput(NamedTuple):
    """The input of a target: its value, and the text that a queue gets."""

    value: Any
    text: str


def make_input(target: Mapping[str, Any], event: Mapping[str, Any], rule: RuleContext) -> TargetInput | None:
    """The input of a target for an event; None if its ``InputPath`` finds nothing. Raises ``InvalidInput``."""
    if target.get("Input"):
        return _parsed(target["Input"], "Input")
    if target.get("InputPath"):
        found = find(event, target["InputPath"])
        return None if found is None else _of_json(found)
    if target.get("InputTransformer"):
        transformer = target["InputTransformer"]
        template = str(transformer.get("InputTemplate") or "")
        return _transformed(template, transformer.get("InputPathsMap") or {}, event, rule)
    return _of_json(event)


def problem_of(target: Mapping[str, Any]) -> str:
    """Why EventBridge refuses the input settings of a target, in its words; "" if it accepts them."""
    name = target.get("Id")
    if sum(bool(target.get(choice)) for choice in _CHOICES) > 1:
        return f"Only one of Input, InputPath, or InputTransformer must be provided for target {name}."
    transformer = target.get("InputTransformer") or {}
    if not isinstance(transformer, Mapping):
        return f"InputTransformer for target {name} must be an object with an InputTemplate."
    paths = transformer.get("InputPathsMap") or {}
    for placeholder in PLACEHOLDER.findall(str(transformer.get("InputTemplate") or "")):
        if placeholder not in paths and placeholder not in RESERVED:
            return f"InputTemplate for target {name} contains invalid placeholder {placeholder}."
    return ""


def find(event: Mapping[str, Any], path: str) -> Any:
    """The value at a path such as ``$.detail.commitId`` or ``$.resources[0]``; None if there is none.

    A path with ``*`` gives a list. Like EventBridge, this understands names, indexes, and ``*``; every other path finds
    nothing.
    """
    if not path.startswith("$"):
        return None
    values: list[Any] = [event]
    position, several = 1, False
    while position < len(path):
        step = _STEP.match(path, position)
        if step is None:
            return None
        key = step["name"] or step["index"]
        several = several or key == "*"
        values = [item for value in values for item in _items(value, key, by_index=step["name"] is None)]
        position = step.end()
    if several:
        return values or None
    return values[0] if values else None


def _items(value: Any, key: str, *, by_index: bool) -> list[Any]:
    if key == "*":
        return list(value.values()) if isinstance(value, dict) else value if isinstance(value, list) else []
    if by_index:
        return value[int(key) : int(key) + 1] if isinstance(value, list) else []
    return [value[key]] if isinstance(value, Mapping) and key in value else []


def _transformed(
    template: str, paths: Mapping[str, str], event: Mapping[str, Any], rule: RuleContext
) -> TargetInput:
    values: dict[str, Any] = {name: find(event, str(path)) for name, path in paths.items()}
    without_detail = {
        "detailType" if key == "detail-type" else key: value
        for key, value in event.items()
        if key != "detail"
    }
    values |= dict(
        zip(RESERVED, (rule.arn, rule.name, without_detail, dict(event), rule.ingestion_time), strict=True)
    )
    stripped = template.strip()
    is_json = stripped.startswith(("{", "[", '"')) or PLACEHOLDER.fullmatch(stripped) is not None
    text = _filled(template, values, is_json=is_json)
    return _parsed(text, "The text that InputTemplate gives") if is_json else TargetInput(text, text)


def _filled(template: str, values: Mapping[str, Any], *, is_json: bool) -> str:
    """The template with its values: as JSON where a value stands alone, and as plain text inside quotation marks."""
    pieces: list[str] = []
    position, size, quoted = 0, 0, False
    for placeholder in PLACEHOLDER.finditer(template):
        before = template[position : placeholder.start()]
        quoted ^= sum(each[0] == '"' for each in _QUOTE.finditer(before)) % 2 == 1
        value = values.get(placeholder[1])
        value = "" if value is None else value
        pieces += [before, json.dumps(value) if is_json and not quoted else _plain(value)]
        size += len(before) + len(pieces[-1])
        if size > MAX_SIZE:
            raise InvalidInput(f"The text that InputTemplate gives has more than {MAX_SIZE} characters.")
        position = placeholder.end()
    return "".join([*pieces, template[position:]])


def _plain(value: Any) -> str:
    """A value inside a text. EventBridge escapes nothing, and leaves out the quotation marks of JSON."""
    return value if isinstance(value, str) else _compact(value).replace('"', "")


def _of_json(value: Any) -> TargetInput:
    return TargetInput(value, _compact(value))


def _parsed(text: str, what: str) -> TargetInput:
    try:
        return _of_json(parse_json(text))
    except InvalidJson as error:
        raise InvalidInput(f"{what} is not valid JSON. {error}") from error


def _compact(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"))
