"""Small helpers for charts as plain SVG: no script, no font, nothing to fetch; readable in print and in the dark."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from html import escape

from cp_teach.security.output.xml_text import valid_xml_text
from cp_teach.style.palette import Colour, colours
from cp_teach.style.status import Status
from cp_teach.style.svg_patterns import pattern

FONT = "system-ui, Arial, sans-serif"
LETTER, BOLD = 6.6, 7.6
"""The width of a letter of 12 pixels, about, plain and bold: enough to say whether a text has room."""
THEMES = ("light", "dark")
BOTH = "both"
"""A third theme, for a page that knows itself whether it is light or dark: every colour is ``light-dark(…)``."""
_COLOURS: dict[str, Colour] = dict(colours())
_KEY = "KEY-OF-THIS-CHART"


Points = Sequence[tuple[float, float]]
_CORNERS: tuple[Points | None, ...] = (
    None,
    ((-0.9, -0.9), (0.9, -0.9), (0.9, 0.9), (-0.9, 0.9)),
    ((0, -1.2), (1.1, 0.8), (-1.1, 0.8)),
    ((0, -1.4), (1.1, 0), (0, 1.4), (-1.1, 0)),
    tuple(
        (x * 1.2, y * 1.2)
        for x, y in (
            (-1, -0.6), (-0.6, -1), (0, -0.4), (0.6, -1), (1, -0.6), (0.4, 0),
            (1, 0.6), (0.6, 1), (0, 0.4), (-0.6, 1), (-1, 0.6), (-0.4, 0),
        )
    ),
    None,
)  # fmt: skip


def room(words: str, bold: bool = False) -> float:
    """How wide a text of 12 pixels is, about; capitals take more."""
    capitals = sum(letter.isupper() for letter in words)
    return (BOLD if bold else LETTER) * len(words) + 2 * capitals


class Chart:
    """An SVG that grows: rectangles, lines and texts in the colours of the palette. ``theme`` is "light", "dark" or
    ``BOTH``."""

    def __init__(self, theme: str = "light") -> None:
        if theme not in (*THEMES, BOTH):
            raise ValueError(f"the themes are {' and '.join(THEMES)}; {theme!r} is none of them")
        self.theme = theme
        self._parts: list[str] = []
        self._patterns: dict[str, str] = {}

    def colour(self, name: str) -> str:
        """A colour of the palette, or of a status by its key, in this theme."""
        one = _COLOURS[name]
        if self.theme == BOTH:
            return f"light-dark({one.light}, {one.dark})"
        return one.light if self.theme == "light" else one.dark

    def pattern(self, kind: str, ink: str, paper: str = "page") -> str:
        """A fill for ``area`` that can be told apart without colour; ``kind`` is one of ``PATTERNS``. With the paper
        "clear" what lies below shows through."""
        name = f"{kind}-{ink}-{paper}"
        under = "none" if paper == "clear" else self.colour(paper)
        self._patterns[name] = pattern(kind, f"{name}-{_KEY}", ink=self.colour(ink), paper=under)
        return f"url(#{name}-{_KEY})"

    def box(self, x: float, y: float, width: float, height: float, *, fill: str, tip: str = "") -> None:
        """A rectangle in a colour of the palette. ``tip`` is shown under the pointer."""
        self._rect(x, y, width, height, f'fill="{self.colour(fill)}"', tip)

    def bar(self, x: float, y: float, width: float, height: float, status: Status, tip: str) -> None:
        """A bar whose edge has the colour of a status: so what is written on it can be read in every colour."""
        colour = getattr(status, self.theme)
        paper = self.colour("card")
        self._rect(x, y, width, height, f'fill="{paper}" stroke="{colour}" stroke-width="2" rx="3"', tip)
        self._rect(x, y, min(6.0, width), height, f'fill="{colour}" rx="3"', "")

    def line(
        self, x1: float, y1: float, x2: float, y2: float, *, colour: str = "line", width: float = 1, dash: str = ""
    ) -> None:  # fmt: skip
        """A thin line; ``dash`` like "6 3": so long a dash, so long a gap."""
        where = f'x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"'
        self._parts.append(f'<line {where} stroke="{self.colour(colour)}"{_stroke(width, dash)}/>')

    def curve(self, points: Points, *, colour: str = "text", width: float = 1.5, dash: str = "") -> None:
        """A line through those points."""
        self._parts.append(
            f'<polyline points="{_told(points)}" fill="none" stroke="{self.colour(colour)}"{_stroke(width, dash)}/>'
        )

    def area(self, points: Points, fill: str, *, edge: str = "", tip: str = "") -> None:
        """A shape with those corners. ``fill`` comes from ``pattern``; ``edge`` is a colour of the palette."""
        stroke = f' stroke="{self.colour(edge)}"' if edge else ""
        told = f"<title>{escape(tip, quote=False)}</title>" if tip else ""
        self._parts.append(f'<polygon points="{_told(points)}" fill="{fill}"{stroke}>{told}</polygon>')

    def mark(
        self, x: float, y: float, kind: int, *, colour: str = "text", size: float = 4, tip: str = ""
    ) -> None:
        """A mark whose centre is there; its shape tells one series from the next: disc, square, triangle, diamond,
        cross, ring."""
        told = f"<title>{escape(tip, quote=False)}</title>" if tip else ""
        ink = self.colour(colour)
        corners = _CORNERS[kind % len(_CORNERS)]
        if corners is None:
            paint = (
                f'fill="{ink}"'
                if kind % len(_CORNERS) == 0
                else f'fill="none" stroke="{ink}" stroke-width="2"'
            )
            self._parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{size:.1f}" {paint}>{told}</circle>')
            return
        points = _told([(x + dx * size, y + dy * size) for dx, dy in corners])
        self._parts.append(f'<polygon points="{points}" fill="{ink}">{told}</polygon>')

    def text(
        self,
        x: float,
        y: float,
        words: str,
        *,
        colour: str = "text",
        anchor: str = "start",
        bold: bool = False,
        turned: bool = False,
    ) -> None:
        """A text of 12 pixels that stands on ``y``; ``turned``, it is read from below."""
        weight = ' font-weight="600"' if bold else ""
        turn = f' transform="rotate(-90 {x:.1f} {y:.1f})"' if turned else ""
        self._parts.append(
            f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{self.colour(colour)}"{weight}{turn}>'
            f"{escape(words, quote=False)}</text>"
        )

    def svg(self, width: float, height: float, title: str, description: str, *, least: str = "40rem") -> str:
        """All of it. A screen reader gets ``title`` and ``description``. It is shown no narrower than ``least``."""
        defs = f"<defs>{''.join(self._patterns.values())}</defs>" if self._patterns else ""
        made = valid_xml_text(
            f'<svg xmlns="http://www.w3.org/2000/svg" role="img" width="{width:.0f}" height="{height:.0f}" '
            f'viewBox="0 0 {width:.0f} {height:.0f}" font-family="{FONT}" font-size="12" '
            f'style="max-width:100%;min-width:{least};height:auto"><title>{escape(title, quote=False)}</title>'
            f"<desc>{escape(description, quote=False)}</desc>"
            f'{defs}<rect width="100%" height="100%" fill="{self.colour("page")}"/>{"".join(self._parts)}</svg>'
        )
        # Ids are shared by all charts of a page, so each has its own: the same chart always the same.
        return made.replace(_KEY, f"{zlib.crc32(made.encode()):08x}")

    def _rect(self, x: float, y: float, width: float, height: float, how: str, tip: str) -> None:
        where = f'x="{x:.1f}" y="{y:.1f}" width="{max(width, 1):.1f}" height="{height:.1f}"'
        told = f"<title>{escape(tip, quote=False)}</title>" if tip else ""
        self._parts.append(f"<rect {where} {how}>{told}</rect>" if told else f"<rect {where} {how}/>")


def _told(points: Points) -> str:
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in points)


def _stroke(width: float, dash: str) -> str:
    thick = f' stroke-width="{width:g}"' if width != 1 else ""
    return thick + (f' stroke-dasharray="{dash}"' if dash else "")


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
