"""What if: the same measures of several studies, side by side."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from cp_teach.flow.analysis.confidence_interval import Estimate
from cp_teach.flow.analysis.metric_definitions import FIVE, metric
from cp_teach.flow.analysis.report import Report
from cp_teach.flow.charts.axis import durations, numbers
from cp_teach.flow.charts.chart import Picture
from cp_teach.flow.charts.legend import INKS
from cp_teach.style.svg_chart import Chart, room

if TYPE_CHECKING:
    import pandas as pd

    from cp_teach.flow.studies.study import Study

LINE = 22.0


class SideBySide(Picture):
    """A part for each measure with a scale of its own, in it a line for each study: a mark for the mean, a bar for the
    interval."""

    def __init__(self, reports: dict[str, Report], measures: tuple[str, ...], title: str) -> None:
        self.reports, self.title = reports, title
        stages = next(iter(reports.values())).stages
        self.metrics = [metric(name, stages) for name in measures]
        self.found = {
            one.name: {label: report[one.name] for label, report in reports.items()} for one in self.metrics
        }

    def words(self) -> str:
        """See ``Picture``."""
        told = []
        for one in self.metrics:
            values = ", ".join(f"{label} {one.estimated(e)}" for label, e in self.found[one.name].items())
            told.append(f"{one.label}: {values}")
        return ". ".join(told) + "."

    def draw(self, chart: Chart, width: float) -> float:
        """See ``Picture``."""
        broad = width > 500
        left = 20 + max(map(room, self.reports)) if broad else 10.0
        numbers_told = [one.estimated(e) for one in self.metrics for e in self.found[one.name].values()]
        right = width - (16 + max(map(room, numbers_told)) if broad else 14)
        y = 6.0
        for one in self.metrics:
            found = self.found[one.name]
            factor = 100 if one.unit == "share" else 1
            known = [v * factor for e in found.values() for v in (e.mean, e.low, e.high) if not math.isnan(v)]
            most = max(known, default=1.0) or 1.0
            unit = {"min": "", "share": " (%)"}.get(one.unit, f" ({one.unit})")
            axis = numbers("", min(0.0, *known) if known else 0.0, most, 5 if broad else 4)
            if one.unit == "min" and min(known, default=0.0) >= 0:
                axis = durations("", most, 5 if broad else 4)
                unit = " (min)" if known and most < 5 else ""
            x = axis.scaled(left, right)
            chart.text(4, y + 14, one.label + unit, bold=True)
            y += 20
            lines = len(found) * (LINE if broad else LINE + 16)
            for mark in axis.marks if known else ():
                chart.line(x(mark), y, x(mark), y + lines + 4)
                chart.text(x(mark), y + lines + 17, axis.said(mark), colour="muted", anchor="middle")
            for n, (label, value) in enumerate(found.items()):
                told = one.estimated(value)
                if broad:
                    chart.text(4, y + 15, label)
                    chart.text(right + 12, y + 15, told)
                else:
                    chart.text(4, y + 13, f"{label}: {told}")
                    y += 16
                self._estimate(chart, value, factor, x, y + 11, n, f"{label}: {told}")
                y += LINE
            y += 30 if known else 10
        return y

    def _estimate(
        self, chart: Chart, value: Estimate, factor: float, x: object, y: float, n: int, tip: str
    ) -> None:
        assert callable(x)
        if math.isnan(value.mean):
            return
        ink = INKS[n % len(INKS)]
        if not math.isnan(value.low):
            begin, end = x(value.low * factor), x(value.high * factor)
            chart.line(begin, y, end, y, colour=ink, width=2)
            for edge in (begin, end):
                chart.line(edge, y - 5, edge, y + 5, colour=ink, width=2)
        chart.mark(x(value.mean * factor), y, n, colour=ink, size=4.5, tip=tip)

    def table(self) -> pd.DataFrame:
        """``measure``, ``study``, ``mean``, ``low``, ``high``, ``unit``."""
        import pandas as pd

        rows = [
            (one.label, label, e.mean, e.low, e.high, one.unit)
            for one in self.metrics
            for label, e in self.found[one.name].items()
        ]
        return pd.DataFrame(rows, columns=["measure", "study", "mean", "low", "high", "unit"])


def side_by_side(
    studies: Mapping[str, Report | Study], measures: Sequence[str] = FIVE, *, title: str = "Side by side"
) -> SideBySide:
    """The ``measures`` (their names in ``Report.table()``; DORA's five where nothing else is said) of each study, or of
    each report.

    Intervals that overlap do not prove that there is no difference: for studies on common random numbers
    ``difference`` tells more.
    """
    if not studies or not measures:
        raise ValueError("give one study or more, and one measure or more")
    reports = {label: one if isinstance(one, Report) else one.report for label, one in studies.items()}
    return SideBySide(reports, tuple(measures), title)
