"""Axes of numbers, durations, and times of the week, and the frame that two of them make."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from cp_teach.flow.inputs.weekly_hours import DAY, DAYS, WEEK
from cp_teach.style.svg_chart import LETTER, Chart, format_duration, time_ticks

STEPS = (5, 10, 15, 30, 60, 120, 240, 480, DAY, 2 * DAY, WEEK, 2 * WEEK, 4 * WEEK, 8 * WEEK, 26 * WEEK)


@dataclass(frozen=True)
class Axis:
    """An axis from ``low`` to ``high`` with ``marks``; ``text`` returns the text at a mark."""

    label: str
    low: float
    high: float
    marks: tuple[float, ...]
    text: Callable[[float], str]

    def scale(self, begin: float, end: float) -> Callable[[float], float]:
        """Return the function from a value to its position, with ``low`` at ``begin`` and ``high`` at ``end``."""
        factor = (end - begin) / ((self.high - self.low) or 1.0)
        return lambda value: begin + (value - self.low) * factor


def duration_axis(label: str, longest: float, most: int = 8) -> Axis:
    """Return an axis from 0 to ``longest`` minutes or a little more."""
    if longest < most:  # marks at fractions of a minute
        return number_axis(f"{label} (min)", 0.0, longest, most)
    marks = tuple(mark / 60 for mark in time_ticks(longest * 60, most))
    return Axis(label, 0.0, marks[-1], marks, lambda value: format_duration(value * 60))


def time_axis(label: str, begin: float, end: float, most: int = 8) -> Axis:
    """Return an axis between two minutes of a study; minute 0 is Monday 0:00."""
    step = next((s for s in STEPS if (end - begin) / s <= most), STEPS[-1])
    while (end - begin) / step > most:
        step *= 2
    first = math.ceil(begin / step)
    marks = tuple(n * step for n in range(first, math.floor(end / step) + 1))
    several_weeks = end - begin > WEEK

    def text(minute: float) -> str:
        week, rest = divmod(minute, WEEK)
        day, rest = divmod(rest, DAY)
        if step % WEEK == 0:
            return f"week {week + 1:.0f}"
        if step % DAY == 0:
            return f"{DAYS[int(day)]} w{week + 1:.0f}" if several_weeks else DAYS[int(day)]
        return f"{DAYS[int(day)]} {rest // 60:.0f}:{rest % 60:02.0f}"

    return Axis(label, begin, end, marks, text)


def number_axis(label: str, low: float, high: float, most: int = 6) -> Axis:
    """Return an axis from ``low`` or a little less to ``high`` or a little more, with marks at 1, 2 or 5 times a power
    of ten."""
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
    """The area between two axes, and the positions of values in it."""

    left: float
    top: float
    right: float
    bottom: float
    x: Callable[[float], float]
    y: Callable[[float], float]


def draw_frame(chart: Chart, x: Axis, y: Axis, box: tuple[float, float, float, float]) -> Frame:
    """Draw two axes with their marks in the box (left, top, right, bottom), and return the area between them."""
    left, top, right, bottom = box
    left += 22 + LETTER * max((len(y.text(mark)) for mark in y.marks), default=0)
    bottom -= 38
    at_x, at_y = x.scale(left, right), y.scale(bottom, top)
    for mark in y.marks:
        chart.add_line(left, at_y(mark), right, at_y(mark))
        chart.add_text(left - 5, at_y(mark) + 4, y.text(mark), color="muted", anchor="end")
    end_of_text = -math.inf
    for mark in x.marks:
        position, half = at_x(mark), LETTER * len(x.text(mark)) / 2
        chart.add_line(position, bottom, position, bottom + 4, color="edge")
        if position - half > end_of_text + 4 and position + half <= right + 14:
            chart.add_text(position, bottom + 17, x.text(mark), color="muted", anchor="middle")
            end_of_text = position + half
    chart.add_line(left, bottom, right, bottom, color="edge")
    chart.add_line(left, top, left, bottom, color="edge")
    chart.add_text((left + right) / 2, bottom + 33, x.label, anchor="middle")
    chart.add_text(box[0] + 10, (top + bottom) / 2, y.label, anchor="middle", turned=True)
    return Frame(left, top, right, bottom, at_x, at_y)
