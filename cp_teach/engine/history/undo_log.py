"""Changes that can be taken back: each is noted with what was there before."""

from __future__ import annotations

from collections import deque
from typing import Any

from cp_teach.engine.history.journal import Entry

Change = tuple[Any, Any, Any]
"""(what was changed, which item or field of it, what was there before)."""

ABSENT = object()


class Trail:
    """The changes that the newest entries of a journal made to tables and rows, at most ``length`` entries back."""

    def __init__(self, length: int) -> None:
        self._steps: deque[tuple[Entry, list[Change]]] = deque(maxlen=length)
        # Where nothing can be taken back, nothing is noted.
        self._changes: list[Change] | deque[Change] = [] if length else deque(maxlen=0)

    @property
    def newest(self) -> Entry | None:
        """The entry whose changes would be taken back next; None when the trail is at its end."""
        return self._steps[-1][0] if self._steps else None

    def begin(self, entry: Entry) -> None:
        """From here on, changes are those of this entry."""
        if self._steps.maxlen:
            changes: list[Change] = []
            self._changes = changes
            self._steps.append((entry, changes))

    def put(self, where: dict[Any, Any], key: Any, value: Any) -> None:
        """Set one item of a table."""
        self._changes.append((where, key, where.get(key, ABSENT)))
        where[key] = value

    def drop(self, where: dict[Any, Any], key: Any) -> Any:
        """Take one item out of a table, if it is there, and return it."""
        if key not in where:
            return None
        self._changes.append((where, key, where[key]))
        return where.pop(key)

    def mark(self, row: Any, **fields: Any) -> None:
        """Set fields of a row."""
        for name, value in fields.items():
            self._changes.append((row, name, getattr(row, name)))
            setattr(row, name, value)

    def append(self, where: list[Any], row: Any) -> None:
        """Add a row at the end of a list."""
        self._changes.append((where, None, None))
        where.append(row)

    def back(self) -> None:
        """Take back all changes of the newest entry."""
        _, changes = self._steps.pop()
        for what, name, before in reversed(changes):
            if isinstance(what, list):
                what.pop()
            elif not isinstance(what, dict):
                setattr(what, name, before)
            elif before is ABSENT:
                del what[name]
            else:
                what[name] = before
