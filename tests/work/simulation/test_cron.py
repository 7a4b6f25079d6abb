"""Quartz cron expressions: each word of the user guide, and against slower ways to find the same days."""

import calendar
import doctest
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cp_teach.work.simulation import quartz_cron
from cp_teach.work.simulation.quartz_cron import MONTHS, WEEKDAYS, Cron

BERLIN = ZoneInfo("Europe/Berlin")


def days(text: str, year: int = 2026, month: int = 11) -> list[int]:
    """The days of that month on which the window is open at noon."""
    window = Cron(text)
    last = calendar.monthrange(year, month)[1]
    return [day for day in range(1, last + 1) if window.open(datetime(year, month, day, 12))]


def test_the_examples_are_true() -> None:
    result = doctest.testmod(quartz_cron)
    assert result.attempted
    assert not result.failed


# November 2026 begins on a Sunday and ends on a Monday, August 2026 begins on a Saturday.
@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ("* * ?", list(range(1, 31))),
        ("15 * ?", [15]),
        ("1,10-12 * ?", [1, 10, 11, 12]),
        ("*/10 * ?", [1, 11, 21]),
        ("5/10 * ?", [5, 15, 25]),
        ("20-24/2 * ?", [20, 22, 24]),
        ("29-2 * ?", [1, 2, 29, 30]),
        ("31 * ?", []),
        ("L * ?", [30]),
        ("L-3 * ?", [27]),
        ("LW * ?", [30]),
        ("L-1W * ?", [30]),  # the 29th is a Sunday
        ("15W * ?", [16]),  # a Sunday
        ("14W * ?", [13]),  # a Saturday
        ("17W * ?", [17]),  # a Tuesday
        ("1W * ?", [2]),  # a Sunday
        ("31W * ?", []),
        ("1,15W,L * ?", [1, 16, 30]),
        ("? * MON", [2, 9, 16, 23, 30]),
        ("? * 2", [2, 9, 16, 23, 30]),
        ("? * 1", [1, 8, 15, 22, 29]),
        ("? * sat-sun", [1, 7, 8, 14, 15, 21, 22, 28, 29]),
        ("? * L", [7, 14, 21, 28]),
        ("? * 6L", [27]),
        ("? * FRIL", [27]),
        ("? * 6#3", [20]),
        ("? * MON#5", [30]),
        ("? * TUE#5", []),
        ("? * MON#1,FRIL", [2, 27]),
        ("? NOV *", list(range(1, 31))),
        ("? OCT-FEB 1#1", [1]),
        ("? NOV-FEB 1#1", [1]),
        ("? 12 *", []),
        ("? * * 2026", list(range(1, 31))),
        ("? * * 2027-2099", []),
    ],
)
def test_days(fields: str, expected: list[int]) -> None:
    assert days(f"0 * * {fields}") == expected


def test_the_nearest_weekday_stays_in_its_month() -> None:
    assert days("0 * * 1W * ?", 2026, 8) == [3]  # the 1st is a Saturday
    assert days("0 * * 31W * ?", 2026, 5) == [29]  # a Sunday
    assert days("0 * * LW * ?", 2026, 2) == [27]  # a Saturday


def test_leap_years_have_a_29th_of_february() -> None:
    assert days("0 * * 29 2 ?", 2028, 2) == days("0 * * L 2 ?", 2028, 2) == [29]
    assert days("0 * * L 2 ?", 2027, 2) == [28]


@pytest.mark.parametrize(
    ("fields", "inside", "outside"),
    [
        ("0 9-17", "09:00 17:00", "09:01 08:00 18:00"),
        ("* 9-16", "09:00 09:01 16:59", "08:59 17:00"),
        ("*/20 *", "00:00 13:20 13:40", "13:10"),
        ("* 22-2", "22:00 23:59 00:00 02:59", "03:00 21:59"),
        ("/30 1,3", "01:00 03:30", "02:00 01:15"),
    ],
)
def test_hours_and_minutes(fields: str, inside: str, outside: str) -> None:
    window = Cron(f"0 {fields} * * ?")
    for expected, times in ((True, inside), (False, outside)):
        for time in times.split():
            hour, minute = map(int, time.split(":"))
            assert window.open(datetime(2026, 11, 24, hour, minute, 33)) == expected, time


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("* * * * *", "has 5 fields"),
        ("* * * ? * MON * *", "has 8 fields"),
        ("* * * * * MON", "must have one ?"),
        ("* * * ? * ?", "must have one ?"),
        ("60 * * ? * MON", "seconds: write 0 to 59"),
        ("* 60 * ? * MON", "minutes: write 0 to 59"),
        ("* * 24 ? * MON", "hours: write 0 to 23"),
        ("* * * 0 * ?", "day of month: write 1 to 31"),
        ("* * * 32W * ?", "day of month: write 1 to 31"),
        ("* * * L-31 * ?", "can be at most 30"),
        ("* * * ? 13 MON", "month: write 1 to 12 or JAN to DEC"),
        ("* * * ? * 8", "day of week: write 1 to 7 or SUN to SAT"),
        ("* * * ? * MON#6", "write a number from 1 to 5 after the #"),
        ("* * * ? * MON 1969", "year: write 1970 to 2199"),
        ("* * * ? * MON 2030-2020", "the first year is after the last"),
        ("* */0 * ? * MON", "write a number of at least 1 after the /"),
        ("* , * ? * MON", "empty part"),
        ("* ² * ? * MON", "minutes: write 0 to 59"),
        ("* ? * ? * MON", "minutes: write 0 to 59"),
    ],
)
def test_what_cannot_be_read_says_why(text: str, words: str) -> None:
    with pytest.raises(ValueError, match=words.replace("?", r"\?")):
        Cron(text)


