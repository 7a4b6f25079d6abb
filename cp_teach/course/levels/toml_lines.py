"""The line numbers of values in a TOML file, which ``tomllib`` does not report."""

from __future__ import annotations

import re
from typing import Any

ValuePath = tuple[str | int, ...]
"""The path to a value: ("goal", 1, "when") is the key ``when`` of the second ``[[goal]]``."""


class TomlLines:
    """Finds the lines of the values of one file. ``data`` is what ``tomllib`` reads from ``text``."""

    def __init__(self, text: str, data: dict[str, Any]) -> None:
        self.lines, self.data = text.splitlines(), data

    def line_of(self, path: ValuePath) -> int:
        """The line of the value, counted from 1; of what surrounds it if its own cannot be found; 0 for the file."""
        if not path:
            return 0
        at = self._find(0, rf'\s*(\[\[?\s*)?"?{re.escape(str(path[0]))}"?\s*(=|\]|\.)')
        depth = 1
        if (
            len(path) > 1
            and isinstance(path[1], int)
            and at >= 0
            and self.lines[at].lstrip().startswith("[[")
        ):
            for _ in range(path[1]):
                at = self._find(at + 1, rf"\s*\[\[{path[0]}\]\]")
            depth = 2
        for end in range(depth, len(path)):
            inner = self._find(at, self._pattern(path[: end + 1]))
            at = inner if inner >= 0 else at
        return at + 1

    def _pattern(self, path: ValuePath) -> str:
        """A pattern for the line of a value: a key by its name, an item of a list by its text."""
        part = path[-1]
        if isinstance(part, str):
            return rf'(.*[\s,{{.\[])?"?{re.escape(part)}"?\s*[=\]]'
        value = self._value(path)
        text = str(value.get("text", "")) if isinstance(value, dict) else str(value)
        spellings = re.escape(text), re.escape(text.replace('"', '\\"'))
        return rf".*({'|'.join(spellings)})" if text else "$^"

    def _value(self, path: ValuePath) -> Any:
        value: Any = self.data
        for part in path:
            try:
                value = value[part]
            except (LookupError, TypeError):
                return None
        return value

    def _find(self, begin: int, pattern: str) -> int:
        """The index of the first line from ``begin`` that matches; -1 if none does."""
        return next(
            (at for at in range(max(0, begin), len(self.lines)) if re.match(pattern, self.lines[at])), -1
        )
