"""Who holds which stage when, and who waits at its door: a Gantt chart of the stages."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from cp_teach.flow.analysis.metric_definitions import minutes
from cp_teach.flow.charts.axis import moments
from cp_teach.flow.charts.chart import Picture
from cp_teach.flow.charts.legend import legend
from cp_teach.flow.charts.single_replication import named, one, stretch
from cp_teach.flow.simulation.outcome import FAILED, SUPERSEDED, Outcome
from cp_teach.style import STATUSES
from cp_teach.style.svg_chart import LETTER, Chart, room

if TYPE_CHECKING:
    import pandas as pd

LANE, WAIT, GAP = 24.0, 14.0, 8.0
MOST = 600
LOOKS = {
    "succeeded": ("plain", "held, then left well"),
    "failed": ("crossed", "held, failed at its end"),
    "waiting": ("dots", "waits at the door"),
    "superseded": ("level", "waits, is superseded"),
}
"""How a bar of each kind is filled, and what it means."""


class Bar(NamedTuple):
    """One bar: revision ``number`` (from 1) in or before a stage. ``kind`` is a key of ``LOOKS``."""

    stage: int
    number: int
    kind: str
    begin: float
    end: float

    @property
    def holds(self) -> bool:
        """True in the stage, False at its door."""
        return self.kind in ("succeeded", "failed")


class Occupancy(Picture):
    """A part for each stage: above, who holds it, below, thinner, who waits at its door."""

    def __init__(
        self, bars: list[Bar], stages: tuple[str, ...], begin: float, end: float, title: str
    ) -> None:
        self.title = title
        self.bars, self.stages, self.begin, self.end = bars, stages, begin, end

    def words(self) -> str:
        """See ``Picture``."""
        counts = {kind: sum(bar.kind == kind for bar in self.bars) for kind in LOOKS}
        told = ", ".join(f"{LOOKS[kind][1]}: {count}" for kind, count in counts.items())
        return f"{len(self.stages)} stages for {minutes(self.end - self.begin)}. Bars: {told}."

    def draw(self, chart: Chart, width: float) -> float:
        """See ``Picture``."""
        items = [(f"{STATUSES[kind].glyph} {told}", look, kind) for kind, (look, told) in LOOKS.items()]
        y = legend(chart, width, items) + 26
        broad = width > 500
        left = 10 + max((room(name, bold=True) for name in self.stages), default=0) if broad else 6.0
        axis = moments("", self.begin, self.end, 8 if broad else 4)
        x = axis.scaled(left, width - 10)
        top = y
        parts = [_lanes([bar for bar in self.bars if bar.stage == k]) for k in range(len(self.stages))]
        height = sum(_height(part) + (0 if broad else 16) for part in parts)
        for mark in axis.marks:
            chart.line(x(mark), top - 4, x(mark), top + height)
            said = axis.said(mark)
            half = room(said) / 2
            if half <= x(mark) <= width - half:
                chart.text(x(mark), top - 9, said, colour="muted", anchor="middle")
        for name, part in zip(self.stages, parts, strict=True):
            chart.line(0, y, width, y, colour="edge")
            if broad:
                chart.text(4, y + 20, name, bold=True)
            else:
                chart.text(4, y + 15, name, bold=True)
                y += 16
            for bar, at, tall in part:
                self._bar(chart, bar, x(max(bar.begin, self.begin)), x(min(bar.end, self.end)), y + at, tall)
            y += _height(part)
        return y + 6

    def _bar(self, chart: Chart, bar: Bar, begin: float, end: float, y: float, tall: float) -> None:
        wide = max(end - begin, 1.5)
        corners = [(begin, y), (begin + wide, y), (begin + wide, y + tall), (begin, y + tall)]
        tip = f"#{bar.number} {self.stages[bar.stage]}, {LOOKS[bar.kind][1]}: {minutes(bar.end - bar.begin)}"
        chart.area(corners, chart.pattern(LOOKS[bar.kind][0], bar.kind), edge=bar.kind, tip=tip)
        glyph = STATUSES[bar.kind].glyph
        for label in (f"{bar.number} {glyph}", f"{bar.number}" if bar.kind == "succeeded" else glyph):
            need = LETTER * len(label) + 6
            if wide >= need:
                under = [(begin + 2, y + 2), (begin + need - 1, y + 2)]
                corners = [*under, (begin + need - 1, y + tall - 2), (begin + 2, y + tall - 2)]
                chart.area(corners, chart.colour("page"))  # so that no pattern runs through what is read
                chart.text(begin + 4, y + tall / 2 + 4.5, label)
                break

    def table(self) -> pd.DataFrame:
        """``revision``, ``stage``, ``what``, ``begin`` and ``end`` in minutes; in the order in which they began."""
        import pandas as pd

        rows = [
            (bar.number, self.stages[bar.stage], LOOKS[bar.kind][1], bar.begin, bar.end)
            for bar in sorted(self.bars, key=lambda bar: (bar.begin, bar.stage, bar.number))
        ]
        return pd.DataFrame(rows, columns=["revision", "stage", "what", "begin", "end"])


def occupancy(
    outcome: Outcome, row: int, stages: Sequence[str], *, begin: float | None = None, end: float | None = None,
    title: str = "Who holds which stage",
) -> Occupancy:  # fmt: skip
    """Of replication ``row``, from minute ``begin`` to minute ``end``.

    Raises ``ValueError`` where that would be more than 600 bars, which nobody could read.
    """
    found = one(outcome, row)
    first, last = stretch(found, begin, end)
    bars = [bar for bar in _bars(found) if bar.end > first and bar.begin < last]
    if len(bars) > MOST:
        raise ValueError(
            f"from minute {first:g} to {last:g} there are {len(bars)} bars: give begin=… and end=… for a shorter time"
        )
    return Occupancy(bars, named(found, tuple(stages)), first, last, title)


def _bars(made: Outcome) -> list[Bar]:
    found = []
    came = made.arrived
    for k, (began, left) in enumerate(zip(made.began, made.left, strict=True)):
        for i in np.flatnonzero(np.isfinite(began)):
            end = left[i] if np.isfinite(left[i]) else made.ended[i]
            failed = made.status[i] == FAILED and made.stage[i] == k
            if began[i] > came[i]:
                found.append(Bar(k, int(i) + 1, "waiting", float(came[i]), float(began[i])))
            until = float(end) if np.isfinite(end) else np.inf  # it is still there when the study ends
            found.append(Bar(k, int(i) + 1, "failed" if failed else "succeeded", float(began[i]), until))
        for i in np.flatnonzero((made.status == SUPERSEDED) & (made.stage == k)):
            found.append(Bar(k, int(i) + 1, "superseded", float(came[i]), float(made.ended[i])))
        came = left
    return found


def _lanes(bars: list[Bar]) -> list[tuple[Bar, float, float]]:
    """(bar, its place below the top of the stage, its height): those that overlap stand below each other."""
    found: list[tuple[Bar, float, float]] = []
    top = 5.0
    for holds, tall in ((True, LANE), (False, WAIT)):
        free: list[float] = []
        for bar in sorted((bar for bar in bars if bar.holds == holds), key=lambda bar: bar.begin):
            lane = next((n for n, until in enumerate(free) if until <= bar.begin), len(free))
            free[lane : lane + 1] = [bar.end]
            found.append((bar, top + lane * (tall + 2), tall))
        top += max(1, len(free)) * (tall + 2)
    return found


def _height(part: list[tuple[Bar, float, float]]) -> float:
    least = LANE + WAIT + 9
    return GAP + max([least, *(at + tall for _, at, tall in part)])
