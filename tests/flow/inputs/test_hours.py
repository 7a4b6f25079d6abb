"""Hours of a week: read, turned round, and the same for one moment, for many, and in the compiled loops."""

import operator

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cp_teach.flow.inputs.weekly_hours import (
    ALWAYS,
    DAY,
    OFFICE,
    WEEK,
    Hours,
    add_open_minutes,
    next_open,
    week_minute,
)
from cp_teach.flow.numerics.exact_time import TICK

SOME = ("Mon-Fri 9-17", "always", "Fri 12:00 - Mon 9:00", "Mon-Thu 8:30-12, Sat 10-24", "Sun 23:59-24:00")


def minute_by_minute(hours: Hours, t: int, minutes: int) -> int:
    """The slow way: look at every minute."""
    while True:
        at = t % int(WEEK)
        if any(start <= at < end for start, end in hours.spans):
            if minutes <= 0:
                return t
            minutes -= 1
            if minutes == 0:
                return t + 1
        t += 1


@given(st.sampled_from(SOME), st.integers(0, 3 * 10080), st.integers(0, 3000))
def test_open_minutes_are_counted_as_one_would_on_a_clock(words: str, t: int, minutes: int) -> None:
    hours = Hours.of(words)
    minutes = min(minutes, int(2 * hours.total))
    assert hours.after(float(t), float(minutes)) == minute_by_minute(hours, t, minutes)


@given(
    st.sampled_from(SOME),
    st.lists(st.tuples(st.integers(0, 2**45), st.integers(0, 2**38)), min_size=1, max_size=20),
)
def test_one_many_and_the_loops_say_the_same(words: str, pairs: list[tuple[int, int]]) -> None:
    hours = Hours.of(words)
    t = np.array([a * TICK for a, _ in pairs])
    minutes = np.array([b * TICK for _, b in pairs])
    one = [hours.after(a, b) for a, b in zip(t.tolist(), minutes.tolist(), strict=True)]
    assert hours.after_many(t, minutes).tolist() == one
    assert [add_open_minutes(a, b, hours.arrays) for a, b in zip(t, minutes, strict=True)] == one
    opens = [hours.opens(a) for a in t.tolist()]
    assert hours.opens_many(t).tolist() == opens
    assert [next_open(a, hours.arrays) for a in t] == opens


def test_what_is_open_is_what_the_others_are_not() -> None:
    weekend = Hours.of("Fri 17:00 - Mon 9:00")
    assert (~weekend).spans == ((week_minute("Mon 9"), week_minute("Fri 17")),)
    assert (~~OFFICE).spans == OFFICE.spans
    assert OFFICE.total == 2400
    assert OFFICE.days == 5
    assert ALWAYS.days == 7
    assert Hours.of("Mon-Fri 9-17, Wed 12-20").spans[2] == (2 * DAY + 540, 2 * DAY + 1200)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("nine to five", "cannot read the hours 'nine to five'"),
        ("Mom-Fri 9-17", "'Mom' is not a day of the week"),
        ("Mon-Fri 9-25", "'25' is not a time of day"),
        ("Mon-Fri 17-9", "ends before it begins"),
    ],
)
def test_what_cannot_be_read_is_told(words: str, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        Hours.of(words)


def test_no_hours_at_all_are_refused() -> None:
    with pytest.raises(ValueError, match="leaves no open hour"):
        operator.invert(ALWAYS)


def test_work_that_fills_the_open_minutes_ends_when_they_do():
    """Not at the next opening: a span is closed at its end, but work may end there."""
    for begin, minutes, end in (
        (540.0, 480.0, 1020.0),
        (540.0, 960.0, DAY + 1020),
        (0.0, 2400.0, 4 * DAY + 1020),
    ):
        assert OFFICE.after(begin, minutes) == end
        assert OFFICE.after_many(np.array([begin]), np.array([minutes])).tolist() == [end]
