"""What a Run answers: the events of one act, which read as sentences."""

from __future__ import annotations

import html
from collections.abc import Iterable
from typing import NamedTuple, Self

from cp_teach.engine.history.journal import Entry
from cp_teach.engine.model.events import Event


class Happened(tuple[Event, ...]):
    """The events of one act, in order. Printed or shown in a notebook they are plain sentences.

    ``note`` says why nothing happened, when nothing did.
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
    """What listeners hear: something was done, the Run moved along its journal, or only the clock went on."""

    kind: str
    """"did", "moved", "clock", or "noted": a fact that no rule reads was written down."""
    entry: Entry | None = None
