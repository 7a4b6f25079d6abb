"""The control chart: lead times with natural limits, which distinguish a change of the process from chance.

It is an XmR chart: single values, and the moving range from each to the next. The natural process limits are 2.66 mean
ranges from the mean, the limit of the ranges is 3.27 of them (Shewhart 1931; Wheeler, Understanding Variation). They
are not goals, and they presume independent values.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from cp_teach.flow.analysis.metric_definitions import format_minutes
from cp_teach.flow.charts.axis import Axis, draw_frame, duration_axis, number_axis
from cp_teach.flow.charts.chart import Picture
from cp_teach.flow.numerics.exact_time import Flags, Floats
from cp_teach.flow.simulation.outcome import SUCCEEDED, Outcome
from cp_teach.style.svg_chart import Chart

if TYPE_CHECKING:
    import pandas as pd

LIMIT, RANGE_LIMIT = 2.66, 3.268
MOST = 120
GUTTER = 84.0
"""The width at the right for the names of the limits."""


class ControlChart(Picture):
    """Lead times in minutes in order of delivery, and below them their moving ranges."""

    def __init__(self, numbers: NDArray[np.intp], times: Floats, left_out: int, title: str) -> None:
        self.title = title
        self.numbers, self.times, self.left_out = numbers, times, left_out
        self.ranges = np.abs(np.diff(times))
        self.mean = float(times.mean()) if len(times) else 0.0
        self.range_mean = float(self.ranges.mean()) if len(self.ranges) else 0.0
        self.high = self.mean + LIMIT * self.range_mean
        self.low = max(0.0, self.mean - LIMIT * self.range_mean)
        self.range_high = RANGE_LIMIT * self.range_mean
        self.outside = (times > self.high) | (times < self.low)

    def describe(self) -> str:
        """See ``Picture``."""
        if not len(self.times):
            return "No revision was delivered."
        more = f" Of all, the last {len(self.times)} are drawn." if self.left_out else ""
        return (
            f"{len(self.times)} delivered revisions: the mean is {format_minutes(self.mean)}, the natural process "
            f"limits are {format_minutes(self.low)} and {format_minutes(self.high)}; "
            f"{int(self.outside.sum())} are outside.{more}"
        )

    def draw(self, chart: Chart, width: float) -> float:
        """See ``Picture``."""
        x = number_axis("Delivered revisions, in order", 1, max(2, len(self.times)), 8 if width > 500 else 5)
        limits = {"limit": self.high, "mean": self.mean}
        if self.low:
            limits["lower limit"] = self.low
        self._panel(chart, x, "Lead time", self.times, 1, limits, self.outside, (0, 10, width - GUTTER, 270))
        limits = {"limit": self.range_high, "mean": self.range_mean}
        beyond = self.ranges > self.range_high
        self._panel(chart, x, "Range", self.ranges, 2, limits, beyond, (0, 285, width - GUTTER, 435))
        chart.add_mark(12, 452, 3, color="bad", size=5)
        chart.add_text(22, 456, "outside the limits")
        return 464

    def _panel(
        self, chart: Chart, x: Axis, label: str, values: Floats, first: int,
        limits: dict[str, float], outside: Flags, box: tuple[float, float, float, float],
    ) -> None:  # fmt: skip
        highest = float(max(values.max(initial=1.0), *limits.values()))
        area = draw_frame(chart, x, duration_axis(label, highest, 5), box)
        points = [(area.x(first + n), area.y(value)) for n, value in enumerate(values)]
        chart.add_curve(points, color="accent", width=1)
        for n, (px, py) in enumerate(points):
            tip = f"#{self.numbers[n + first - 1]}: {format_minutes(values[n])}"
            kind, colour, size = (3, "bad", 5.0) if outside[n] else (0, "accent", 2.5)
            chart.add_mark(px, py, kind, color=colour, size=size, tip=tip)
        for name, value in limits.items():
            dash = "" if name == "mean" else "7 3"
            chart.add_line(
                area.left, area.y(value), area.right, area.y(value), color="text", width=1.5, dash=dash
            )
            chart.add_text(area.right + 5, area.y(value) - 1, name, bold=True)
            chart.add_text(area.right + 5, area.y(value) + 12, format_minutes(value))

    def table(self) -> pd.DataFrame:
        """Return ``revision``, ``minutes``, ``range`` to the previous one, ``outside`` the limits."""
        import pandas as pd

        ranges = np.concatenate(([np.nan], self.ranges)) if len(self.times) else self.ranges
        return pd.DataFrame(
            {"revision": self.numbers, "minutes": self.times, "range": ranges, "outside": self.outside}
        )


def control_chart(
    outcome: Outcome, row: int, *, begin: float = 0.0, title: str = "Control chart of lead times"
) -> ControlChart:
    """Chart the last 120 delivered revisions of replication ``row`` that arrived from minute ``begin`` on."""
    replication = outcome.replication(row)
    delivered = np.flatnonzero((replication.status == SUCCEEDED) & (replication.arrived >= begin))
    delivered = delivered[np.argsort(replication.ended[delivered], kind="stable")]
    drawn = delivered[-MOST:]
    times = replication.ended[drawn] - replication.arrived[drawn]
    return ControlChart(drawn + 1, times, len(delivered) - len(drawn), title)
