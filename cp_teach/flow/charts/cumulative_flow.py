"""The cumulative flow diagram: how many revisions have reached which stage. Its bands are the work in progress; a wide
band shows where work piles up."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import cycle
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from cp_teach.flow.charts.axis import draw_frame, number_axis, time_axis
from cp_teach.flow.charts.chart import Picture, check_names, choose_span
from cp_teach.flow.charts.legend import INKS, draw_pattern_legend
from cp_teach.flow.numerics.exact_time import Floats
from cp_teach.flow.simulation.outcome import SUCCEEDED, Outcome
from cp_teach.style.svg_chart import PATTERNS, Chart

if TYPE_CHECKING:
    import pandas as pd

Counts = NDArray[np.intp]
POINTS = 160
HEIGHT = 340.0


class CumulativeFlow(Picture):
    """A band for the delivered revisions, one for those that ended otherwise, and one for each stage with the revisions
    waiting to enter it. Revisions that ended before ``begin`` are left out."""

    def __init__(
        self, outcome: Outcome, stages: tuple[str, ...], begin: float, end: float, title: str
    ) -> None:
        self.title = title
        self.times = np.linspace(begin, end, POINTS)
        ended = np.where(np.isnan(outcome.ended), np.inf, outcome.ended)
        ended[ended < begin] = -np.inf  # marks revisions to leave out
        delivered = outcome.status == SUCCEEDED
        self.bands = {
            "Delivered": self._count(ended[delivered]),
            "Failed or superseded": self._count(ended[~delivered]),
        }
        arrived = np.where(ended == -np.inf, -np.inf, outcome.arrived)
        # For each stage: the revisions that have reached it, or have ended earlier. A band is the difference of two.
        reached = [self._count(arrived), *(self._count(np.fmin(left, ended)) for left in outcome.left[:-1])]
        below = self._count(ended)
        for name, count in zip(reversed(stages), reversed(reached), strict=True):
            self.bands[name] = count - below
            below = count
        self.arrived = below

    def _count(self, moments: Floats) -> Counts:
        """Return the number of moments up to each of the times."""
        counts: Counts = np.searchsorted(np.sort(moments[moments > -np.inf]), self.times, side="right")
        return counts

    def describe(self) -> str:
        """See ``Picture``."""
        counts = ", ".join(f"{name} {int(band[-1])}" for name, band in self.bands.items())
        return f"Of {int(self.arrived[-1])} arrived revisions at the end: {counts}."

    def draw(self, chart: Chart, width: float) -> float:
        """See ``Picture``."""
        names = [f"{name}, inside or waiting" if n > 1 else name for n, name in enumerate(self.bands)]
        styles = list(zip(names, cycle(list(PATTERNS)[1:]), cycle(INKS), strict=False))
        top = 10 + draw_pattern_legend(chart, width, styles[::-1])
        begin, end = float(self.times[0]), float(self.times[-1])
        area = draw_frame(
            chart, time_axis("Time", begin, end, 8 if width > 500 else 4),
            number_axis("Revisions since the beginning", 0, max(1, int(self.arrived[-1]))),
            (0, top, width - 16, top + HEIGHT),
        )  # fmt: skip
        below = np.zeros(len(self.times))
        for (name, band), (_, kind, ink) in zip(self.bands.items(), styles, strict=True):
            above = below + band
            upper, lower = (
                [(area.x(t), area.y(count)) for t, count in zip(self.times, counts, strict=True)]
                for counts in (above, below)
            )
            chart.add_area(upper + lower[::-1], chart.pattern(kind, ink), tip=name)
            chart.add_curve(upper, color=ink)
            below = above
        return top + HEIGHT + 4

    def table(self) -> pd.DataFrame:
        """Return ``minute``, ``Arrived``, and the size of each band."""
        import pandas as pd

        return pd.DataFrame({"minute": self.times, "Arrived": self.arrived, **self.bands})


def cumulative_flow(
    outcome: Outcome, row: int, stages: Sequence[str], *, begin: float | None = None, end: float | None = None,
    title: str = "Cumulative flow",
) -> CumulativeFlow:  # fmt: skip
    """Chart replication ``row`` from minute ``begin`` to minute ``end``."""
    replication = outcome.replication(row)
    span = choose_span(replication, begin, end)
    return CumulativeFlow(replication, check_names(replication, tuple(stages)), *span, title)
