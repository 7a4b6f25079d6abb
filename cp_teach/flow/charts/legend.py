"""Legends: samples of the patterns, or of the lines and marks, of a chart."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from cp_teach.style.svg_chart import Chart, text_width

INKS = ("accent", "muted", "number", "good", "keyword", "bad")
"""The colors of series, in order. A pattern, or a dash and a mark, always accompanies a color."""
DASHES = ("", "7 3", "2 3", "10 3 2 3", "5 5", "1 4")


def box_corners(left: float, top: float, right: float, bottom: float) -> list[tuple[float, float]]:
    """Return the corners of a rectangle."""
    return [(left, top), (right, top), (right, bottom), (left, bottom)]


def draw_pattern_legend(chart: Chart, width: float, items: Sequence[tuple[str, str, str]]) -> float:
    """Draw a sample of each (name, pattern, ink) at the top, and return the height."""

    def draw_sample(n: int, x: float, y: float) -> None:
        _, kind, ink = items[n]
        chart.add_area(box_corners(x, y, x + 18, y + 12), chart.pattern(kind, ink), edge=ink)

    return _draw_items(chart, width, [name for name, *_ in items], 23, draw_sample)


def draw_line_legend(chart: Chart, width: float, names: Sequence[str]) -> float:
    """Draw a sample of each curve with its mark at the top, and return the height."""

    def draw_sample(n: int, x: float, y: float) -> None:
        ink = INKS[n % len(INKS)]
        chart.add_line(x, y + 6, x + 30, y + 6, color=ink, width=2, dash=DASHES[n % len(DASHES)])
        chart.add_mark(x + 15, y + 6, n, color=ink)

    return _draw_items(chart, width, names, 35, draw_sample)


def _draw_items(
    chart: Chart,
    width: float,
    names: Sequence[str],
    indent: float,
    draw_sample: Callable[[int, float, float], None],
) -> float:
    x, y = 6.0, 8.0
    for n, name in enumerate(names):
        need = indent + 7 + text_width(name)
        if x > 6 and x + need > width:
            x, y = 6.0, y + 19
        draw_sample(n, x, y)
        chart.add_text(x + indent, y + 11, name)
        x += need + 8
    return y + 16 if names else 0.0
