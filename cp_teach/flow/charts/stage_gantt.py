"""The Gantt chart of the stages: which revision occupies each stage when, and which wait to enter it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from cp_teach.flow.analysis.metric_definitions import format_minutes
from cp_teach.flow.charts.axis import time_axis
from cp_teach.flow.charts.chart import Picture, check_names, choose_span
from cp_teach.flow.charts.legend import box_corners, draw_pattern_legend
from cp_teach.flow.simulation.outcome import FAILED, SUPERSEDED, Outcome
from cp_teach.style import STATUSES
from cp_teach.style.svg_chart import LETTER, Chart, text_width

if TYPE_CHECKING:
    import pandas as pd

INSIDE, WAITING, GAP = 24.0, 14.0, 8.0
"""The heights of bars of revisions in a stage and before it, and the gap between stages."""
MOST = 600
LOOKS = {
    "succeeded": ("plain", "in the stage, succeeded"),
    "failed": ("crossed", "in the stage, failed"),
    "waiting": ("dots", "waiting to enter"),
    "superseded": ("level", "waiting, superseded"),
}
"""The pattern of each kind of bar, and its meaning."""


class Bar(NamedTuple):
    """A bar: revision ``number`` (from 1) in or before a stage. ``kind`` is a key of ``LOOKS``."""

    stage: int
    number: int
    kind: str
    begin: float
    end: float

    @property
    def inside(self) -> bool:
        """True in the stage, False before it."""
        return self.kind in ("succeeded", "failed")


class Occupancy(Picture):
    """A part for each stage: at the top the revisions in it, below, thinner, those that wait to enter."""

    def __init__(
        self, bars: list[Bar], stages: tuple[str, ...], begin: float, end: float, title: str
    ) -> None:
        self.title = title
        self.bars, self.stages, self.begin, self.end = bars, stages, begin, end

    def describe(self) -> str:
        """See ``Picture``."""
        counts = {kind: sum(bar.kind == kind for bar in self.bars) for kind in LOOKS}
        bars = "; ".join(f"{LOOKS[kind][1]}: {count}" for kind, count in counts.items())
        return f"{len(self.stages)} stages for {format_minutes(self.end - self.begin)}. Bars: {bars}."

    def draw(self, chart: Chart, width: float) -> float:
        """See ``Picture``."""
        items = [(f"{STATUSES[kind].glyph} {meaning}", look, kind) for kind, (look, meaning) in LOOKS.items()]
        y = draw_pattern_legend(chart, width, items) + 26
        broad = width > 500
        left = 10 + max((text_width(name, bold=True) for name in self.stages), default=0) if broad else 6.0
        axis = time_axis("", self.begin, self.end, 8 if broad else 4)
        x = axis.scale(left, width - 10)
        top = y
        parts = [_lanes([bar for bar in self.bars if bar.stage == k]) for k in range(len(self.stages))]
        height = sum(_height(part) + (0 if broad else 16) for part in parts)
        for mark in axis.marks:
            chart.add_line(x(mark), top - 4, x(mark), top + height)
            text = axis.text(mark)
            half = text_width(text) / 2
            if half <= x(mark) <= width - half:
                chart.add_text(x(mark), top - 9, text, color="muted", anchor="middle")
        for name, part in zip(self.stages, parts, strict=True):
            chart.add_line(0, y, width, y, color="edge")
            if broad:
                chart.add_text(4, y + 20, name, bold=True)
            else:
                chart.add_text(4, y + 15, name, bold=True)
                y += 16
            for bar, at, height in part:
                begin, end = max(bar.begin, self.begin), min(bar.end, self.end)
                self._draw_bar(chart, bar, x(begin), x(end), y + at, height)
            y += _height(part)
        return y + 6

    def _draw_bar(self, chart: Chart, bar: Bar, begin: float, end: float, y: float, height: float) -> None:
        wide = max(end - begin, 1.5)
        corners = box_corners(begin, y, begin + wide, y + height)
        tip = f"#{bar.number} {self.stages[bar.stage]}, {LOOKS[bar.kind][1]}: {format_minutes(bar.end - bar.begin)}"
        chart.add_area(corners, chart.pattern(LOOKS[bar.kind][0], bar.kind), edge=bar.kind, tip=tip)
        glyph = STATUSES[bar.kind].glyph
        for label in (f"{bar.number} {glyph}", f"{bar.number}" if bar.kind == "succeeded" else glyph):
            need = LETTER * len(label) + 6
            if wide >= need:
                plain = box_corners(begin + 2, y + 2, begin + need - 1, y + height - 2)
                chart.add_area(plain, chart.color("page"))  # it keeps the label readable
                chart.add_text(begin + 4, y + height / 2 + 4.5, label)
                break

    def table(self) -> pd.DataFrame:
        """Return ``revision``, ``stage``, ``what``, ``begin`` and ``end`` in minutes, sorted by ``begin``."""
        import pandas as pd

        rows = [
            (bar.number, self.stages[bar.stage], LOOKS[bar.kind][1], bar.begin, bar.end)
            for bar in sorted(self.bars, key=lambda bar: (bar.begin, bar.stage, bar.number))
        ]
        return pd.DataFrame(rows, columns=["revision", "stage", "what", "begin", "end"])


def occupancy(
    outcome: Outcome, row: int, stages: Sequence[str], *, begin: float | None = None, end: float | None = None,
    title: str = "Revisions in each stage",
) -> Occupancy:  # fmt: skip
    """Chart replication ``row`` from minute ``begin`` to minute ``end``.

    Raises ``ValueError`` for more than 600 bars, which would be unreadable.
    """
    replication = outcome.replication(row)
    first, last = choose_span(replication, begin, end)
    bars = [bar for bar in _find_bars(replication) if bar.end > first and bar.begin < last]
    if len(bars) > MOST:
        raise ValueError(
            f"from minute {first:g} to {last:g} there are {len(bars)} bars: give begin=… and end=… for a shorter time"
        )
    return Occupancy(bars, check_names(replication, tuple(stages)), first, last, title)


def _find_bars(outcome: Outcome) -> list[Bar]:
    bars = []
    arrived = outcome.arrived
    for k, (began, left) in enumerate(zip(outcome.began, outcome.left, strict=True)):
        for i in np.flatnonzero(np.isfinite(began)):
            end = left[i] if np.isfinite(left[i]) else outcome.ended[i]
            failed = outcome.status[i] == FAILED and outcome.stage[i] == k
            if began[i] > arrived[i]:
                bars.append(Bar(k, int(i) + 1, "waiting", float(arrived[i]), float(began[i])))
            until = float(end) if np.isfinite(end) else np.inf  # still in the stage when the study ends
            bars.append(Bar(k, int(i) + 1, "failed" if failed else "succeeded", float(began[i]), until))
        for i in np.flatnonzero((outcome.status == SUPERSEDED) & (outcome.stage == k)):
            bars.append(Bar(k, int(i) + 1, "superseded", float(arrived[i]), float(outcome.ended[i])))
        arrived = left
    return bars


def _lanes(bars: list[Bar]) -> list[tuple[Bar, float, float]]:
    """Return (bar, distance below the top of the stage, height); overlapping bars get lanes below each other."""
    placed: list[tuple[Bar, float, float]] = []
    top = 5.0
    for inside, height in ((True, INSIDE), (False, WAITING)):
        free: list[float] = []
        for bar in sorted((bar for bar in bars if bar.inside == inside), key=lambda bar: bar.begin):
            lane = next((n for n, until in enumerate(free) if until <= bar.begin), len(free))
            free[lane : lane + 1] = [bar.end]
            placed.append((bar, top + lane * (height + 2), height))
        top += max(1, len(free)) * (height + 2)
    return placed


def _height(part: list[tuple[Bar, float, float]]) -> float:
    return GAP + max([INSIDE + WAITING + 9, *(at + height for _, at, height in part)])
