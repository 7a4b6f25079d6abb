"""The registry of events: for each kind, how it changes the state and the rows of a history.

The registry of commands is in ``rules.step``, which uses it. ``tests/test_registries.py`` compares both with every
other table that is keyed by a kind of command or event.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from cp_teach.engine.history.journal import Entry
from cp_teach.engine.history.projections import PROJECTIONS, History
from cp_teach.engine.model import events as e
from cp_teach.engine.model.state import State
from cp_teach.engine.rules.reducer import FOLD


class EventSpec(NamedTuple):
    """What the engine knows of one kind of event."""

    kind: type[e.Event]
    fold: Callable[[State, Any], State]
    """The state after the event."""
    project: Callable[[History, Entry, Any], object] | None
    """How the event changes the rows; None for the kinds of ``WITHOUT_ROWS``."""


WITHOUT_ROWS: dict[type[e.Event], str] = {
    e.TransitionExpired: "History shows since when and why a transition is disabled; both stay.",
    e.PipelineDeleted: "The rows of a deleted pipeline stay as they are.",
}
"""Kinds of events that change no rows -> why."""

EVENTS: dict[type[e.Event], EventSpec] = {
    kind: EventSpec(kind, FOLD[kind], None if kind in WITHOUT_ROWS else PROJECTIONS[kind])
    for kind in e.EVENT_KINDS.values()
}
"""Every kind of event."""
