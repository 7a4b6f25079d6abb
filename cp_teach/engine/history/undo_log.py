"""The undo log of a history: each change of a table or a row, with the value before."""

from __future__ import annotations

from collections import deque
from typing import Any

from cp_teach.engine.history.journal import Entry

Change = tuple[Any, Any, Any]
"""(the table, list, or row that was changed, the key or field, the value before)."""

ABSENT = object()


class UndoLog:
    """The changes that the newest ``length`` entries of a journal made to tables and rows."""

    def __init__(self, length: int) -> None:
        self._steps: deque[tuple[Entry, list[Change]]] = deque(maxlen=length)
        self._changes: list[Change] | deque[Change] = (
            [] if length else deque(maxlen=0)
        )  # which drops all changes

    @property
    def newest(self) -> Entry | None:
        """The entry whose changes ``undo`` reverts; None if the log is empty."""
        return self._steps[-1][0] if self._steps else None

    def begin(self, entry: Entry) -> None:
        """Record the changes from here on under this entry."""
        if self._steps.maxlen:
            changes: list[Change] = []
            self._changes = changes
            self._steps.append((entry, changes))

    def put(self, table: dict[Any, Any], key: Any, value: Any) -> None:
        """Set one item of a table."""
        self._changes.append((table, key, table.get(key, ABSENT)))
        table[key] = value

    def drop(self, table: dict[Any, Any], key: Any) -> Any:
        """Remove one item from a table, if it is there, and return it."""
        if key not in table:
            return None
        self._changes.append((table, key, table[key]))
        return table.pop(key)

    def update(self, row: Any, **fields: Any) -> None:
        """Set fields of a row."""
        for name, value in fields.items():
            self._changes.append((row, name, getattr(row, name)))
            setattr(row, name, value)

    def append(self, rows: list[Any], row: Any) -> None:
        """Add a row at the end of a list."""
        self._changes.append((rows, None, None))
        rows.append(row)

    def undo(self) -> None:
        """Revert all changes of the newest entry."""
        _, changes = self._steps.pop()
        for changed, name, before in reversed(changes):
            if isinstance(changed, list):
                changed.pop()
            elif not isinstance(changed, dict):
                setattr(changed, name, before)
            elif before is ABSENT:
                del changed[name]
            else:
                changed[name] = before
