"""YAML or JSON whose every value knows its line, so that an error can say where to look."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import yaml

MOST_VALUES, MOST_DEPTH = 10_000, 20
"""More than any file written by a person. Aliases of YAML can make a small file endless; these stop it."""


class Unreadable(ValueError):
    """The text is neither YAML nor JSON. The message says in which line, and what to do."""


@dataclass(frozen=True)
class Lined:
    """A value with the line on which it begins (None for JSON), and the text that stood there for a plain one."""

    value: Any
    """A plain value, a list of ``Lined``, or a dict from keys to ``Lined``."""
    line: int | None
    text: str = ""
    twice: tuple[str, ...] = ()
    """Keys that a mapping has more than once."""


def parse(data: bytes) -> Lined:
    """The whole file as ``Lined`` values. Raises ``Unreadable``."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise Unreadable(f"line {line} is not UTF-8 text. Save the file as UTF-8.") from None
    if text.lstrip().startswith("{"):
        try:
            return _from_json(json.loads(text))
        except ValueError:
            pass  # it may still be YAML, which says in which line it is not
        except RecursionError:
            raise Unreadable("the values are nested too deeply.") from None
    return _parse_yaml(text)


def _parse_yaml(text: str) -> Lined:
    loader = yaml.SafeLoader("")
    try:
        loader = yaml.SafeLoader(text)
        node = loader.get_single_node()
        return Lined(None, None) if node is None else _from_node(loader, node, iter(range(MOST_VALUES)), 0)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        lines = text.splitlines()
        if "\t" in (lines[line - 1] if line <= len(lines) else "").split("#")[0]:
            raise Unreadable(f"line {line} has a tab. Indent YAML with spaces, two for each step.") from None
        raise Unreadable(f"line {line} is not YAML: {error.problem}.") from None
    except yaml.YAMLError as error:  # a character that YAML does not have
        raise Unreadable(f"the file is not YAML: {' '.join(str(error).split())}.") from None
    except RecursionError:
        raise Unreadable("the values are nested too deeply.") from None
    finally:
        loader.dispose()


def _from_node(loader: yaml.SafeLoader, node: yaml.Node, budget: Iterator[int], depth: int) -> Lined:
    line = node.start_mark.line + 1
    if depth > MOST_DEPTH or next(budget, None) is None:
        raise Unreadable(f"line {line}: the values are nested too deeply, or too many.")
    if isinstance(node, yaml.SequenceNode):
        return Lined([_from_node(loader, item, budget, depth + 1) for item in node.value], line)
    if isinstance(node, yaml.MappingNode):
        found: dict[str, Lined] = {}
        twice = []
        for key, value in node.value:
            name = str(key.value)
            twice += [name] * (name in found)
            inner = _from_node(loader, value, budget, depth + 1)
            found[name] = Lined(inner.value, key.start_mark.line + 1, inner.text, inner.twice)
        return Lined(found, line, twice=tuple(twice))
    try:
        value = loader.construct_object(node)
    except (yaml.YAMLError, ValueError):  # a tag of somebody's own, a date that no calendar has
        value = node.value
    plain = isinstance(node, yaml.ScalarNode) and node.style is None
    return Lined(value, line, node.value if plain else "")


def _from_json(value: Any) -> Lined:
    if isinstance(value, dict):
        return Lined({key: _from_json(inner) for key, inner in value.items()}, None)
    if isinstance(value, list):
        return Lined([_from_json(inner) for inner in value], None)
    return Lined(value, None)
