"""The control chart: is what happens to the next revision more of the same, or has something changed?

An XmR chart: single values and the range from each to the next. The natural process limits lie 2.66 mean ranges from
the mean, the limit of the ranges at 3.27 of them (Shewhart 1931; Wheeler, Understanding Variation). They are no goals,
and they are for values of which one does not depend on the next.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from cp_teach.flow.analysis.metric_definitions import minutes
from cp_teach.flow.charts.axis import Axis, durations, frame, numbers
from cp_teach.flow.charts.chart import Picture
from cp_teach.flow.charts.single_replication import one
from cp_teach.flow.numerics.exact_time import Flags, Floats
from cp_teach.flow.simulation.outcome import SUCCEEDED, Outcome
from cp_teach.style.svg_chart import Chart

if TYPE_CHECKING:
    import pandas as pd

LIMIT, RANGE_LIMIT = 2.66, 3.268
MOST = 120
GUTTER = 84.0
"""At the right, for what the limits are called."""


class ControlChart(Picture):
    """Lead times in minutes in the order of delivery, and below them their moving ranges."""

    def __init__(self, numbers: NDArray[np.intp], times: Floats, left_out: int, title: str) -> None:
        self.title = title
        self.numbers, self.times, self.left_out = numbers, times, left_out
        self.ranges = np.abs(np.diff(times))
        self.mean = float(times.mean()) if len(times) else 0.0
        spread = float(self.ranges.mean()) if len(self.ranges) else 0.0
        self.high, self.low = self.mean + LIMIT * spread, max(0.0, self.mean - LIMIT * spread)
        self.range_mean, self.range_high = spread, RANGE_LIMIT * spread
        self.outside = (times > self.high) | (times < self.low)

    def words(self) -> str:
        """See ``Picture``."""
        if not len(self.times):
            return "No revision was delivered."
        more = f" Of all, the last {len(self.times)} are drawn." if self.left_out else ""
        return (
            f"{len(self.times)} delivered revisions: the mean is {minutes(self.mean)}, the natural process limits "
            f"are {minutes(self.low)} and {minutes(self.high)}; {int(self.outside.sum())} lie outside.{more}"
        )

    def draw(self, chart: Chart, width: float) -> float:
        """See ``Picture``."""
        x = numbers("Delivered revisions, in order", 1, max(2, len(self.times)), 8 if width > 500 else 5)
        limits = {"limit": self.high, "mean": self.mean, "lower limit": self.low}
        self._panel(chart, x, "Lead time", self.times, 1, limits, self.outside, (0, 10, width - GUTTER, 270))
        wide = {"limit": self.range_high, "mean": self.range_mean}
        beyond = self.ranges > self.range_high
        self._panel(chart, x, "Range", self.ranges, 2, wide, beyond, (0, 285, width - GUTTER, 435))
        chart.mark(12, 452, 3, colour="bad", size=5)
        chart.text(22, 456, "outside the limits")
        return 464

    def _panel(
        self, chart: Chart, x: Axis, label: str, values: Floats, first: int,
        limits: dict[str, float], outside: Flags, box: tuple[float, float, float, float],
    ) -> None:  # fmt: skip
        highest = float(max(values.max(initial=1.0), *limits.values()))
        on = frame(chart, x, durations(label, highest, 5), box)
        points = [(on.x(first + n), on.y(value)) for n, value in enumerate(values)]
        chart.curve(points, colour="accent", width=1)
        for n, (place, height) in enumerate(points):
            tip = f"#{self.numbers[n + first - 1]}: {minutes(values[n])}"
            if outside[n]:
                chart.mark(place, height, 3, colour="bad", size=5, tip=tip)
            else:
                chart.mark(place, height, 0, colour="accent", size=2.5, tip=tip)
        for name, value in limits.items():
            if name == "lower limit" and value == 0:
                continue  # no lead time is below it anyway
            chart.line(
                on.left, on.y(value), on.right, on.y(value), colour="text", width=1.5,
                dash="" if name == "mean" else "7 3",
            )  # fmt: skip
            chart.text(on.right + 5, on.y(value) - 1, name, bold=True)
            chart.text(on.right + 5, on.y(value) + 12, minutes(value))

    def table(self) -> pd.DataFrame:
        """``revision``, ``minutes``, ``range`` to the one before, ``outside`` the limits."""
        import pandas as pd

        ranges = np.concatenate(([np.nan], self.ranges)) if len(self.times) else self.ranges
        return pd.DataFrame(
            {"revision": self.numbers, "minutes": self.times, "range": ranges, "outside": self.outside}
        )


def control_chart(
    outcome: Outcome, row: int, *, begin: float = 0.0, title: str = "Control chart of lead times"
) -> ControlChart:
    """Of replication ``row``: the delivered revisions that arrived from minute ``begin`` on, the last 120 of them."""
    found = one(outcome, row)
    who = np.flatnonzero((found.status == SUCCEEDED) & (found.arrived >= begin))
    who = who[np.argsort(found.ended[who], kind="stable")]
    shown = who[-MOST:]
    return ControlChart(shown + 1, found.ended[shown] - found.arrived[shown], len(who) - len(shown), title)
