"""CloudFormation's functions for strings and lists, with limits on their output.

A template of a few lines could otherwise join a string to itself until it has any size. Each function raises
``InvalidTemplate`` for arguments that CloudFormation refuses.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from cp_teach.security.input.input_files import UnreadableFile
from cp_teach.security.input.placeholders import placeholders
from cp_teach.security.input.whole_number import whole_number

MAX_TEXT = 200_000
"""Maximum characters of a string that a function returns."""


class InvalidTemplate(UnreadableFile):
    """The text is not a template, or has no pipeline; the message says where and what to do.

    ``has_location`` is True if the message begins with the location in the template. ``missing`` names the parameters
    that would solve the problem, and ``choices`` the logical IDs of which one must be given; the message ends with how
    to give them in Python, and ``on_command_line`` returns it with the options of ``cp-teach``.
    """

    def __init__(
        self,
        problem: str,
        *,
        has_location: bool = False,
        missing: tuple[str, ...] = (),
        choices: tuple[str, ...] = (),
    ) -> None:
        self.problem, self.has_location = problem, has_location
        self.missing, self.choices = missing, choices
        super().__init__(_with_advice(problem, python_advice(missing, choices)))

    def on_command_line(self) -> str:
        """The message with the options of ``cp-teach``."""
        return _with_advice(self.problem, command_line_advice(self.missing, self.choices))


REGION = "AWS::Region"
"""The pseudo parameter that an argument of its own gives."""


def python_advice(missing: Sequence[str], choices: Sequence[str] = ()) -> str:
    """How to give the values of parameters, or a logical ID, in Python; "" if there is nothing to give."""
    if choices:
        return f"Name one: logical_id={choices[0]!r}."
    values = ", ".join(f"{name!r}: …" for name in missing if name != REGION)
    given = [
        *(["region='…'"] if REGION in missing else []),
        *([f"parameters={{{values}}}"] if values else []),
    ]
    return f"Give {' and '.join(given)}." if given else ""


def command_line_advice(missing: Sequence[str], choices: Sequence[str] = ()) -> str:
    """How to give them on the command line; "" if there is nothing to give."""
    if choices:
        return f"Name one: --logical-id {choices[0]}."
    given = ["--region …" if name == REGION else f"--parameter {name}=…" for name in missing]
    return f"Give {' '.join(given)}." if given else ""


def _with_advice(problem: str, advice: str) -> str:
    return f"{problem} {advice}" if advice else problem


def substitute(text: str, value: Callable[[str], Any]) -> str:
    """``Fn::Sub``: the text with each ``${Name}`` replaced, in one pass. ``${!Name}`` becomes ``${Name}``."""
    parts: list[str] = []
    position = length = 0
    for placeholder in placeholders(text):
        literal = placeholder.name.startswith("!")
        replacement = (
            f"${{{placeholder.name[1:].strip()}}}" if literal else str(value(placeholder.name.strip()))
        )
        parts += (text[position : placeholder.start], replacement)
        position = placeholder.end
        length += len(parts[-1]) + len(parts[-2])
        _check_length("Fn::Sub", length)
    return "".join([*parts, text[position:]])


def join(delimiter: Any, parts: Iterable[Any]) -> str:
    """``Fn::Join``."""
    if not isinstance(delimiter, str):
        raise InvalidTemplate(f"Fn::Join: the delimiter must be a string, not {_quote(delimiter)}.")
    texts = [str(part) for part in parts]
    _check_length("Fn::Join", sum(map(len, texts)) + len(delimiter) * max(0, len(texts) - 1))
    return delimiter.join(texts)


def split(delimiter: Any, text: Any) -> list[str]:
    """``Fn::Split``."""
    if not isinstance(delimiter, str) or not delimiter:
        raise InvalidTemplate(
            f"Fn::Split: the delimiter must be a non-empty string, not {_quote(delimiter)}."
        )
    if not isinstance(text, str):
        raise InvalidTemplate(f"Fn::Split: the value to split must be a string, not {_quote(text)}.")
    return text.split(delimiter)


def select(index: Any, items: Any) -> Any:
    """``Fn::Select``: the item with this index, starting at 0."""
    position = whole_number(str(index))
    if position is None:
        raise InvalidTemplate(
            f"Fn::Select: the index must be a whole number of 0 or more, not {_quote(index)}."
        )
    if not isinstance(items, list):
        raise InvalidTemplate(f"Fn::Select: the values to select from must be a list, not {_quote(items)}.")
    if position >= len(items):
        raise InvalidTemplate(f"Fn::Select: there is no item {position}; the list has {len(items)}.")
    return items[position]


def sub_arguments(argument: Any) -> tuple[str, dict[str, Any]]:
    """Return the text of an ``Fn::Sub``, and its variables by name."""
    match argument:
        case str(text):
            return text, {}
        case [str(text), dict(own)]:
            return text, own
        case bool() | int() | float():
            return str(argument), {}
    raise InvalidTemplate(
        f"Fn::Sub must have a string, or a list of a string and a map, not {_quote(argument)}."
    )


def _check_length(function: str, length: int) -> None:
    if length > MAX_TEXT:
        raise InvalidTemplate(f"{function} produces more than {MAX_TEXT} characters. Make its input smaller.")


def _quote(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."
