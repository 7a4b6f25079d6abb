"""How an answer changes with one thing that is varied: curves with their confidence intervals."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from cp_teach.flow.analysis.confidence_interval import Estimate
from cp_teach.flow.charts.axis import frame, numbers
from cp_teach.flow.charts.chart import Picture
from cp_teach.flow.charts.legend import DASHES, INKS, key
from cp_teach.style.svg_chart import Chart

if TYPE_CHECKING:
    import pandas as pd

HEIGHT = 320.0
_BANDS = ("rising", "falling", "upright", "crossed", "dots", "grid")


class Sensitivity(Picture):
    """A curve for each label, a mark at each value, a band for the intervals."""

    def __init__(
        self, at: tuple[float, ...], curves: dict[str, tuple[Estimate, ...]], x: str, y: str, title: str
    ) -> None:
        self.at, self.curves, self.x, self.y, self.title = at, curves, x, y, title

    def words(self) -> str:
        """See ``Picture``."""
        told = []
        for label, curve in self.curves.items():
            known = [(x, one) for x, one in zip(self.at, curve, strict=True) if not math.isnan(one.mean)]
            if known:
                (first, begin), (last, end) = known[0], known[-1]
                told.append(f"{label}: {begin.mean:.3g} at {first:g}, {end.mean:.3g} at {last:g}")
        return f"{self.y} over {self.x}. {'; '.join(told) or 'Nothing is defined'}."

    def draw(self, chart: Chart, width: float) -> float:
        """See ``Picture``."""
        top = 10 + key(chart, width, list(self.curves))
        known = [v for curve in self.curves.values() for one in curve for v in (one.mean, one.low, one.high)]
        known = [v for v in known if not math.isnan(v)] or [0.0, 1.0]
        low = (
            min(0.0, *known) if min(known) < 0.4 * max(known) else min(known)
        )  # from 0, where that costs little
        on = frame(
            chart, numbers(self.x, min(self.at), max(self.at), 8 if width > 500 else 5),
            numbers(self.y, low, max(known)), (0, top, width - 16, top + HEIGHT),
        )  # fmt: skip
        for n, curve in enumerate(self.curves.values()):
            ink = INKS[n % len(INKS)]
            sure = [(x, one) for x, one in zip(self.at, curve, strict=True) if not math.isnan(one.low)]
            kind = _BANDS[n % len(_BANDS)]
            upper = [(on.x(x), on.y(one.high)) for x, one in sure]
            lower = [(on.x(x), on.y(one.low)) for x, one in sure]
            if len(sure) > 1:
                chart.area(upper + lower[::-1], chart.pattern(kind, ink, "clear"))
                chart.curve(upper, colour=ink, width=1)
                chart.curve(lower, colour=ink, width=1)
            for (x, high), (_, end) in zip(upper, lower, strict=True):
                chart.line(x, high, x, end, colour=ink, width=1.5)
        for n, (label, curve) in enumerate(self.curves.items()):
            ink = INKS[n % len(INKS)]
            drawn = [(x, one) for x, one in zip(self.at, curve, strict=True) if not math.isnan(one.mean)]
            points = [(on.x(x), on.y(one.mean)) for x, one in drawn]
            chart.curve(points, colour=ink, width=2, dash=DASHES[n % len(DASHES)])
            for (x, one), (px, py) in zip(drawn, points, strict=True):
                chart.mark(px, py, n, colour=ink, tip=f"{label}, {x:g}: {one}")
        return top + HEIGHT + 4

    def table(self) -> pd.DataFrame:
        """``series``, ``x``, ``mean``, ``low``, ``high``, ``n``: a row for each mark."""
        import pandas as pd

        rows = [
            (label, x, one.mean, one.low, one.high, one.n)
            for label, curve in self.curves.items()
            for x, one in zip(self.at, curve, strict=True)
        ]
        return pd.DataFrame(rows, columns=["series", "x", "mean", "low", "high", "n"])


def sensitivity(
    at: Sequence[float], curves: Mapping[str, Sequence[Estimate]], x: str, y: str, *, title: str = ""
) -> Sensitivity:
    """A curve for each label: its estimates at the values ``at``; ``x`` and ``y`` are the names of the axes, with
    their units. Raises ``ValueError`` where a curve has not one estimate for each value."""
    where = tuple(float(value) for value in at)
    if not where or not curves:
        raise ValueError("a curve needs one value or more, and there has to be one curve or more")
    for label, curve in curves.items():
        if len(curve) != len(where):
            raise ValueError(f"{label!r} has {len(curve)} estimates for {len(where)} values of {x}")
    order = sorted(range(len(where)), key=where.__getitem__)
    sorted_curves = {label: tuple(curve[n] for n in order) for label, curve in curves.items()}
    return Sensitivity(tuple(where[n] for n in order), sorted_curves, x, y, title or f"{y} over {x}")
