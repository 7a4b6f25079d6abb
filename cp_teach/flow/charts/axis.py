"""Axes: where they are marked, what stands at the marks, and the frame that two of them make."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from cp_teach.flow.inputs.weekly_hours import DAY, DAYS, WEEK
from cp_teach.style.svg_chart import LETTER, Chart, duration, ticks

STEPS = (5, 10, 15, 30, 60, 120, 240, 480, DAY, 2 * DAY, WEEK, 2 * WEEK, 4 * WEEK, 8 * WEEK, 26 * WEEK)


@dataclass(frozen=True)
class Axis:
    """From ``low`` to ``high``, with ``marks`` and what is ``said`` at each."""

    label: str
    low: float
    high: float
    marks: tuple[float, ...]
    said: Callable[[float], str]

    def scaled(self, begin: float, end: float) -> Callable[[float], float]:
        """From a value to its place, where ``low`` is at ``begin`` and ``high`` at ``end``."""
        factor = (end - begin) / ((self.high - self.low) or 1.0)
        return lambda value: begin + (value - self.low) * factor


def durations(label: str, longest: float, most: int = 8) -> Axis:
    """From 0 to ``longest`` minutes or a little more."""
    if longest < most:  # below a minute a mark, parts of a minute
        return numbers(f"{label} (min)", 0.0, longest, most)
    marks = tuple(mark / 60 for mark in ticks(longest * 60, most))
    return Axis(label, 0.0, marks[-1], marks, lambda value: duration(value * 60))


def moments(label: str, begin: float, end: float, most: int = 8) -> Axis:
    """From one minute of the study to another; minute 0 is Monday 0:00."""
    step = next((s for s in STEPS if (end - begin) / s <= most), STEPS[-1])
    while (end - begin) / step > most:
        step *= 2
    first = math.ceil(begin / step)
    marks = tuple(n * step for n in range(first, math.floor(end / step) + 1))
    long = end - begin > WEEK

    def said(minute: float) -> str:
        week, rest = divmod(minute, WEEK)
        day, rest = divmod(rest, DAY)
        if step % WEEK == 0:
            return f"week {week + 1:.0f}"
        if step % DAY == 0:
            return f"{DAYS[int(day)]} w{week + 1:.0f}" if long else DAYS[int(day)]
        return f"{DAYS[int(day)]} {rest // 60:.0f}:{rest % 60:02.0f}"

    return Axis(label, begin, end, marks, said)


def numbers(label: str, low: float, high: float, most: int = 6) -> Axis:
    """From ``low`` or a little less to ``high`` or a little more, marked at 1, 2 or 5 times a power of ten."""
    if not high > low:
        high = low + (abs(low) or 1.0)
    raw = (high - low) / most
    power = 10.0 ** math.floor(math.log10(raw))
    step = next(power * n for n in (1, 2, 5, 10) if power * n >= raw * 0.999)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    marks = tuple(n * step for n in range(first, last + 1))
    digits = max(0, -math.floor(math.log10(step) + 1e-9))
    return Axis(label, marks[0], marks[-1], marks, lambda value: f"{value:,.{digits}f}")


@dataclass(frozen=True)
class Frame:
    """The place that is left for the picture between its axes."""

    left: float
    top: float
    right: float
    bottom: float
    x: Callable[[float], float]
    y: Callable[[float], float]


def frame(chart: Chart, x: Axis, y: Axis, box: tuple[float, float, float, float]) -> Frame:
    """Draw two axes with their marks in the box (left, top, right, bottom), and return where the picture goes."""
    left, top, right, bottom = box
    left += 22 + LETTER * max((len(y.said(mark)) for mark in y.marks), default=0)
    bottom -= 38
    at_x, at_y = x.scaled(left, right), y.scaled(bottom, top)
    for mark in y.marks:
        chart.line(left, at_y(mark), right, at_y(mark))
        chart.text(left - 5, at_y(mark) + 4, y.said(mark), colour="muted", anchor="end")
    after = -math.inf
    for mark in x.marks:
        place, half = at_x(mark), LETTER * len(x.said(mark)) / 2
        chart.line(place, bottom, place, bottom + 4, colour="edge")
        if place - half > after + 4 and place + half <= right + 14:
            chart.text(place, bottom + 17, x.said(mark), colour="muted", anchor="middle")
            after = place + half
    chart.line(left, bottom, right, bottom, colour="edge")
    chart.line(left, top, left, bottom, colour="edge")
    chart.text((left + right) / 2, bottom + 33, x.label, anchor="middle")
    chart.text(box[0] + 10, (top + bottom) / 2, y.label, anchor="middle", turned=True)
    return Frame(left, top, right, bottom, at_x, at_y)
