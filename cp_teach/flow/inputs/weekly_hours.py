"""The hours of a week in which people are there, or a transition is open. Minute 0 is Monday, 0:00.

Every week is like the first, in a place without summer time: enough to show what a Friday does.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from cp_teach.flow.numerics.exact_time import Floats
from cp_teach.security.input.whole_number import whole_number

DAY = 1440.0
WEEK = 7 * DAY
DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")

_PIECE = re.compile(r"(?P<first>[A-Za-z]{3})(-(?P<last>[A-Za-z]{3}))? (?P<start>[\d:]+)-(?P<end>[\d:]+)")
_SPAN = re.compile(r"(?P<first>[A-Za-z]{3}) (?P<start>[\d:]+) - (?P<last>[A-Za-z]{3}) (?P<end>[\d:]+)")


@dataclass(frozen=True)
class Hours:
    """Open hours of a week: ``spans`` are (from, to) in minutes of the week, in order, with gaps between them.

    >>> office = Hours.of("Mon-Fri 9-17")
    >>> office.opens(0.0), office.after(16 * 60.0, 120.0) == DAY + 10 * 60  # an hour on Monday, one on Tuesday
    (540.0, True)
    """

    spans: tuple[tuple[float, float], ...]

    @classmethod
    def of(cls, text: str) -> Hours:
        """From words: "always", "Mon-Fri 9-17", "Mon-Thu 8:30-17, Fri 8:30-12", or over days, "Mon 9:00 - Fri 12:00".

        Raises ``ValueError`` where it cannot be read.
        """
        if text.strip().lower() == "always":
            return ALWAYS
        found: list[tuple[float, float]] = []
        for piece in (one.strip() for one in text.replace("–", "-").split(",")):
            if match := _SPAN.fullmatch(piece):
                start = moment(f"{match['first']} {match['start']}")
                end = moment(f"{match['last']} {match['end']}")
                # Sunday evening to Monday morning goes over the end of the week: two spans.
                found += [(start, end)] if start < end else [(start, WEEK), (0.0, end)]
            elif match := _PIECE.fullmatch(piece):
                first = _day(match["first"])
                last = _day(match["last"] or match["first"])
                for day in range(first, last + 1 if last >= first else last + 8):
                    begin = day % 7 * DAY
                    found.append((begin + _clock(match["start"]), begin + _clock(match["end"])))
            else:
                raise ValueError(
                    f"{piece!r} are no hours. Write them like this: Mon-Fri 9-17, or Mon 9:00 - Fri 12:00, or always."
                )
        return cls(_joined(found, text))

    def __invert__(self) -> Hours:
        """All the other hours. Raises ``ValueError`` when there are none."""
        edges = [0.0, *(edge for span in self.spans for edge in span), WEEK]
        rest = [(edges[i], edges[i + 1]) for i in range(0, len(edges), 2) if edges[i] < edges[i + 1]]
        return Hours(_joined(rest, "the hours that are left"))

    @property
    def always(self) -> bool:
        """True when it is never closed."""
        return self.spans == ((0.0, WEEK),)

    @cached_property
    def total(self) -> float:
        """Open minutes of a week."""
        return sum(end - start for start, end in self.spans)

    @cached_property
    def days(self) -> int:
        """On how many days of the week it is open at all."""
        return len({int(day) for s, e in self.spans for day in range(int(s // DAY), int(-(-e // DAY)))})

    @cached_property
    def arrays(self) -> tuple[Floats, Floats, Floats]:
        """(starts, ends, open minutes of the week before each): what the loops are given."""
        starts = np.array([start for start, _ in self.spans])
        ends = np.array([end for _, end in self.spans])
        return starts, ends, np.concatenate(([0.0], np.cumsum(ends - starts)[:-1]))

    # -- one moment --------------------------------------------------------------------------------
    def opens(self, t: float) -> float:
        """The first open moment from ``t`` on. What closes at ``t`` is closed at ``t``."""
        week = t // WEEK
        at = t - week * WEEK
        for start, end in self.spans:
            if at < end:
                return t if at >= start else week * WEEK + start
        return (week + 1) * WEEK + self.spans[0][0]

    def after(self, t: float, minutes: float) -> float:
        """When that many open minutes have passed since ``t``."""
        begin = self.opens(t)
        return begin if minutes <= 0 else self.moment(self.worked(begin) + minutes)

    def worked(self, t: float) -> float:
        """Open minutes from minute 0 to ``t``."""
        week = t // WEEK
        at = t - week * WEEK
        done = sum(min(at, end) - start for start, end in self.spans if at > start)
        return week * self.total + done

    def moment(self, worked: float) -> float:
        """The earliest moment at which ``worked`` open minutes (above 0) have passed since minute 0."""
        week = float(np.ceil(worked / self.total)) - 1
        rest = worked - week * self.total
        for start, end in self.spans:
            if rest <= end - start:
                return week * WEEK + start + rest
            rest -= end - start
        raise AssertionError("a week has no more open minutes than its total")

    # -- many at once ------------------------------------------------------------------------------
    def opens_many(self, t: Floats) -> Floats:
        """``opens`` of each, all finite."""
        if self.always:
            return t
        starts, ends, _ = self.arrays
        week = np.floor(t / WEEK)
        at = t - week * WEEK
        place = np.searchsorted(ends, at, side="right")  # the first span that ends after it
        over = place == len(ends)
        place[over] = 0
        begin = (week + over) * WEEK + starts[place]
        found: Floats = np.maximum(t, begin)
        return found

    def after_many(self, t: Floats, minutes: Floats) -> Floats:
        """``after`` of each."""
        if self.always:
            return t + minutes
        starts, ends, before = self.arrays
        begin = self.opens_many(t)
        week = np.floor(begin / WEEK)
        at = begin - week * WEEK
        place = np.minimum(np.searchsorted(ends, at, side="right"), len(ends) - 1)
        target = before[place] + (at - starts[place]) + minutes
        more = np.ceil(target / self.total) - 1
        rest = target - more * self.total
        place = np.minimum(np.searchsorted(before + (ends - starts), rest, side="left"), len(ends) - 1)
        end = (week + more) * WEEK + starts[place] + (rest - before[place])
        return np.where(minutes <= 0, begin, end)

    def moments(self, worked: Floats) -> Floats:
        """``moment`` of each, all above 0."""
        return self.after_many(np.zeros_like(worked), worked)

    def __str__(self) -> str:
        if self.always:
            return "always"
        return ", ".join(f"{_said(start)} - {_said(end)}" for start, end in self.spans)


def moment(text: str) -> float:
    """The minute of the week that "Fri 16:00" names. Raises ``ValueError`` where it cannot be read."""
    day, _, clock = text.strip().partition(" ")
    return _day(day) * DAY + _clock(clock.strip())


def _day(name: str) -> int:
    for index, day in enumerate(DAYS):
        if day == name.title():
            return index
    raise ValueError(f"{name!r} is no day of the week. Write one of {', '.join(DAYS)}.")


def _clock(text: str) -> float:
    hours, _, minutes = text.partition(":")
    hour, more = whole_number(hours, 24), whole_number(minutes or "0", 59)
    if hour is not None and more is not None and 60 * hour + more <= DAY:
        return float(60 * hour + more)
    raise ValueError(f"{text!r} is no time of day. Write 9, 16:30 or 24:00.")


def _joined(spans: list[tuple[float, float]], text: str) -> tuple[tuple[float, float], ...]:
    """In order, and those that touch made one."""
    joined: list[tuple[float, float]] = []
    for start, end in sorted(spans):
        if end <= start:
            raise ValueError(f"in {text!r}, {_said(start)} - {_said(end)} ends before it begins")
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], end))
        else:
            joined.append((start, end))
    if not joined:
        raise ValueError(f"{text!r} leaves no open hour in the week, so nothing would ever go on")
    return tuple(joined)


def _said(minute: float) -> str:
    day, rest = divmod(minute, DAY)
    if day == 7:
        day, rest = 6, DAY
    return f"{DAYS[int(day)]} {int(rest // 60)}:{int(rest % 60):02}"


ALWAYS = Hours(((0.0, WEEK),))
"""Day and night."""
OFFICE = Hours.of("Mon-Fri 9-17")
"""The office hours that nobody has to set."""
