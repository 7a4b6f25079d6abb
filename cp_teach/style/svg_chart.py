"""Charts as plain SVG, without scripts, fonts, or other files, for screen and print."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from html import escape

from cp_teach.security.output.xml_text import valid_xml_text
from cp_teach.style.palette import Color, colors
from cp_teach.style.status import Status

FONT = "system-ui, Arial, sans-serif"
LETTER, BOLD = 6.6, 7.6
"""The approximate width of a letter of 12 pixels, plain and bold."""
THEMES = ("light", "dark")
BOTH = "both"
"""A theme for pages with their own ``color-scheme``: each color is ``light-dark(…)``."""
_COLOURS: dict[str, Color] = dict(colors())
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


def text_width(text: str, bold: bool = False) -> float:
    """Return the approximate width of a text of 12 pixels; capital letters are wider."""
    capitals = sum(letter.isupper() for letter in text)
    return (BOLD if bold else LETTER) * len(text) + 2 * capitals


class Chart:
    """Builds an SVG of rectangles, lines, and texts in the palette's colors.

    ``theme`` is "light", "dark", or ``BOTH``. Coordinates and sizes are in pixels.
    """

    def __init__(self, theme: str = "light") -> None:
        if theme not in (*THEMES, BOTH):
            raise ValueError(f"the themes are {' and '.join(THEMES)}; {theme!r} is not a theme")
        self.theme = theme
        self._parts: list[str] = []
        self._patterns: dict[str, str] = {}

    def color(self, name: str) -> str:
        """Return a color of the palette, or of a status by its key, in this theme."""
        color = _COLOURS[name]
        if self.theme == BOTH:
            return f"light-dark({color.light}, {color.dark})"
        return color.light if self.theme == "light" else color.dark

    def pattern(self, kind: str, ink: str, paper: str = "page") -> str:
        """Return a fill for ``add_area`` that is distinct without color; ``kind`` is one of ``PATTERNS``.

        The paper "clear" is transparent.
        """
        name = f"{kind}-{ink}-{paper}"
        background = "none" if paper == "clear" else self.color(paper)
        self._patterns[name] = pattern(kind, f"{name}-{_KEY}", ink=self.color(ink), paper=background)
        return f"url(#{name}-{_KEY})"

    def add_box(self, x: float, y: float, width: float, height: float, *, fill: str, tip: str = "") -> None:
        """Add a rectangle in a color of the palette, with a tooltip."""
        self._rect(x, y, width, height, f'fill="{self.color(fill)}"', tip)

    def add_bar(self, x: float, y: float, width: float, height: float, status: Status, tip: str) -> None:
        """Add a bar with a border in the color of a status, so that text on it is readable."""
        colour = getattr(status, self.theme)
        paper = self.color("card")
        self._rect(x, y, width, height, f'fill="{paper}" stroke="{colour}" stroke-width="2" rx="3"', tip)
        self._rect(x, y, min(6.0, width), height, f'fill="{colour}" rx="3"', "")

    def add_line(
        self, x1: float, y1: float, x2: float, y2: float, *, color: str = "line", width: float = 1, dash: str = ""
    ) -> None:  # fmt: skip
        """Add a line; ``dash`` such as "6 3" is the length of dashes and of gaps."""
        geometry = f'x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"'
        self._parts.append(f'<line {geometry} stroke="{self.color(color)}"{_stroke(width, dash)}/>')

    def add_curve(self, points: Points, *, color: str = "text", width: float = 1.5, dash: str = "") -> None:
        """Add a line through those points."""
        self._parts.append(
            f'<polyline points="{_points(points)}" fill="none" stroke="{self.color(color)}"{_stroke(width, dash)}/>'
        )

    def add_area(self, points: Points, fill: str, *, edge: str = "", tip: str = "") -> None:
        """Add a polygon. ``fill`` comes from ``pattern``; ``edge`` is a color of the palette."""
        stroke = f' stroke="{self.color(edge)}"' if edge else ""
        self._parts.append(
            f'<polygon points="{_points(points)}" fill="{fill}"{stroke}>{_tooltip(tip)}</polygon>'
        )

    def add_band(self, points: Points, color: str) -> None:
        """Add a polygon through which all that is below it can be seen; ``color`` is one of the palette."""
        self._parts.append(
            f'<polygon points="{_points(points)}" fill="{self.color(color)}" fill-opacity="0.16"/>'
        )

    def add_mark(
        self, x: float, y: float, kind: int, *, color: str = "text", size: float = 4, tip: str = ""
    ) -> None:
        """Add a mark with this center; each series has its shape: disc, square, triangle, diamond, cross, ring."""
        ink = self.color(color)
        corners = _CORNERS[kind % len(_CORNERS)]
        if corners is None:
            paint = (
                f'fill="{ink}"'
                if kind % len(_CORNERS) == 0
                else f'fill="none" stroke="{ink}" stroke-width="2"'
            )
            self._parts.append(
                f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{size:.1f}" {paint}>{_tooltip(tip)}</circle>'
            )
            return
        points = _points([(x + dx * size, y + dy * size) for dx, dy in corners])
        self._parts.append(f'<polygon points="{points}" fill="{ink}">{_tooltip(tip)}</polygon>')

    def add_text(
        self,
        x: float,
        y: float,
        text: str,
        *,
        color: str = "text",
        anchor: str = "start",
        bold: bool = False,
        turned: bool = False,
    ) -> None:
        """Add a text of 12 pixels with baseline ``y``; ``turned`` text reads upwards."""
        weight = ' font-weight="600"' if bold else ""
        turn = f' transform="rotate(-90 {x:.1f} {y:.1f})"' if turned else ""
        self._parts.append(
            f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{self.color(color)}"{weight}{turn}>'
            f"{escape(text, quote=False)}</text>"
        )

    def svg(self, width: float, height: float, title: str, description: str, *, least: str = "40rem") -> str:
        """Return the SVG. ``title`` and ``description`` are for screen readers; ``least`` is the minimum width."""
        defs = f"<defs>{''.join(self._patterns.values())}</defs>" if self._patterns else ""
        svg = valid_xml_text(
            f'<svg xmlns="http://www.w3.org/2000/svg" role="img" width="{width:.0f}" height="{height:.0f}" '
            f'viewBox="0 0 {width:.0f} {height:.0f}" font-family="{FONT}" font-size="12" '
            f'style="max-width:100%;min-width:{least};height:auto"><title>{escape(title, quote=False)}</title>'
            f"<desc>{escape(description, quote=False)}</desc>"
            f'{defs}<rect width="100%" height="100%" fill="{self.color("page")}"/>{"".join(self._parts)}</svg>'
        )
        # IDs must be unique on a page; the checksum makes them so, and the same for the same chart.
        return svg.replace(_KEY, f"{zlib.crc32(svg.encode()):08x}")

    def _rect(self, x: float, y: float, width: float, height: float, paint: str, tip: str) -> None:
        geometry = f'x="{x:.1f}" y="{y:.1f}" width="{max(width, 1):.1f}" height="{height:.1f}"'
        ending = f">{_tooltip(tip)}</rect>" if tip else "/>"
        self._parts.append(f"<rect {geometry} {paint}{ending}")


def _tooltip(tip: str) -> str:
    return f"<title>{escape(tip, quote=False)}</title>" if tip else ""


def _points(points: Points) -> str:
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in points)


def _stroke(width: float, dash: str) -> str:
    thick = f' stroke-width="{width:g}"' if width != 1 else ""
    return thick + (f' stroke-dasharray="{dash}"' if dash else "")


def time_ticks(longest: float, most: int = 10) -> list[float]:
    """Return the ticks of a time axis from 0 to at least ``longest`` seconds: whole minutes, hours, or days, in at most
    ``most`` steps."""
    steps = [60 * n for n in (1, 2, 5, 10, 15, 30, 60, 120, 240, 480, 720)]
    step: float = next((s for s in steps if longest <= s * most), 86_400)
    while longest > step * most:
        step *= 2
    count = max(1, -int(-longest // step))
    return [n * step for n in range(count + 1)]


def format_duration(seconds: float) -> str:
    """Format seconds for an axis: 45 min, 2 h, 2 h 30, 3 d."""
    minutes = round(seconds / 60)
    days, hours = minutes // 1440, minutes % 1440 // 60
    if days and not minutes % 1440:
        return f"{days} d"
    if minutes < 60:
        return f"{minutes} min" if minutes else "0"
    return f"{days * 24 + hours} h" + (f" {minutes % 60:02}" if minutes % 60 else "")
