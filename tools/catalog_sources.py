"""Extractors for Babel: the texts of questions and levels (TOML), and of exercises, which are tables of Python."""

from __future__ import annotations

import ast
import tomllib
from collections.abc import Iterator
from typing import IO, Any

FOUND = tuple[int, str, str, list[str]]
"""What Babel takes: the line, the function, the text, the comments."""

TEXTS = (
    "text",
    "answer",
    "explanation",
    "title",
    "chapter",
    "teaches",
    "task",
    "lost",
    "question",
    "reason",
    "why",
)
"""The keys in a file of questions or levels whose values people read."""


def toml_messages(fileobj: IO[bytes], keywords: Any, comment_tags: Any, options: Any) -> Iterator[FOUND]:
    """The texts of a file of questions, or of a level."""
    source = fileobj.read().decode()
    seen = set()
    for text in _texts(tomllib.loads(source)):
        if text and text not in seen:
            seen.add(text)
            before = source.partition(text[:30].splitlines()[0])[0]
            yield before.count("\n") + 1, "_", text, []


def explanation_messages(
    fileobj: IO[bytes], keywords: Any, comment_tags: Any, options: Any
) -> Iterator[FOUND]:
    """The words of the console and the sentence about each; a word in capitals is a value of AWS."""
    source = fileobj.read().decode()
    for word, row in tomllib.loads(source).items():
        line = source.partition(f'["{word}"]')[0].count("\n") + 1
        if not word.isupper():
            yield line, "_", word, []
        yield line + 1, "_", row["text"], []


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, list):
        for item in value:
            yield from _texts(item)
    elif isinstance(value, dict):
        for key, item in value.items():
            if isinstance(item, str):
                if key in TEXTS:
                    yield item
            else:
                yield from _texts(item)


def exercise_messages(fileobj: IO[bytes], keywords: Any, comment_tags: Any, options: Any) -> Iterator[FOUND]:
    """The task of each ``Exercise``, the text of each ``Goal`` and what to do about it, and what is in ``_("…")``."""
    for node in ast.walk(ast.parse(fileobj.read())):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
            continue
        places = {"Exercise": (1,), "Goal": (0, 2), "_": (0,), "N_": (0,), "message": (0,)}.get(
            node.func.id, ()
        )
        for place in places:
            argument = node.args[place] if place < len(node.args) else None
            if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
                yield argument.lineno, "_", argument.value, []
