"""The journal: commands with their time, what they caused, and the state after each. It is all a Run
remembers.

Undo, redo, jumping and forking are prefixes of it; nothing of the past is ever changed. History, artifacts
and tables are read from it and kept nowhere else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple

from cp_teach.engine.model.commands import Command
from cp_teach.engine.model.events import Event
from cp_teach.engine.model.failure_plan import Plan
from cp_teach.engine.model.state import SUGGESTED, Readings, State, beginning
from cp_teach.pipeline import Pipeline


class Entry(NamedTuple):
    """One line of the journal.

    ``at`` is the Run's clock in seconds; ``fork`` counts how often the past had been rewritten by then, so
    that ids derived from (run, fork, position) never name two things; ``notes`` are facts that no rule
    reads.
    """

    at: float
    command: Command | Plan
    events: tuple[Event, ...]
    state: State
    fork: int = 0
    notes: tuple[tuple[str, str], ...] = ()


class Journal:
    """Entries up to ``position`` have happened; those behind it were undone and can be redone."""

    def __init__(self, pipeline: Pipeline, readings: Readings = SUGGESTED) -> None:
        self.start = beginning(pipeline, readings)
        self.position = 0
        self.forks = 0
        self.noted: set[str] = set()
        """The names of all notes there are: who looks for one that is not among them need not look."""
        self._entries: list[Entry] = []
        self._later: dict[int, dict[str, str]] = {}

    # -- reading -----------------------------------------------------------------------------------
    def __len__(self) -> int:
        return self.position

    def __iter__(self) -> Iterator[Entry]:
        # A copy: who reads while somebody else acts sees the journal as it was when he began.
        yield from self._entries[: self.position]

    def __getitem__(self, index: int) -> Entry:
        """The entry that led to moment ``index + 1``; undone entries can be read, too."""
        return self._entries[index]

    def notes(self, index: int) -> Mapping[str, str]:
        """The notes on the entry that led to moment ``index + 1``: given with it, or written since."""
        given, later = self._entries[index].notes, self._later.get(index)
        return {**dict(given), **later} if later else dict(given)

    @property
    def total(self) -> int:
        """How many entries there are with the undone ones."""
        return len(self._entries)

    @property
    def state(self) -> State:
        """The state now."""
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
        """Write one more line. Acting in the past drops the future that was undone, and is counted as a
        fork."""
        if self.position < len(self._entries):
            del self._entries[self.position :]
            self._later = {index: each for index, each in self._later.items() if index < self.position}
            self.forks += 1
        entry = Entry(at, command, tuple(events), state, self.forks, notes)
        self._entries.append(entry)
        self.noted.update(name for name, _ in notes)
        self.position += 1
        return entry

    def note(self, name: str, change: Callable[[str], str]) -> None:
        """Write a fact that no rule reads on the newest entry. ``change`` makes it of what stands there under that
        name, "" for nothing. Raises ``IndexError`` at the beginning, where there is no entry."""
        index = self.position - 1
        if index < 0:
            raise IndexError(f"nothing has happened yet that {name!r} could be noted on")
        later = self._later.setdefault(index, {})
        later[name] = change(self.notes(index).get(name, ""))
        self.noted.add(name)

    def lighten(self) -> None:
        """Forget the states before the present one, where nobody will ever step back; each then tells the beginning."""
        for index in range(self.position - 2, -1, -1):
            if self._entries[index].state is self.start:
                break
            self._entries[index] = self._entries[index]._replace(state=self.start)

    def seek(self, position: int) -> None:
        """Go to the moment after ``position`` entries, back or forth. Raises ``IndexError`` outside the
        journal."""
        if not 0 <= position <= len(self._entries):
            raise IndexError(
                f"moment {position} does not exist; the journal goes from 0 to {len(self._entries)}"
            )
        self.position = position

    def copy(self, position: int | None = None) -> Journal:
        """A journal of its own with the same first ``position`` entries (all that have happened if not
        given)."""
        end = self.position if position is None else position
        if not 0 <= end <= len(self._entries):
            raise IndexError(f"moment {end} does not exist; the journal goes from 0 to {len(self._entries)}")
        other = Journal(self.start.pipeline, self.start.readings)
        other._entries = self._entries[:end]
        # What was noted on the last one came after it: a copy of the past does not know of it yet.
        known = end if end == self.total else end - 1
        other._later = {index: dict(each) for index, each in self._later.items() if index < known}
        other.noted = set(self.noted)
        other.position = end
        other.forks = self.forks
        return other
