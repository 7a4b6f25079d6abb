"""What the patterns, lines and marks of a picture mean."""

from __future__ import annotations

from collections.abc import Sequence

from cp_teach.style.svg_chart import Chart, room

INKS = ("accent", "muted", "number", "good", "keyword", "bad")
"""The colours of series, in order. Colour is never alone: each has a pattern, or a dash and a mark."""
DASHES = ("", "7 3", "2 3", "10 3 2 3", "5 5", "1 4")


def legend(chart: Chart, width: float, items: Sequence[tuple[str, str, str]]) -> float:
    """A sample of each (name, pattern, ink), in as many lines as it takes from the top; returns its height."""
    x, y = 6.0, 8.0
    for name, kind, ink in items:
        need = 30 + room(name)
        if x > 6 and x + need > width:
            x, y = 6.0, y + 19
        box = [(x, y), (x + 18, y), (x + 18, y + 12), (x, y + 12)]
        chart.area(box, chart.pattern(kind, ink), edge=ink)
        chart.text(x + 23, y + 11, name)
        x += need + 8
    return y + 16 if items else 0.0


def key(chart: Chart, width: float, names: Sequence[str]) -> float:
    """The same for curves: a piece of each line with its mark; returns its height."""
    x, y = 6.0, 8.0
    for n, name in enumerate(names):
        need = 42 + room(name)
        if x > 6 and x + need > width:
            x, y = 6.0, y + 19
        ink = INKS[n % len(INKS)]
        chart.line(x, y + 6, x + 30, y + 6, colour=ink, width=2, dash=DASHES[n % len(DASHES)])
        chart.mark(x + 15, y + 6, n, colour=ink)
        chart.text(x + 35, y + 11, name)
        x += need + 8
    return y + 16 if names else 0.0
