"""The sensitivity chart: how a measure depends on a parameter, as curves with confidence intervals."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, TypeAlias

from cp_teach.flow.analysis.confidence_interval import Estimate
from cp_teach.flow.charts.axis import draw_frame, number_axis
from cp_teach.flow.charts.chart import Picture
from cp_teach.flow.charts.legend import DASHES, INKS, draw_line_legend
from cp_teach.style.svg_chart import Chart

if TYPE_CHECKING:
    import pandas as pd

HEIGHT = 320.0
Scale: TypeAlias = Callable[[float], float]


class Sensitivity(Picture):
    """A curve for each label, with a mark at each value and a band for the intervals."""

    def __init__(
        self, at: tuple[float, ...], curves: dict[str, tuple[Estimate, ...]], x: str, y: str, title: str
    ) -> None:
        self.at, self.curves, self.x, self.y, self.title = at, curves, x, y, title

    def _points(self, curve: tuple[Estimate, ...]) -> list[tuple[float, Estimate]]:
        """Return (x, estimate) where the mean is defined."""
        return [(x, e) for x, e in zip(self.at, curve, strict=True) if not math.isnan(e.mean)]

    def describe(self) -> str:
        """See ``Picture``."""
        ends = []
        for label, curve in self.curves.items():
            if points := self._points(curve):
                (first, begin), (last, end) = points[0], points[-1]
                ends.append(f"{label}: {begin.mean:.3g} at {first:g}, {end.mean:.3g} at {last:g}")
        return f"{self.y} over {self.x}. {'; '.join(ends) or 'Nothing is defined'}."

    def draw(self, chart: Chart, width: float) -> float:
        """See ``Picture``."""
        top = 10 + draw_line_legend(chart, width, list(self.curves))
        values = [v for curve in self.curves.values() for e in curve for v in (e.mean, e.low, e.high)]
        values = [v for v in values if not math.isnan(v)] or [0.0, 1.0]
        # The axis begins at 0 unless that wastes much of its height.
        low = min(0.0, *values) if min(values) < 0.4 * max(values) else min(values)
        area = draw_frame(
            chart, number_axis(self.x, min(self.at), max(self.at), 8 if width > 500 else 5),
            number_axis(self.y, low, max(values)), (0, top, width - 16, top + HEIGHT),
        )  # fmt: skip
        for n, curve in enumerate(self.curves.values()):
            self._draw_band(chart, area.x, area.y, curve, n)
        for n, (label, curve) in enumerate(self.curves.items()):
            ink, points = INKS[n % len(INKS)], self._points(curve)
            line = [(area.x(x), area.y(e.mean)) for x, e in points]
            chart.add_curve(line, color=ink, width=2, dash=DASHES[n % len(DASHES)])
            for (x, e), (px, py) in zip(points, line, strict=True):
                chart.add_mark(px, py, n, color=ink, tip=f"{label}, {x:g}: {e}")
        return top + HEIGHT + 4

    def _draw_band(self, chart: Chart, at_x: Scale, at_y: Scale, curve: tuple[Estimate, ...], n: int) -> None:
        ink, dash = INKS[n % len(INKS)], DASHES[n % len(DASHES)]
        intervals = [(at_x(x), e) for x, e in self._points(curve) if not math.isnan(e.low)]
        upper = [(x, at_y(e.high)) for x, e in intervals]
        lower = [(x, at_y(e.low)) for x, e in intervals]
        if len(intervals) > 1:
            # A tint: a pattern in a narrow band looks like stray lines. The edges have the dash of the curve.
            chart.add_band(upper + lower[::-1], ink)
            chart.add_curve(upper, color=ink, width=1, dash=dash)
            chart.add_curve(lower, color=ink, width=1, dash=dash)
        for (x, high), (_, low) in zip(upper, lower, strict=True):
            chart.add_line(x, high, x, low, color=ink, width=1.5)

    def table(self) -> pd.DataFrame:
        """Return ``series``, ``x``, ``mean``, ``low``, ``high``, ``n``, a row for each mark."""
        import pandas as pd

        rows = [
            (label, x, e.mean, e.low, e.high, e.n)
            for label, curve in self.curves.items()
            for x, e in zip(self.at, curve, strict=True)
        ]
        return pd.DataFrame(rows, columns=["series", "x", "mean", "low", "high", "n"])


def sensitivity(
    at: Sequence[float], curves: Mapping[str, Sequence[Estimate]], x: str, y: str, *, title: str = ""
) -> Sensitivity:
    """Chart a curve for each label: its estimates at the values ``at``. ``x`` and ``y`` name the axes, with units.

    Raises ``ValueError`` if a curve does not have one estimate for each value.
    """
    values = tuple(float(value) for value in at)
    if not values or not curves:
        raise ValueError("nothing to draw: give one value or more, and one curve or more")
    for label, curve in curves.items():
        if len(curve) != len(values):
            raise ValueError(f"{label!r} has {len(curve)} estimates for {len(values)} values of {x}")
    order = sorted(range(len(values)), key=values.__getitem__)
    sorted_curves = {label: tuple(curve[n] for n in order) for label, curve in curves.items()}
    return Sensitivity(tuple(values[n] for n in order), sorted_curves, x, y, title or f"{y} over {x}")
