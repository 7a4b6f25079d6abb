"""Placeholders such as ``${name}`` in a stranger's text, found in one pass.

A regular expression that looks for ``\\$\\{[^}]+\\}`` looks for the closing brace from each opening one: 50,000 times
``${`` without a closing brace is a search of more than a minute. Here the last closing brace ends the search.

>>> fill("s3://${Bucket}/${Key", lambda name: name.upper())
's3://BUCKET/${Key'
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple


class Placeholder(NamedTuple):
    """One placeholder, and where it stands in the text."""

    name: str
    start: int
    end: int


def placeholders(text: str, opening: str = "${", closing: str = "}") -> Iterator[Placeholder]:
    """Each placeholder from left to right. One without a name, or without an end, is none."""
    at = 0
    while (start := text.find(opening, at)) >= 0:
        end = text.find(closing, start + len(opening))
        if end < 0:
            return
        name = text[start + len(opening) : end]
        at = end + len(closing)
        if name:
            yield Placeholder(name, start, at)


def fill(text: str, value: Callable[[str], str], opening: str = "${", closing: str = "}") -> str:
    """The text with the value of each placeholder in its place. A value is not looked at again."""
    parts: list[str] = []
    at = 0
    for each in placeholders(text, opening, closing):
        parts += (text[at : each.start], value(each.name))
        at = each.end
    return "".join([*parts, text[at:]])
