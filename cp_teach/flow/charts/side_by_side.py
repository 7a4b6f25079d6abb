"""The comparison chart: the same measures of several studies, side by side."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from cp_teach.flow.analysis.confidence_interval import Estimate
from cp_teach.flow.analysis.metric_definitions import FIVE, Metric, find_metric
from cp_teach.flow.analysis.report import Report
from cp_teach.flow.charts.axis import Axis, duration_axis, number_axis
from cp_teach.flow.charts.chart import Picture
from cp_teach.flow.charts.legend import INKS
from cp_teach.style.svg_chart import Chart, text_width

if TYPE_CHECKING:
    import pandas as pd

    from cp_teach.flow.studies.study import Study

LINE = 22.0


class SideBySide(Picture):
    """A part for each measure with its own axis, and in it a line for each study: a mark for the mean, a bar for the
    interval."""

    def __init__(self, reports: dict[str, Report], measures: tuple[str, ...], title: str) -> None:
        self.reports, self.title = reports, title
        stages = next(iter(reports.values())).stages
        self.metrics = [find_metric(name, stages) for name in measures]
        self.estimates = {
            metric.name: {label: report[metric.name] for label, report in reports.items()}
            for metric in self.metrics
        }

    def describe(self) -> str:
        """See ``Picture``."""
        return ". ".join(f"{m.label}: {', '.join(self._texts(m, '{} {}'))}" for m in self.metrics) + "."

    def _texts(self, metric: Metric, pattern: str) -> list[str]:
        estimates = self.estimates[metric.name].items()
        return [pattern.format(label, metric.format_estimate(estimate)) for label, estimate in estimates]

    def draw(self, chart: Chart, width: float) -> float:
        """See ``Picture``."""
        broad = width > 500
        left = 20 + max(map(text_width, self.reports)) if broad else 10.0
        texts = [text for metric in self.metrics for text in self._texts(metric, "{1}")]
        right = width - (16 + max(map(text_width, texts)) if broad else 14)
        y = 6.0
        for metric in self.metrics:
            estimates = self.estimates[metric.name]
            factor = 100 if metric.unit == "share" else 1
            axis, unit = _choose_axis(metric, estimates, factor, broad)
            chart.add_text(4, y + 14, metric.label + unit, bold=True)
            y += 20
            lines = len(estimates) * (LINE if broad else LINE + 16)
            x = axis.scale(left, right)
            for mark in axis.marks:
                chart.add_line(x(mark), y, x(mark), y + lines + 4)
                chart.add_text(x(mark), y + lines + 17, axis.text(mark), color="muted", anchor="middle")
            for n, (label, estimate) in enumerate(estimates.items()):
                text = metric.format_estimate(estimate)
                if broad:
                    chart.add_text(4, y + 15, label)
                    chart.add_text(right + 12, y + 15, text)
                else:
                    chart.add_text(4, y + 13, f"{label}: {text}")
                    y += 16
                _draw_estimate(chart, estimate, factor, x, y + 11, n, f"{label}: {text}")
                y += LINE
            y += 30 if axis.marks else 10
        return y

    def table(self) -> pd.DataFrame:
        """Return ``measure``, ``study``, ``mean``, ``low``, ``high``, ``unit``."""
        import pandas as pd

        rows = [
            (metric.label, label, e.mean, e.low, e.high, metric.unit)
            for metric in self.metrics
            for label, e in self.estimates[metric.name].items()
        ]
        return pd.DataFrame(rows, columns=["measure", "study", "mean", "low", "high", "unit"])


def _choose_axis(
    metric: Metric, estimates: dict[str, Estimate], factor: float, broad: bool
) -> tuple[Axis, str]:
    """Return the axis, without marks if nothing is defined, and the unit after the label."""
    values = [v * factor for e in estimates.values() for v in (e.mean, e.low, e.high) if not math.isnan(v)]
    unit = {"min": "", "share": " (%)"}.get(metric.unit, f" ({metric.unit})")
    if not values:
        return Axis("", 0.0, 1.0, (), str), unit
    most = max(values) or 1.0
    if metric.unit == "min" and min(values) >= 0:
        return duration_axis("", most, 5 if broad else 4), " (min)" if most < 5 else ""
    return number_axis("", min(0.0, *values), most, 5 if broad else 4), unit


def _draw_estimate(
    chart: Chart, estimate: Estimate, factor: float, x: Callable[[float], float], y: float, n: int, tip: str
) -> None:
    if math.isnan(estimate.mean):
        return
    ink = INKS[n % len(INKS)]
    if not math.isnan(estimate.low):
        begin, end = x(estimate.low * factor), x(estimate.high * factor)
        chart.add_line(begin, y, end, y, color=ink, width=2)
        for edge in (begin, end):
            chart.add_line(edge, y - 5, edge, y + 5, color=ink, width=2)
    chart.add_mark(x(estimate.mean * factor), y, n, color=ink, size=4.5, tip=tip)


def side_by_side(
    studies: Mapping[str, Report | Study],
    measures: Sequence[str] = FIVE,
    *,
    title: str = "Side by side",
) -> SideBySide:
    """Chart the ``measures`` (their names in ``Report.table()``, by default DORA's five) of each study or report.

    Overlapping intervals do not prove that studies are equal: use ``difference`` for studies on common random numbers.
    """
    if not studies or not measures:
        raise ValueError("nothing to draw: give one study or more, and one measure or more")
    reports = {label: s if isinstance(s, Report) else s.report for label, s in studies.items()}
    return SideBySide(reports, tuple(measures), title)
