"""Statuses: a glyph, a word, and a color for each, so that color is never the only cue.

Any two colors are distinct in normal, protanopic, deuteranopic, and tritanopic vision, with a contrast of 3:1 on light
pages and 4.5:1 on dark ones (``palette``); ``tests/style`` measures it.
"""

from __future__ import annotations

from typing import NamedTuple

from cp_teach.translation import N_


class Status(NamedTuple):
    """The style of a status. ``key`` is its CSS class, ``word`` its text."""

    key: str
    word: str
    glyph: str
    light: str
    dark: str


STATUSES: dict[str, Status] = {
    s.key: s
    for s in (
        Status("succeeded", N_("Succeeded"), "✓", "#2896a3", "#64e99b"),
        Status("failed", N_("Failed"), "✗", "#8a2117", "#f55545"),
        Status("in-progress", N_("In progress"), "▶", "#02476c", "#d4e0f6"),
        Status("waiting", N_("Waiting"), "◷", "#ae8005", "#ffc415"),
        Status("stopped", N_("Stopped"), "■", "#0c0b0f", "#8c8b8a"),
        Status("superseded", N_("Superseded"), "»", "#850ed8", "#e748e4"),
        Status("none", N_("Didn't Run"), "○", "#5f6670", "#a4abb6"),
    )
}
"""Six statuses with distinct colors, and a neutral one for actions that never ran."""

_STYLE_KEYS = {
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

AWS_STATUSES = tuple(_STYLE_KEYS)
"""AWS's names of all statuses."""

_OWN_WORD = {
    "Stopping": (N_("Stopping"), "◧"),
    "Abandoned": (N_("Abandoned"), "⊘"),
    "Cancelled": (N_("Cancelled"), "⊗"),
    "Skipped": (N_("Skipped"), "↷"),
}


def status_style(word: str) -> Status:
    """How AWS's status ``word`` (``InProgress``, ``Superseded``, …; "" for an action without a run) is shown."""
    status_style = STATUSES[_STYLE_KEYS[word]]
    if word in _OWN_WORD:
        own, glyph = _OWN_WORD[word]
        return status_style._replace(word=own, glyph=glyph)
    return status_style
