"""Arrivals: how many, when, and how many changes each revision brings."""

import numpy as np
import pytest

from cp_teach.flow import (
    at,
    commits,
    constant,
    empirical,
    every,
    exponential,
    gamma,
    lognormal,
    poisson,
    saturated,
    train,
)
from cp_teach.flow.inputs.arrivals import draw_until
from cp_teach.flow.inputs.weekly_hours import OFFICE, WEEK, week_minute
from cp_teach.flow.simulation.random_draws import stream


def rng() -> np.random.Generator:
    return stream(1, 0, "arrivals")


@pytest.mark.parametrize("between", [0, constant(0)])
def test_arrivals_without_any_time_between_them_are_refused(between) -> None:
    with pytest.raises(ValueError, match="time between arrivals"):
        every(between)


def test_arrivals_that_are_drawn_in_pieces_go_on_where_the_last_piece_ended() -> None:
    def slow_then_quick(count: int) -> np.ndarray:
        return np.full((2, count), 0.25)

    times, _ = draw_until(
        slow_then_quick, rows=2, rate=1.0, end=100.0
    )  # a quarter of what the rate lets one expect
    assert np.array_equal(times, np.broadcast_to(np.arange(0.25, 100, 0.25), times.shape))


def test_more_arrivals_than_fit_in_memory_are_refused_with_what_to_change() -> None:
    with pytest.raises(ValueError, match="give fewer weeks, or a lower rate"):
        poisson(1e6).until(rng(), 1_000, 1_000 * WEEK)


@pytest.mark.parametrize(
    "arrivals", [poisson(1 / 60), every(30.0), every(gamma(50, 2)), commits(8), commits(9, batch=3)]
)
def test_as_many_come_as_the_rate_says(arrivals) -> None:
    times = arrivals.until(rng(), 40, 20 * WEEK).times
    count = np.isfinite(times).sum(axis=1).mean()
    assert count == pytest.approx(arrivals.rate * 20 * WEEK, rel=0.03)
    assert all((np.diff(row[np.isfinite(row)]) >= 0).all() for row in times)
    assert times[np.isfinite(times)].max() < 20 * WEEK


def test_people_commit_while_they_are_at_work() -> None:
    times = commits(8).until(rng(), 5, 4 * WEEK).times
    there = times[np.isfinite(times)].tolist()
    assert all(OFFICE.opens(t) == t or OFFICE.opens(t - 0.001) == t - 0.001 for t in there)


def test_a_batch_is_released_with_its_last_commit() -> None:
    one, three = commits(9), commits(9, batch=3)
    single = one.until(rng(), 3, 4 * WEEK).times
    releases = three.until(rng(), 3, 4 * WEEK)
    assert np.array_equal(releases.times[0][:5], single[0][2:15:3])  # the same commits, on the same luck
    assert set(releases.changes()[np.isfinite(releases.times)].tolist()) == {3.0}


def test_a_train_takes_what_was_committed_since_the_last_one() -> None:
    releases = train(["Wed 12:00", "Fri 16:00"], 8).until(rng(), 2, 2 * WEEK)
    friday = week_minute("Fri 16:00")
    assert releases.times[0].tolist() == [
        week_minute("Wed 12"),
        friday,
        WEEK + week_minute("Wed 12"),
        WEEK + friday,
    ]
    assert releases.commits is not None
    counted = ((releases.commits[0] > week_minute("Wed 12")) & (releases.commits[0] <= friday)).sum()
    assert releases.changes()[0, 1] == counted


def test_a_train_without_a_change_does_not_leave() -> None:
    releases = train(["Mon 3:00", "Fri 16:00"], 8).until(rng(), 1, WEEK)
    assert releases.times[0].tolist() == [week_minute("Fri 16:00"), np.inf]


def test_the_past_comes_as_it_was() -> None:
    assert at([1.5, 2.0, 9.0]).until(rng(), 2, 5.0).times.tolist() == [[1.5, 2.0]] * 2


def test_means_and_variations_are_what_they_say() -> None:
    for drawn in (exponential(3), gamma(2, 0.5), lognormal(3.3, 0.4), empirical([1, 2, 6]), constant(4)):
        values = drawn.draw(rng(), (200_000,))
        assert values.mean() == pytest.approx(drawn.mean, rel=0.02)
        assert values.var() == pytest.approx(drawn.cv2 * drawn.mean**2, rel=0.05)
        assert (values * 2**24 % 1 == 0).all()  # on the grid


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (lambda: poisson(0), "the rate of arrivals must be a number above 0, not 0"),
        (lambda: every(-1), "the time between arrivals must be a number above 0"),
        (
            lambda: commits(8, batch=0),
            "batch, the number of commits released together, must be a whole number from 1 on, not 0",
        ),
        (lambda: commits(-3), "commits per day must be a number above 0"),
        (lambda: train([], 8), "a release train needs a departure"),
        (lambda: at([3.0, 1.0]), "must be in order"),
        (lambda: exponential(-1), "the mean of an exponential duration must be a number above 0, not -1"),
        (lambda: constant(float("nan")), "a constant duration must be a number from 0 on, not nan"),
        (lambda: empirical([]), "there is nothing to draw from"),
        (lambda: lognormal("slow"), "a median must be a number, not 'slow'"),
        (lambda: saturated().until(rng(), 1, 9.0), "saturated\\(\\) has no end"),
    ],
)
def test_what_cannot_be_is_told(make, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        make()
