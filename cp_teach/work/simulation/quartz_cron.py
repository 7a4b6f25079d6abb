"""Quartz cron expressions, which define the times of a DeploymentWindow rule.

>>> from datetime import datetime, UTC
>>> office = Cron("* * 9-16 ? * MON-FRI")
>>> office.open(datetime(2026, 11, 27, 16, 59)), office.open(datetime(2026, 11, 27, 17, 0))
(True, False)
>>> office.opens(datetime(2026, 11, 27, 17, 0, tzinfo=UTC)).isoformat()  # on Monday morning
'2026-11-30T09:00:00+00:00'

Source: user guide, rule-reference-DeploymentWindow. Six or seven fields: seconds, minutes, hours, day of the
month, month, day of the week (1 is Sunday), and optionally year. The seconds are ignored, because the guide gives them
no values. One of the two fields for days must be ``?``, as in Quartz.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta

Days = Callable[[int, int], set[int]]
"""The matching days of a (year, month)."""

MONTHS = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"]
WEEKDAYS = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"]
SATURDAY = 7
FIRST_YEAR, LAST_YEAR = 1970, 2199


class Cron:
    """A recurring time window, written as a Quartz cron expression. Raises ``ValueError`` for an invalid expression."""

    def __init__(self, text: str) -> None:
        fields = text.upper().split()
        if len(fields) not in (6, 7):
            raise ValueError(
                f"The cron expression {text!r} has {len(fields)} fields. Write six or seven: "
                "seconds, minutes, hours, day of month, month, day of week, and optionally year."
            )
        self.text = text
        seconds, minutes, hours, days, months, weekdays, *years = fields
        _numbers("seconds", seconds, 0, 59)  # only validated
        self.minutes = sorted(_numbers("minutes", minutes, 0, 59))
        self.hours = sorted(_numbers("hours", hours, 0, 23))
        self.months = _numbers("month", months, 1, 12, MONTHS)
        self.years = _numbers("year", years[0] if years else "*", FIRST_YEAR, LAST_YEAR)
        if (days == "?") == (weekdays == "?"):
            raise ValueError(
                f"The cron expression {text!r} must have one ?, "
                "either for the day of the month or for the day of the week."
            )
        parts = weekdays if days == "?" else days
        read = _weekday if days == "?" else _day
        self._rules = [read(part) for part in parts.split(",")]

    def open(self, at: datetime) -> bool:
        """Whether the window is open in this minute, by the local time of ``at``."""
        return (
            at.minute in self.minutes
            and at.hour in self.hours
            and at.year in self.years
            and at.month in self.months
            and at.day in self._days(at.year, at.month)
        )

    def opens(self, at: datetime) -> datetime | None:
        """The first moment at or after ``at`` when the window is open; None if it never opens again.

        ``at`` must have the window's time zone. An hour that is skipped in spring does not count; one that is repeated
        in autumn counts twice.
        """
        if at.tzinfo is None:
            raise ValueError("The time needs a time zone: datetime(2026, 11, 27, 9, tzinfo=UTC).")
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
    """The moments in UTC for a local time: one, none if the time is skipped, or two if it is repeated."""
    values = set()
    for fold in (0, 1):
        moment = wall.replace(fold=fold).astimezone(UTC)
        if moment.astimezone(wall.tzinfo).replace(tzinfo=None) == wall.replace(tzinfo=None):
            values.add(moment)
    yield from values


def _numbers(field: str, text: str, least: int, most: int, names: list[str] | None = None) -> set[int]:
    """The values of a field: numbers, ranges, steps, and lists of them. A range may wrap around: 22-2, NOV-FEB."""
    numbers: set[int] = set()
    for part in text.split(","):
        span, slash, step = part.partition("/")
        if slash and not (step.isascii() and step.isdigit() and int(step) > 0):
            raise ValueError(f"{part!r} in the field {field}: write a number of at least 1 after the /.")
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
        numbers.update(values[:: int(step or 1)])
    return numbers


def _number(field: str, text: str, least: int, most: int, names: list[str] | None) -> int:
    if names and text in names:
        return least + names.index(text)
    if text.isascii() and text.isdigit() and least <= int(text) <= most:
        return int(text)
    names_hint = f" or {names[0]} to {names[-1]}" if names else ""
    raise ValueError(f"{text!r} in the field {field}: write {least} to {most}{names_hint}.")


def _day(part: str) -> Days:
    """One part of the day of the month: numbers, ``L`` for the last day, ``W`` for the nearest weekday.

    ``L-3`` is three days before the last day, as in Quartz.
    """
    if match := re.fullmatch(r"L(?:-(\d{1,2}))?(W)?", part):
        back, to_workday = int(match[1] or 0), match[2] is not None
        if back > 30:
            raise ValueError(f"{part!r} in the field day of month: the number can be at most 30.")

        def from_end(year: int, month: int) -> set[int]:
            day = monthrange(year, month)[1] - back
            return {_workday(year, month, day) if to_workday else day} if day > 0 else set()

        return from_end
    if match := re.fullmatch(r"(\d{1,2})W", part):
        day = _number("day of month", match[1], 1, 31, None)
        return lambda year, month: (
            {_workday(year, month, day)} if day <= monthrange(year, month)[1] else set()
        )
    days = _numbers("day of month", part, 1, 31)
    return lambda year, month: {day for day in days if day <= monthrange(year, month)[1]}


def _workday(year: int, month: int, day: int) -> int:
    """The day from Monday to Friday that is nearest to this day, in the same month."""
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
        weekday = _number("day of week", match[1], 1, 7, WEEKDAYS)
        if match[2] and not 1 <= int(match[2]) <= 5:
            raise ValueError(f"{part!r} in the field day of week: write a number from 1 to 5 after the #.")
        which = int(match[2]) - 1 if match[2] else -1
        return lambda year, month: set(_of_weekday(year, month, {weekday})[which:][:1])
    days = _numbers("day of week", part, 1, 7, WEEKDAYS)
    return lambda year, month: set(_of_weekday(year, month, days))


def _of_weekday(year: int, month: int, weekdays: set[int]) -> list[int]:
    first = date(year, month, 1)
    days = range(1, monthrange(year, month)[1] + 1)
    return [day for day in days if (first + timedelta(days=day - 1)).isoweekday() % 7 + 1 in weekdays]
