"""Small helpers for charts as plain SVG: no script, no font, nothing to fetch; readable in print and in the dark."""

from __future__ import annotations

from html import escape

from cp_teach.look.palette import PALETTE
from cp_teach.look.status import Status

FONT = "system-ui, Arial, sans-serif"
LETTER, BOLD = 6.6, 7.6
"""The width of a letter of 12 pixels, about, plain and bold: enough to say whether a text has room."""
THEMES = ("light", "dark")


class Chart:
    """An SVG that grows: rectangles, lines and texts in the colours of the palette. ``theme`` is "light" or "dark"."""

    def __init__(self, theme: str = "light") -> None:
        if theme not in THEMES:
            raise ValueError(f"the themes are {' and '.join(THEMES)}; {theme!r} is none of them")
        self.theme = theme
        self._parts: list[str] = []

    def colour(self, name: str) -> str:
        """A colour of the palette in this theme."""
        found: str = getattr(PALETTE[name], self.theme)
        return found

    def box(self, x: float, y: float, width: float, height: float, *, fill: str, tip: str = "") -> None:
        """A rectangle in a colour of the palette. ``tip`` is shown under the pointer."""
        self._rect(x, y, width, height, f'fill="{self.colour(fill)}"', tip)

    def bar(self, x: float, y: float, width: float, height: float, status: Status, tip: str) -> None:
        """A bar whose edge has the colour of a status: so what is written on it can be read in every colour."""
        colour = getattr(status, self.theme)
        paper = self.colour("card")
        self._rect(x, y, width, height, f'fill="{paper}" stroke="{colour}" stroke-width="2" rx="3"', tip)
        self._rect(x, y, min(6.0, width), height, f'fill="{colour}" rx="3"', "")

    def line(self, x1: float, y1: float, x2: float, y2: float, *, colour: str = "line") -> None:
        """A thin line."""
        where = f'x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"'
        self._parts.append(f'<line {where} stroke="{self.colour(colour)}"/>')

    def text(
        self,
        x: float,
        y: float,
        words: str,
        *,
        colour: str = "text",
        anchor: str = "start",
        bold: bool = False,
    ) -> None:
        """A text of 12 pixels that stands on ``y``."""
        weight = ' font-weight="600"' if bold else ""
        self._parts.append(
            f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{self.colour(colour)}"{weight}>'
            f"{escape(words, quote=False)}</text>"
        )

    def svg(self, width: float, height: float, title: str, description: str) -> str:
        """All of it. A screen reader gets ``title`` and ``description``."""
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" role="img" width="{width:.0f}" height="{height:.0f}" '
            f'viewBox="0 0 {width:.0f} {height:.0f}" font-family="{FONT}" font-size="12" '
            f'style="max-width:100%;min-width:40rem;height:auto"><title>{escape(title, quote=False)}</title>'
            f"<desc>{escape(description, quote=False)}</desc>"
            f'<rect width="100%" height="100%" fill="{self.colour("page")}"/>{"".join(self._parts)}</svg>'
        )

    def _rect(self, x: float, y: float, width: float, height: float, how: str, tip: str) -> None:
        where = f'x="{x:.1f}" y="{y:.1f}" width="{max(width, 1):.1f}" height="{height:.1f}"'
        told = f"<title>{escape(tip, quote=False)}</title>" if tip else ""
        self._parts.append(f"<rect {where} {how}>{told}</rect>" if told else f"<rect {where} {how}/>")


def ticks(longest: float, most: int = 10) -> list[float]:
    """Where an axis of time is marked, from 0 to at least ``longest`` seconds: whole minutes, hours or days, at most
    ``most`` steps."""
    steps = [60 * n for n in (1, 2, 5, 10, 15, 30, 60, 120, 240, 480, 720)]
    step: float = next((s for s in steps if longest <= s * most), 86_400)
    while longest > step * most:
        step *= 2
    count = max(1, -int(-longest // step))
    return [n * step for n in range(count + 1)]


def duration(seconds: float) -> str:
    """A time as an axis shows it: 45 min, 2 h, 2 h 30, 3 d."""
    minutes = round(seconds / 60)
    days, hours = minutes // 1440, minutes % 1440 // 60
    if days and not minutes % 1440:
        return f"{days} d"
    if minutes < 60:
        return f"{minutes} min" if minutes else "0"
    return f"{days * 24 + hours} h" + (f" {minutes % 60:02}" if minutes % 60 else "")