def test_thirty_days_before_the_last_one_is_the_first_of_a_long_month_only() -> None:
    assert days("* * * L-30 * ?", month=10) == [1]
    assert days("* * * L-30 * ?", month=11) == []
    assert days("* * * L-29 * ?", month=11) == [1]


# -- against slower ways -----------------------------------------------------------------------------------
@given(st.integers(1, 31), st.dates(date(1970, 1, 1), date(2199, 12, 31)))
def test_a_nearest_weekday_is_a_weekday_and_nearest(day: int, month: date) -> None:
    last = calendar.monthrange(month.year, month.month)[1]
    found = days(f"0 * * {day}W * ?", month.year, month.month)
    if day > last:
        assert found == []
        return
    workdays = [d for d in range(1, last + 1) if date(month.year, month.month, d).weekday() < 5]
    [one] = found
    assert one in workdays
    assert abs(one - day) == min(abs(d - day) for d in workdays)


@given(st.integers(1, 7), st.integers(1, 5), st.dates(date(1970, 1, 1), date(2199, 12, 31)))
def test_the_nth_weekday_and_the_last_one(weekday: int, nth: int, month: date) -> None:
    year, month_ = month.year, month.month
    column = [week[(weekday - 2) % 7] for week in calendar.monthcalendar(year, month_)]
    column = [day for day in column if day]
    assert days(f"0 * * ? * {weekday}", year, month_) == column
    assert days(f"0 * * ? * {weekday}#{nth}", year, month_) == column[nth - 1 : nth]
    assert days(f"0 * * ? * {weekday}L", year, month_) == column[-1:]
    name = WEEKDAYS[weekday - 1]
    assert days(f"0 * * ? {MONTHS[month_ - 1]} {name.lower()}", year, month_) == column


FIELD = st.sampled_from(["*", "0", "30", "*/15", "10-20"])
HOUR = st.sampled_from(["*", "9-17", "0", "2", "22-3"])
DAYS = st.sampled_from(["* * ?", "? * MON-FRI", "L * ?", "15W * ?", "? * 1L", "? 3,10 SUN", "? * 6#2"])
START = st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 1))


@settings(max_examples=60)
@given(FIELD, HOUR, DAYS, START)
def test_it_opens_at_the_first_minute_in_which_it_is_open(
    minute: str, hour: str, day: str, start: datetime
) -> None:
    window = Cron(f"0 {minute} {hour} {day}")
    at = start.astimezone(BERLIN)
    later = window.opens(at)
    if window.open(at):
        assert later == at
        return
    moment = at.astimezone(UTC).replace(second=0, microsecond=0)
    for _ in range(3 * 24 * 60):
        moment += timedelta(minutes=1)
        if window.open(moment.astimezone(BERLIN)):
            # An hour that comes twice equals none of another zone (PEP 495), so both are told in UTC.
            assert later is not None
            assert later.astimezone(UTC) == moment
            return
    assert later is None or later > moment


def test_an_hour_that_the_clocks_skip_or_repeat() -> None:
    half_past_two = Cron("0 30 2 * * ?")
    spring = half_past_two.opens(datetime(2026, 3, 29, 0, 0, tzinfo=BERLIN))
    assert spring == datetime(2026, 3, 30, 2, 30, tzinfo=BERLIN)
    first = half_past_two.opens(datetime(2026, 10, 25, 0, 0, tzinfo=BERLIN))
    assert first is not None
    assert first.astimezone(UTC) == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    after = first.astimezone(UTC) + timedelta(minutes=1)
    second = half_past_two.opens(after.astimezone(BERLIN))
    assert second is not None
    assert second.astimezone(UTC) == datetime(2026, 10, 25, 1, 30, tzinfo=UTC)


def test_a_window_that_never_opens_again() -> None:
    at = datetime(2026, 11, 24, tzinfo=UTC)
    assert Cron("0 * * 30 2 ?").opens(at) is None
    assert Cron("0 * * * * ? 2020-2025").opens(at) is None
    assert Cron("0 0 12 29 2 ?").opens(at) == datetime(2028, 2, 29, 12, tzinfo=UTC)


def test_a_moment_without_a_time_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="needs a time zone"):
        Cron("0 0 12 * * ?").opens(datetime(2026, 11, 24))
