"""Branches of time: what was done after each fork of a journal.

A command in the past starts a new branch, and the entries after it stay in the branch that they belong to. A branch
shares the entries before its fork with its parent, so it costs only its own entries.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Generic, NamedTuple, TypeVar

EntryT = TypeVar("EntryT")

LaterNotes = dict[int, dict[str, str]]
"""Index of an entry -> the notes that were added to it later."""


class Branch(NamedTuple):
    """One branch of a run: ``start`` steps that it shares with the branch ``parent`` (0 for none), and ``steps`` of
    its own."""

    number: int
    parent: int
    start: int
    steps: int
    current: bool = False

    @property
    def total(self) -> int:
        """The number of steps from the beginning of the run to the end of the branch."""
        return self.start + self.steps

    def __str__(self) -> str:
        steps = f"{self.steps} step{'' if self.steps == 1 else 's'}"
        return f"branch {self.number}, {f'from step {self.start}, ' if self.parent else ''}{steps}"

    def __repr__(self) -> str:
        return str(self)


@dataclass(slots=True)
class _Line(Generic[EntryT]):
    """The entries of one branch after its fork; those of the current branch are in the journal."""

    parent: int
    start: int
    entries: list[EntryT] = field(default_factory=list)
    notes: LaterNotes = field(default_factory=dict)


class BranchTree(Generic[EntryT]):
    """All branches of a journal, numbered from 1 in the order in which they began."""

    def __init__(self) -> None:
        self.current = 1
        """The number of the branch that the journal shows."""
        self._lines: dict[int, _Line[EntryT]] = {1: _Line(0, 0)}

    def describe(self, total: int) -> list[Branch]:
        """Every branch, oldest first. ``total`` is the number of entries in the current one."""
        return [
            Branch(
                number,
                line.parent,
                line.start,
                total - line.start if number == self.current else len(line.entries),
                number == self.current,
            )
            for number, line in self._lines.items()
        ]

    def keep(self, entries: list[EntryT], notes: LaterNotes) -> None:
        """Keep the entries of the current branch, before the journal shows another one."""
        line = self._lines[self.current]
        line.entries = entries[line.start :]
        for index, added in notes.items():
            self._lines[self._owner(index + 1)].notes[index] = added

    def begin(self, position: int) -> None:
        """Begin a branch after the first ``position`` entries of the current one, and make it the current one."""
        number = len(self._lines) + 1
        self._lines[number] = _Line(self._owner(position), position)
        self.current = number

    def _owner(self, position: int) -> int:
        """The branch on the current path that made the entry before ``position``; the first one at the beginning."""
        number = self.current
        while (line := self._lines[number]).parent and line.start >= position:
            number = line.parent
        return number

    def path(self, number: int) -> tuple[list[EntryT], LaterNotes]:
        """All entries that lead to the end of that branch, which must be kept, and the notes added to them later."""
        lines = [self._lines[number]]
        while lines[-1].parent:
            lines.append(self._lines[lines[-1].parent])
        entries: list[EntryT] = []
        notes: LaterNotes = {}
        for line in reversed(lines):
            del entries[line.start :]
            entries += line.entries
            notes = {index: added for index, added in notes.items() if index < line.start} | line.notes
        return entries, notes

    def __contains__(self, number: object) -> bool:
        return number in self._lines
