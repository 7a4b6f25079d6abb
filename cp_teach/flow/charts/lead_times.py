"""The histogram of lead times, with percentiles."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cp_teach.flow.analysis.metric_definitions import format_minutes
from cp_teach.flow.charts.axis import draw_frame, duration_axis, number_axis
from cp_teach.flow.charts.chart import Picture
from cp_teach.flow.numerics.exact_time import Floats
from cp_teach.flow.simulation.outcome import Outcome
from cp_teach.style.svg_chart import Chart, text_width

if TYPE_CHECKING:
    import pandas as pd

PERCENTILES = (50, 85, 95)
HEIGHT = 300.0


class LeadTimes(Picture):
    """A histogram of times in minutes, up to about the 99th percentile; the table also counts those beyond."""

    def __init__(self, times: Floats, title: str) -> None:
        self.title = title
        self.times = times
        self.percentiles = {
            p: float(np.percentile(times, p)) for p in PERCENTILES if len(times) * (100 - p) >= 100
        }
        """Percentile -> value, for those percentiles above which there is a value."""
        far = float(np.percentile(times, 99)) if len(times) else 1.0
        self.axis = duration_axis("Lead time", far or 1.0)
        self.beyond = int((times > self.axis.high).sum())
        bins = int(np.clip(np.sqrt(len(times)), 8, 40))
        self.counts, self.edges = np.histogram(times, bins, (0.0, self.axis.high))

    def describe(self) -> str:
        """See ``Picture``."""
        if not len(self.times):
            return "No revision was delivered."
        limits = ", ".join(f"{p} % within {format_minutes(value)}" for p, value in self.percentiles.items())
        more = f" {self.beyond:,} took longer than is drawn." if self.beyond else ""
        if missing := [f"{p} %" for p in PERCENTILES if p not in self.percentiles]:
            more += f" They are too few for {' and '.join(missing)}."
        if not limits:
            limits = f"the longest took {format_minutes(float(self.times.max()))}"
        return f"Of {len(self.times):,} delivered revisions: {limits}.{more}"

    def draw(self, chart: Chart, width: float) -> float:
        """See ``Picture``."""
        x_axis = duration_axis("Lead time", self.axis.high, 8 if width > 500 else 5)
        y_axis = number_axis("Revisions", 0, int(self.counts.max(initial=1)))
        top = 22 + 15 * len(self.percentiles)
        area = draw_frame(chart, x_axis, y_axis, (0, top, width - 14, HEIGHT))
        fill = chart.pattern("rising", "accent")
        for count, begin, end in zip(self.counts, self.edges, self.edges[1:], strict=False):
            if count:
                x1, x2, y = area.x(begin), area.x(end), area.y(count)
                corners = [(x1, area.bottom), (x1, y), (x2, y), (x2, area.bottom)]
                tip = f"{format_minutes(begin)} to {format_minutes(end)}: {count:,}"
                chart.add_area(corners, fill, edge="accent", tip=tip)
        for line, (p, value) in enumerate(self.percentiles.items()):
            x, y = min(area.x(value), area.right), 14.0 + 15 * line
            label = f"{p} %: {format_minutes(value)}"
            chart.add_line(x, y + 4, x, area.bottom, color="text", width=1.5, dash=("", "7 3", "2 3")[line])
            fits = x + 6 + text_width(label, bold=True) < width
            chart.add_text(
                x + 4 if fits else x - 4, y + 8, label, anchor="start" if fits else "end", bold=True
            )
        return HEIGHT

    def table(self) -> pd.DataFrame:
        """Return ``from`` and ``to`` in minutes, ``revisions`` and their ``share``."""
        import pandas as pd

        begin, end = list(self.edges[:-1]), list(self.edges[1:])
        counts = list(self.counts)
        if self.beyond:
            begin, end, counts = [*begin, end[-1]], [*end, float(self.times.max())], [*counts, self.beyond]
        total = max(1, len(self.times))
        return pd.DataFrame(
            {"from": begin, "to": end, "revisions": counts, "share": [count / total for count in counts]}
        )


def lead_times(
    outcome: Outcome, *, window: tuple[float, float] | None = None, title: str = "Lead times"
) -> LeadTimes:
    """Chart the lead times of the delivered revisions of all replications that arrived in the ``window``."""
    drawn = outcome.delivered
    if window is not None:
        drawn = drawn & (outcome.arrived >= window[0]) & (outcome.arrived < window[1])
    return LeadTimes(outcome.ended[drawn] - outcome.arrived[drawn], title)
