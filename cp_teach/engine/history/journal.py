"""The journal (event store): each command with its time, its events, and the state after it.

Undo, redo, jump, and fork are positions in it. Histories, artifacts, and tables are read from it and stored nowhere
else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple

from cp_teach.engine.history.branches import Branch, BranchTree, LaterNotes
from cp_teach.engine.model.commands import Command
from cp_teach.engine.model.events import Event
from cp_teach.engine.model.failure_plan import Plan
from cp_teach.engine.model.state import SUGGESTED, Readings, State, initial_state
from cp_teach.pipeline import Pipeline


class Entry(NamedTuple):
    """One entry of the journal.

    ``at`` is the run's clock in seconds. ``fork`` counts how often the past had been rewritten by then, so that ids
    derived from (run, fork, position) are unique. ``notes`` are facts that no rule reads.
    """

    at: float
    command: Command | Plan
    events: tuple[Event, ...]
    state: State
    fork: int = 0
    notes: tuple[tuple[str, str], ...] = ()


class Journal:
    """A list of entries: those up to ``position`` have happened, those after it were undone and can be redone.

    A command in the past starts a branch: the undone entries leave the list, and ``switch_branch`` brings them back.
    """

    def __init__(self, pipeline: Pipeline, readings: Readings = SUGGESTED) -> None:
        self.start = initial_state(pipeline, readings)
        self.position = 0
        self.forks = 0
        self.note_names: set[str] = set()
        """The names of all notes, which spare a search for others."""
        self._entries: list[Entry] = []
        self._later: LaterNotes = {}
        self._branches: BranchTree[Entry] = BranchTree()

    # -- reading -----------------------------------------------------------------------------------
    def __len__(self) -> int:
        return self.position

    def __iter__(self) -> Iterator[Entry]:
        # A copy, because another thread may append meanwhile.
        yield from self._entries[: self.position]

    def __getitem__(self, index: int) -> Entry:
        """The entry that led to moment ``index + 1``, undone or not."""
        return self._entries[index]

    def notes(self, index: int) -> Mapping[str, str]:
        """The notes of the entry that led to moment ``index + 1``: those it began with, and those added since."""
        return {**dict(self._entries[index].notes), **self._later.get(index, {})}

    @property
    def total(self) -> int:
        """How many entries there are, including the undone ones."""
        return len(self._entries)

    def branches(self) -> list[Branch]:
        """Every branch, oldest first; the current one is the list of entries."""
        return self._branches.describe(len(self._entries))

    def branch_path(self, number: int) -> tuple[list[Entry], LaterNotes]:
        """All entries from the beginning to the end of that branch, and the notes that were added to them later.

        Raises ``IndexError`` if there is no such branch.
        """
        self._check_branch(number)
        self._branches.keep(self._entries, self._later)
        return self._branches.path(number)

    @property
    def state(self) -> State:
        """The current state."""
        return self.state_at(self.position)

    @property
    def now(self) -> float:
        """The time of the newest entry, in seconds; 0 at the beginning."""
        return self._entries[self.position - 1].at if self.position else 0.0

    def state_at(self, position: int) -> State:
        """The state after the first ``position`` entries."""
        return self._entries[position - 1].state if position else self.start

    def __repr__(self) -> str:
        undone = f", {self.total - self.position} undone" if self.total > self.position else ""
        return f"<Journal of {self.start.pipeline.name}: {self.position} entries{undone}>"

    # -- writing -----------------------------------------------------------------------------------
    def append(
        self,
        at: float,
        command: Command | Plan,
        events: Sequence[Event],
        state: State,
        notes: tuple[tuple[str, str], ...] = (),
    ) -> Entry:
        """Add an entry. If there are undone entries, it begins a new branch, which counts as a fork."""
        if self.position < len(self._entries):
            self.begin_branch()
        entry = Entry(at, command, tuple(events), state, self.forks, notes)
        self._entries.append(entry)
        self.note_names.update(name for name, _ in notes)
        self.position += 1
        return entry

    def begin_branch(self) -> None:
        """Begin a branch at the present position. The undone entries stay in the branch that they belong to."""
        self._branches.keep(self._entries, self._later)
        self._branches.begin(self.position)
        del self._entries[self.position :]
        self._later = {index: notes for index, notes in self._later.items() if index < self.position}
        self.forks += 1

    def switch_branch(self, number: int) -> None:
        """Go to the end of that branch. Raises ``IndexError`` if there is none.

        It counts as a fork, because an entry that follows must not get the number of one in another branch.
        """
        self._check_branch(number)
        if number != self._branches.current:
            self._branches.keep(self._entries, self._later)
            self._entries, self._later = self._branches.path(number)
            self._branches.current = number
            self.forks += 1
        self.position = len(self._entries)

    def note(self, name: str, change: Callable[[str], str]) -> None:
        """Set a note of the newest entry. ``change`` returns it, given the present note of that name or "".

        Raises ``IndexError`` if there is no entry.
        """
        index = self.position - 1
        if index < 0:
            raise IndexError(f"the journal has no entry yet for the note {name!r}")
        later = self._later.setdefault(index, {})
        later[name] = change(self.notes(index).get(name, ""))
        self.note_names.add(name)

    def drop_past_states(self) -> None:
        """Free memory of a run that never steps back: the initial state replaces all states before the present one."""
        for index in range(self.position - 2, -1, -1):
            if self._entries[index].state is self.start:
                break
            self._entries[index] = self._entries[index]._replace(state=self.start)

    def seek(self, position: int) -> None:
        """Go to the moment after ``position`` entries. Raises ``IndexError`` outside the journal."""
        self.position = self._existing(position)

    def _existing(self, position: int) -> int:
        if not 0 <= position <= self.total:
            raise IndexError(f"moment {position} does not exist; the journal goes from 0 to {self.total}")
        return position

    def _check_branch(self, number: int) -> None:
        if number not in self._branches:
            raise IndexError(f"there is no branch {number}; the journal has 1 to {len(self.branches())}")

    def copy(self, position: int | None = None) -> Journal:
        """A separate journal with the first ``position`` entries, by default all that have happened."""
        end = self._existing(self.position if position is None else position)
        other = self.with_entries(self._entries[:end])
        # Notes of the last entry were added after it, so a copy of the past does not have them.
        noted = end if end == self.total else end - 1
        other._later = {index: dict(notes) for index, notes in self._later.items() if index < noted}
        other.note_names = set(self.note_names)
        other.forks = self.forks
        return other

    def with_entries(self, entries: Sequence[Entry]) -> Journal:
        """A separate journal with the same beginning and these entries, all of which have happened."""
        other = Journal(self.start.pipeline, self.start.readings)
        other._entries = list(entries)
        other.position = len(other._entries)
        return other
