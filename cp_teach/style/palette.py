"""The palette: the colors of the console, pages, slides, diagrams, and charts.

Each color has a name for its purpose, and values for light and for dark pages. ``tests/style`` measures the contrast
of each foreground with its backgrounds (WCAG 2.2, 1.4.3 and 1.4.11), and finds colors that are defined elsewhere.
``status`` has the colors of the statuses.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from cp_teach.style.status import STATUSES


class Color(NamedTuple):
    """One color, for light and for dark pages."""

    light: str
    dark: str


PALETTE: dict[str, Color] = {
    # backgrounds
    "page": Color("#ffffff", "#16191f"),
    "card": Color("#ffffff", "#1f242c"),
    "field": Color("#f4f6f9", "#1a1e25"),
    "soft": Color("#e7f0fa", "#223248"),
    "alarm": Color("#fdecea", "#3b1e1c"),
    "hold": Color("#fdf5dd", "#352d17"),
    # text
    "text": Color("#16191f", "#e8ebf0"),
    "muted": Color("#4b525d", "#b4bcc8"),
    "accent": Color("#0b5cad", "#8cc4ff"),
    "on-accent": Color("#ffffff", "#0c1420"),
    "good": Color("#16703d", "#64e99b"),
    "bad": Color("#8a2117", "#ff9c90"),
    # separators, and the borders of controls
    "line": Color("#d5dae1", "#3a424e"),
    "edge": Color("#78818d", "#7b8592"),
    # code
    "keyword": Color("#7a1fa2", "#d9a6ff"),
    "builtin": Color("#02476c", "#8cc4ff"),
    "string": Color("#1a6334", "#8fdc9f"),
    "comment": Color("#56606d", "#aab3c0"),
    "number": Color("#8a3c00", "#ffb780"),
    "function": Color("#0b5cad", "#8cc4ff"),
}


def colors() -> Iterator[tuple[str, Color]]:
    """Yield each color with its name, including those of the statuses."""
    yield from ((status.key, Color(status.light, status.dark)) for status in STATUSES.values())
    yield from PALETTE.items()


def css_variables(selector: str) -> str:
    """Return the palette as CSS variables (``--cp-text`` and so on) for a CSS selector.

    A variable takes its light or its dark value from the ``color-scheme`` of the element that uses it.
    """
    variables = "".join(f" --cp-{name}: light-dark({color.light}, {color.dark});" for name, color in colors())
    return f"{selector} {{{variables} }}\n"
