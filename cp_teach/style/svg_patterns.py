"""Fill patterns for areas, which are distinct without color."""

from __future__ import annotations

PATTERNS: dict[str, str] = {
    "plain": "",
    "rising": "M-2,2 l4,-4 M0,8 l8,-8 M6,10 l4,-4",
    "dots": "M2,2 h.1 M6,6 h.1",
    "level": "M0,4 h8",
    "falling": "M-2,6 l4,4 M0,0 l8,8 M6,-2 l4,4",
    "upright": "M4,0 v8",
    "crossed": "M0,0 l8,8 M0,8 l8,-8",
    "grid": "M0,4 h8 M4,0 v8",
}
"""The path on each tile of 8 pixels; neighbors in this order are most distinct."""


def pattern(kind: str, name: str, *, ink: str, paper: str) -> str:
    """Return the pattern as an SVG definition with the ID ``name``."""
    round_ends = ' stroke-linecap="round"' if kind == "dots" else ""
    width = 2.4 if kind == "dots" else 1.2
    return (
        f'<pattern id="{name}" width="8" height="8" patternUnits="userSpaceOnUse">'
        f'<rect width="8" height="8" fill="{paper}"/>'
        f'<path d="{PATTERNS[kind]}" stroke="{ink}" stroke-width="{width}" fill="none"{round_ends}/></pattern>'
    )
