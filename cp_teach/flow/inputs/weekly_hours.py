"""Weekly hours: when people work, or when a transition is enabled. Minute 0 is Monday, 0:00.

All weeks are alike, without holidays and without daylight-saving time.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate
from typing import NamedTuple

import numpy as np

from cp_teach.flow.numerics.exact_time import Floats
from cp_teach.security.input.whole_number import whole_number

DAY = 1440.0
WEEK = 7 * DAY
DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")

_DAILY = re.compile(r"(?P<first>[A-Za-z]{3})(-(?P<last>[A-Za-z]{3}))? (?P<start>[\d:]+)-(?P<end>[\d:]+)")
_SPAN = re.compile(r"(?P<first>[A-Za-z]{3}) (?P<start>[\d:]+) - (?P<last>[A-Za-z]{3}) (?P<end>[\d:]+)")


class OpenSpans(NamedTuple):
    """The open spans of a week in order, in minutes of the week: arrays for the loops, tuples for the engine."""

    starts: Sequence[float] | Floats
    ends: Sequence[float] | Floats
    before: Sequence[float] | Floats
    """The open minutes of the week before each span."""


# Numba compiles the next two functions into the loop of ``stage_kernel``, so they are plain loops. Its cache on disk
# depends on that module alone: delete it (__pycache__/stage_kernel.*.nb*) after a change of these functions.
def next_open(t: float, spans: OpenSpans) -> float:
    """Return the first open time from ``t`` on. A span is closed at its end."""
    week = math.floor(t / WEEK)
    minute = t - week * WEEK
    for i in range(len(spans.starts)):
        if minute < spans.ends[i]:
            return t if minute >= spans.starts[i] else week * WEEK + spans.starts[i]
    return (week + 1) * WEEK + spans.starts[0]


def add_open_minutes(t: float, minutes: float, spans: OpenSpans) -> float:
    """Return the time when that many open minutes have passed since ``t``."""
    starts, ends, before = spans
    begin = next_open(t, spans)
    if minutes <= 0:
        return begin
    last = len(starts) - 1
    total = before[last] + (ends[last] - starts[last])
    week = math.floor(begin / WEEK)
    minute = begin - week * WEEK
    i = last
    while minute < starts[i]:
        i -= 1
    target = before[i] + (minute - starts[i]) + minutes
    more = math.ceil(target / total) - 1
    rest = target - more * total
    i = last
    while rest <= before[i]:
        i -= 1
    return (week + more) * WEEK + starts[i] + (rest - before[i])


@dataclass(frozen=True)
class Hours:
    """The open hours of a week: ``spans`` are (from, to) in minutes of the week, in order, with gaps between them.

    >>> office = Hours.of("Mon-Fri 9-17")
    >>> office.opens(0.0), office.after(16 * 60.0, 120.0) == DAY + 10 * 60  # an hour on Monday, one on Tuesday
    (540.0, True)
    """

    spans: tuple[tuple[float, float], ...]

    @classmethod
    def of(cls, text: str) -> Hours:
        """Read "always", "Mon-Fri 9-17", "Mon-Thu 8:30-17, Fri 8:30-12", or, over days, "Mon 9:00 - Fri 12:00".

        Raises ``ValueError`` for any other text.
        """
        if text.strip().lower() == "always":
            return ALWAYS
        spans: list[tuple[float, float]] = []
        for piece in (part.strip() for part in text.replace("–", "-").split(",")):
            if match := _SPAN.fullmatch(piece):
                start = week_minute(f"{match['first']} {match['start']}")
                end = week_minute(f"{match['last']} {match['end']}")
                # Sunday evening to Monday morning passes the end of the week: two spans.
                spans += [(start, end)] if start < end else [(start, WEEK), (0.0, end)]
            elif match := _DAILY.fullmatch(piece):
                first = _parse_day(match["first"])
                last = _parse_day(match["last"] or match["first"])
                for day in range(first, last + 1 if last >= first else last + 8):
                    begin = day % 7 * DAY
                    spans.append((begin + _parse_clock(match["start"]), begin + _parse_clock(match["end"])))
            else:
                raise ValueError(
                    f"cannot read the hours {piece!r}: write Mon-Fri 9-17, Mon 9:00 - Fri 12:00, or always"
                )
        return cls(_merge(spans, text))

    def __invert__(self) -> Hours:
        """All other hours. Raises ``ValueError`` if the week has none."""
        edges = [0.0, *(edge for span in self.spans for edge in span), WEEK]
        rest = [(edges[i], edges[i + 1]) for i in range(0, len(edges), 2) if edges[i] < edges[i + 1]]
        return Hours(_merge(rest, f"the hours outside {self}"))

    @property
    def always(self) -> bool:
        """True if every minute is open."""
        return self.spans == ((0.0, WEEK),)

    @cached_property
    def total(self) -> float:
        """Open minutes of a week."""
        return sum(end - start for start, end in self.spans)

    @cached_property
    def days(self) -> int:
        """The number of days with open hours."""
        return len({int(day) for s, e in self.spans for day in range(int(s // DAY), int(-(-e // DAY)))})

    @cached_property
    def arrays(self) -> OpenSpans:
        """The spans as NumPy arrays."""
        return OpenSpans(*(np.array(part) for part in self.tuples))

    @cached_property
    def tuples(self) -> OpenSpans:
        """The spans as tuples, which plain Python reads faster."""
        starts, ends = zip(*self.spans, strict=True)
        lengths = (end - start for start, end in self.spans[:-1])
        return OpenSpans(starts, ends, tuple(accumulate(lengths, initial=0.0)))

    # -- one time ----------------------------------------------------------------------------------
    def opens(self, t: float) -> float:
        """Return the first open time from ``t`` on. A span is closed at its end."""
        return next_open(t, self.tuples)

    def after(self, t: float, minutes: float) -> float:
        """Return the time when that many open minutes have passed since ``t``."""
        return add_open_minutes(t, minutes, self.tuples)

    def worked(self, t: float) -> float:
        """Return the open minutes from minute 0 to ``t``."""
        week, minute = divmod(t, WEEK)
        return week * self.total + sum(
            min(minute, end) - start for start, end in self.spans if minute > start
        )

    # -- arrays ------------------------------------------------------------------------------------
    def opens_many(self, t: Floats) -> Floats:
        """Return ``opens`` of each time in an array of finite times."""
        if self.always:
            return t
        starts, ends, _ = self.arrays
        week = np.floor(t / WEEK)
        span = np.searchsorted(ends, t - week * WEEK, side="right")  # the first that ends later
        next_week = span == len(ends)
        span[next_week] = 0
        opening: Floats = np.maximum(t, (week + next_week) * WEEK + np.asarray(starts)[span])
        return opening

    def after_many(self, t: Floats, minutes: Floats) -> Floats:
        """Return ``after`` of each time in an array of finite times."""
        if self.always:
            return t + minutes
        starts, _, before = (np.asarray(part) for part in self.arrays)
        begin = self.opens_many(t)
        week = np.floor(begin / WEEK)
        minute = begin - week * WEEK
        span = np.searchsorted(starts, minute, side="right") - 1
        target = before[span] + (minute - starts[span]) + minutes
        more = np.ceil(target / self.total) - 1
        rest = target - more * self.total
        span = np.searchsorted(before, rest, side="left") - 1
        end = (week + more) * WEEK + starts[span] + (rest - before[span])
        return np.where(minutes <= 0, begin, end)

    def __str__(self) -> str:
        if self.always:
            return "always"
        return ", ".join(f"{_format_minute(start)} - {_format_minute(end)}" for start, end in self.spans)


def to_hours(hours: Hours | str) -> Hours:
    """Return the hours; a text is read by ``Hours.of``."""
    return Hours.of(hours) if isinstance(hours, str) else hours


def week_minute(text: str) -> float:
    """Return the minute of the week for a text like "Fri 16:00". Raises ``ValueError`` for any other text."""
    day, _, clock = text.strip().partition(" ")
    return _parse_day(day) * DAY + _parse_clock(clock.strip())


def _parse_day(name: str) -> int:
    if name.title() in DAYS:
        return DAYS.index(name.title())
    raise ValueError(f"{name!r} is not a day of the week: write one of {', '.join(DAYS)}")


def _parse_clock(text: str) -> float:
    hour_text, _, minute_text = text.partition(":")
    hour, minute = whole_number(hour_text, 24), whole_number(minute_text or "0", 59)
    if hour is not None and minute is not None and 60 * hour + minute <= DAY:
        return float(60 * hour + minute)
    raise ValueError(f"{text!r} is not a time of day: write 9, 16:30, or 24:00")


def _merge(spans: list[tuple[float, float]], text: str) -> tuple[tuple[float, float], ...]:
    """Sort the spans and merge those that touch."""
    merged: list[tuple[float, float]] = []
    for start, end in sorted(spans):
        if end <= start:
            raise ValueError(
                f"in {text!r}, {_format_minute(start)} - {_format_minute(end)} ends before it begins"
            )
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], end))
        else:
            merged.append((start, end))
    if not merged:
        raise ValueError(f"{text!r} leaves no open hour in the week, so that no work would ever end")
    return tuple(merged)


def _format_minute(minute: float) -> str:
    day, rest = divmod(minute, DAY)
    if day == 7:
        day, rest = 6, DAY
    return f"{DAYS[int(day)]} {int(rest // 60)}:{int(rest % 60):02}"


ALWAYS = Hours(((0.0, WEEK),))
"""Day and night."""
OFFICE = Hours.of("Mon-Fri 9-17")
"""The default office hours."""
