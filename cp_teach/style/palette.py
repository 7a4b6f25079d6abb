"""The one palette: what the console, the pages, the slides, the drawings and the charts are coloured with.

Each colour has a name that says what it is for, and two values: on a light page and on a dark one. ``PAIRS`` says which
stands on which, and how much contrast that takes (WCAG 2.2, 1.4.3 and 1.4.11); ``tests/look`` measures all of them, and
finds any colour that is written down elsewhere. The colours of the statuses are in ``status``.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from cp_teach.style.status import STATUSES


class Colour(NamedTuple):
    """One colour on a light page and on a dark one."""

    light: str
    dark: str


PALETTE: dict[str, Colour] = {
    # what others stand on
    "page": Colour("#ffffff", "#16191f"),
    "card": Colour("#ffffff", "#1f242c"),
    "field": Colour("#f4f6f9", "#1a1e25"),
    "soft": Colour("#e7f0fa", "#223248"),
    "alarm": Colour("#fdecea", "#3b1e1c"),
    "hold": Colour("#fdf5dd", "#352d17"),
    # what is read
    "text": Colour("#16191f", "#e8ebf0"),
    "muted": Colour("#4b525d", "#b4bcc8"),
    "accent": Colour("#0b5cad", "#8cc4ff"),
    "on-accent": Colour("#ffffff", "#0c1420"),
    "good": Colour("#16703d", "#64e99b"),
    "bad": Colour("#8a2117", "#ff9c90"),
    # what only parts one thing from the next, and the edge of what can be pressed
    "line": Colour("#d5dae1", "#3a424e"),
    "edge": Colour("#78818d", "#7b8592"),
    # code
    "keyword": Colour("#7a1fa2", "#d9a6ff"),
    "builtin": Colour("#02476c", "#8cc4ff"),
    "string": Colour("#1a6334", "#8fdc9f"),
    "comment": Colour("#56606d", "#aab3c0"),
    "number": Colour("#8a3c00", "#ffb780"),
    "function": Colour("#0b5cad", "#8cc4ff"),
}

_PAPERS = ("page", "card", "field", "soft", "alarm", "hold")
_CODE = ("keyword", "builtin", "string", "comment", "number", "function")

TEXT, SHAPE = 4.5, 3.0
"""The contrast that text takes, and the one that a shape takes."""

PAIRS: tuple[tuple[str, str, float], ...] = (
    *((ink, paper, TEXT) for ink in ("text", "muted", "accent", "bad") for paper in _PAPERS),
    *(("good", paper, TEXT) for paper in ("page", "card", "field", "soft")),
    *((ink, "field", TEXT) for ink in _CODE),
    ("on-accent", "accent", TEXT),
    *(("edge", paper, SHAPE) for paper in ("page", "card", "field")),
)
"""(what stands there, on what, the contrast that it takes)."""


def colours() -> Iterator[tuple[str, Colour]]:
    """Every colour by its name, those of the statuses too."""
    yield from ((status.key, Colour(status.light, status.dark)) for status in STATUSES.values())
    yield from PALETTE.items()


def sheet(where: str) -> str:
    """The palette as variables of a style sheet: ``--cp-text`` and so on, for the elements that ``where`` selects.

    A variable takes its light or its dark value from the ``color-scheme`` of the element that uses it.
    """
    told = "".join(f" --cp-{name}: light-dark({one.light}, {one.dark});" for name, one in colours())
    return f"{where} {{{told} }}\n"
