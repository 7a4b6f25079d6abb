"""``CommandResult``, the events of one command, which print as sentences, and ``Change``, which listeners receive."""

from __future__ import annotations

import html
from collections.abc import Iterable
from typing import NamedTuple, Self

from cp_teach.engine.history.journal import Entry
from cp_teach.engine.model.events import Event


class CommandResult(tuple[Event, ...]):
    """The events of one command, in order. Printed or shown in a notebook, they are plain sentences.

    ``note`` says why nothing happened, if nothing did.
    """

    note: str

    def __new__(cls, events: Iterable[Event] = (), note: str = "") -> Self:
        """Hold the events."""
        self = super().__new__(cls, events)
        self.note = note
        return self

    def __str__(self) -> str:
        return "\n".join(map(str, self)) or self.note or "Nothing changed."

    __repr__ = __str__

    def _repr_html_(self) -> str:
        return "<br>".join(html.escape(line) for line in str(self).splitlines())


class Change(NamedTuple):
    """A change of a run."""

    kind: str
    """"did" (a command, with its ``entry``), "moved" (along the journal), "clock" (time has passed), or "noted" (a
    note was added to the journal)."""
    entry: Entry | None = None
