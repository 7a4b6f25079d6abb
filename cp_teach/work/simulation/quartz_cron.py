"""Quartz cron expressions, by which a DeploymentWindow rule says when deployments are allowed.

>>> from datetime import datetime, UTC
>>> office = Cron("* * 9-16 ? * MON-FRI")
>>> office.open(datetime(2026, 11, 27, 16, 59)), office.open(datetime(2026, 11, 27, 17, 0))
(True, False)
>>> office.opens(datetime(2026, 11, 27, 17, 0, tzinfo=UTC)).isoformat()  # on Monday morning
'2026-11-30T09:00:00+00:00'

Source: user guide, rule-reference-DeploymentWindow. Six fields and perhaps a seventh: seconds, minutes, hours, day of
the month, month, day of the week (1 is Sunday), year. The seconds are not looked at: the guide gives them no values.
Of the two fields for days one must be ``?``, as Quartz insists.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta

Days = Callable[[int, int], set[int]]
"""Which days of a (year, month) are meant."""

MONTHS = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"]
WEEKDAYS = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"]
SATURDAY = 7
FIRST_YEAR, LAST_YEAR = 1970, 2199


class Cron:
    """A window in time, as a Quartz cron expression writes it. Raises ``ValueError`` for one that cannot be read."""

    def __init__(self, text: str) -> None:
        fields = text.upper().split()
        if len(fields) not in (6, 7):
            raise ValueError(
                f"The cron expression {text!r} has {len(fields)} fields. Write six or seven: "
                "seconds, minutes, hours, day of month, month, day of week and, if you like, year."
            )
        self.text = text
        seconds, minutes, hours, days, months, weekdays, *years = fields
        _numbers("seconds", seconds, 0, 59)  # read for its faults alone
        self.minutes = sorted(_numbers("minutes", minutes, 0, 59))
        self.hours = sorted(_numbers("hours", hours, 0, 23))
        self.months = _numbers("month", months, 1, 12, MONTHS)
        self.years = _numbers("year", years[0] if years else "*", FIRST_YEAR, LAST_YEAR)
        if (days == "?") == (weekdays == "?"):
            raise ValueError(
                f"The cron expression {text!r} must have one ?: "
                "for the day of the month or for the day of the week, not for both and not for neither."
            )
        parts = weekdays if days == "?" else days
        read = _weekday if days == "?" else _day
        self._rules = [read(part) for part in parts.split(",")]

    def open(self, at: datetime) -> bool:
        """Whether the window is open in this minute, as the clock on the wall of ``at`` shows it."""
        return (
            at.minute in self.minutes
            and at.hour in self.hours
            and at.year in self.years
            and at.month in self.months
            and at.day in self._days(at.year, at.month)
        )

    def opens(self, at: datetime) -> datetime | None:
        """The first moment from ``at`` on when it is open: ``at`` itself if it is, None if it never is again.

        ``at`` needs a time zone: that of the window. An hour that the clocks skip in spring does not count, one
        that they repeat in autumn counts twice.
        """
        if at.tzinfo is None:
            raise ValueError("A moment needs a time zone: datetime(2026, 11, 27, 9, tzinfo=UTC).")
        if self.open(at):
            return at
        for day in self._dates(at.date()):
            moments = sorted(
                moment
                for hour in self.hours
                for minute in self.minutes
                for moment in _moments(datetime(day.year, day.month, day.day, hour, minute, tzinfo=at.tzinfo))
                if moment > at.astimezone(UTC)
            )
            if moments:
                return moments[0].astimezone(at.tzinfo)
        return None

    def _days(self, year: int, month: int) -> set[int]:
        return set().union(*(rule(year, month) for rule in self._rules))

    def _dates(self, first: date) -> Iterator[date]:
        for year in sorted(year for year in self.years if year >= first.year):
            for month in sorted(self.months):
                for day in sorted(self._days(year, month)):
                    if date(year, month, day) >= first:
                        yield date(year, month, day)

    def __repr__(self) -> str:
        return f"Cron({self.text!r})"


def _moments(wall: datetime) -> Iterator[datetime]:
    """What the clock on the wall shows as moments in UTC: one, none where it is skipped, two where repeated."""
    found = set()
    for fold in (0, 1):
        moment = wall.replace(fold=fold).astimezone(UTC)
        if moment.astimezone(wall.tzinfo).replace(tzinfo=None) == wall.replace(tzinfo=None):
            found.add(moment)
    yield from found


def _numbers(field: str, text: str, least: int, most: int, names: list[str] | None = None) -> set[int]:
    """Values, ranges, steps and lists of them. A range may go over the end: 22-2, NOV-FEB."""
    found: set[int] = set()
    for part in text.split(","):
        span, slash, step = part.partition("/")
        if slash and not (step.isascii() and step.isdigit() and int(step) > 0):
            raise ValueError(f"{part!r} in the field {field}: after the / stands a number from 1 on.")
        if span in ("*", ""):
            if not (span or slash):
                raise ValueError(f"The field {field} has an empty part: {text!r}.")
            values = list(range(least, most + 1))
        else:
            first, hyphen, last = span.partition("-")
            begin = _number(field, first, least, most, names)
            end = _number(field, last, least, most, names) if hyphen else most if slash else begin
            values = list(range(begin, end + 1))
            if end < begin and most == LAST_YEAR:
                raise ValueError(f"{span!r} in the field {field}: the first year is after the last.")
            if end < begin:
                values = [*range(begin, most + 1), *range(least, end + 1)]
        found.update(values[:: int(step or 1)])
    return found


def _number(field: str, text: str, least: int, most: int, names: list[str] | None) -> int:
    if names and text in names:
        return least + names.index(text)
    if text.isascii() and text.isdigit() and least <= int(text) <= most:
        return int(text)
    known = f" or {names[0]} to {names[-1]}" if names else ""
    raise ValueError(f"{text!r} in the field {field}: write {least} to {most}{known}.")


def _day(part: str) -> Days:
    """One part of the day of the month: numbers, ``L`` for the last, ``W`` for the nearest weekday.

    ``L-3`` is three days before the last one, as Quartz has it.
    """
    if match := re.fullmatch(r"L(?:-(\d{1,2}))?(W)?", part):
        back, work = int(match[1] or 0), match[2] is not None
        if back > 30:
            raise ValueError(
                f"{part!r} in the field day of month: a month has no day that far before its end."
            )

        def from_end(year: int, month: int) -> set[int]:
            day = monthrange(year, month)[1] - back
            return {_workday(year, month, day) if work else day} if day > 0 else set()

        return from_end
    if match := re.fullmatch(r"(\d{1,2})W", part):
        near = _number("day of month", match[1], 1, 31, None)
        return lambda year, month: (
            {_workday(year, month, near)} if near <= monthrange(year, month)[1] else set()
        )
    days = _numbers("day of month", part, 1, 31)
    return lambda year, month: {day for day in days if day <= monthrange(year, month)[1]}


def _workday(year: int, month: int, day: int) -> int:
    """The day from Monday to Friday that is nearest to this one and in the same month."""
    weekday = date(year, month, day).weekday()
    if weekday == 5:
        return day - 1 if day > 1 else 3
    if weekday == 6:
        return day + 1 if day < monthrange(year, month)[1] else day - 2
    return day


def _weekday(part: str) -> Days:
    """One part of the day of the week: numbers or names, ``6L`` for the last Friday, ``6#3`` for the third."""
    if part == "L":
        part = str(SATURDAY)
    if match := re.fullmatch(r"(\w+?)(?:L|#(\d))", part):
        wanted = _number("day of week", match[1], 1, 7, WEEKDAYS)
        if match[2] and not 1 <= int(match[2]) <= 5:
            raise ValueError(f"{part!r} in the field day of week: after the # stands a number from 1 to 5.")
        which = int(match[2]) - 1 if match[2] else -1
        return lambda year, month: set(_of_weekday(year, month, {wanted})[which:][:1])
    days = _numbers("day of week", part, 1, 7, WEEKDAYS)
    return lambda year, month: set(_of_weekday(year, month, days))


def _of_weekday(year: int, month: int, wanted: set[int]) -> list[int]:
    first = date(year, month, 1)
    days = range(1, monthrange(year, month)[1] + 1)
    return [day for day in days if (first + timedelta(days=day - 1)).isoweekday() % 7 + 1 in wanted]
