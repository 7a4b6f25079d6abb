"""Every status as glyph + word + colour, in that order of importance: colour is never the only cue.

The colours were searched for so that any two stay apart in normal, protanopic, deuteranopic and tritanopic vision,
with 3:1 on light paper and 4.5:1 on dark (``palette``); ``tests/look`` measures it.
"""

from __future__ import annotations

from typing import NamedTuple


class Status(NamedTuple):
    """How one status is shown. ``key`` is its CSS class, ``word`` what people read."""

    key: str
    word: str
    glyph: str
    light: str
    dark: str


STATUSES: dict[str, Status] = {
    s.key: s
    for s in (
        Status("succeeded", "Succeeded", "✓", "#2896a3", "#64e99b"),
        Status("failed", "Failed", "✗", "#8a2117", "#f55545"),
        Status("in-progress", "In progress", "▶", "#02476c", "#d4e0f6"),
        Status("waiting", "Waiting", "◷", "#ae8005", "#ffc415"),
        Status("stopped", "Stopped", "■", "#0c0b0f", "#8c8b8a"),
        Status("superseded", "Superseded", "»", "#850ed8", "#e748e4"),
        Status("none", "Didn't run", "○", "#5f6670", "#a4abb6"),
    )
}
"""The six states that must be told apart by colour, too, and the plain one of what never ran."""

_SHOWN_AS = {
    "Succeeded": "succeeded",
    "Failed": "failed",
    "InProgress": "in-progress",
    "Waiting": "waiting",
    "Stopping": "stopped",
    "Stopped": "stopped",
    "Abandoned": "stopped",
    "Cancelled": "stopped",
    "Superseded": "superseded",
    "Skipped": "none",
    "": "none",
}

WORDS = tuple(_SHOWN_AS)
"""The statuses, in AWS's words, that can be shown."""

_OWN_WORD = {
    "Stopping": ("Stopping", "◧"),
    "Abandoned": ("Abandoned", "⊘"),
    "Cancelled": ("Cancelled", "⊗"),
    "Skipped": ("Skipped", "↷"),
}


def status(word: str) -> Status:
    """How AWS's status ``word`` (``InProgress``, ``Superseded``, …; "" for an action without a run) is shown."""
    shown = STATUSES[_SHOWN_AS[word]]
    if word in _OWN_WORD:
        own, glyph = _OWN_WORD[word]
        return shown._replace(word=own, glyph=glyph)
    return shown
