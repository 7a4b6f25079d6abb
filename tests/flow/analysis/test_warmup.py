"""The warm-up is found where it was put, and is not made up where there is none."""

import numpy as np
import pytest
from slow_simulator import example

from cp_teach.flow.analysis.warmup import count_in_progress, find_warm_up, mser5

WEEK = 7 * 24 * 60


def noise(n, seed=1):
    return np.random.default_rng(seed).normal(0, 1, n)


@pytest.mark.parametrize("length", [100, 250, 400])
def test_a_step_is_cut_off_where_it_ends(length):
    series = noise(1000) + np.where(np.arange(1000) < length, -10, 0)
    cut, settled = mser5(series)
    assert length <= cut <= length + 15
    assert settled


def test_a_transient_that_dies_out_is_cut_off_when_it_is_lost_in_the_noise():
    series = noise(2000) - 20 * np.exp(-np.arange(2000) / 60)
    cut, settled = mser5(series)
    assert 60 * np.log(20) * 0.5 <= cut <= 500  # after 60·ln 20 = 180 it is as large as the noise
    assert settled


def test_the_cut_is_the_least_of_the_standard_errors_of_what_is_left():
    series = noise(400) - 5 * np.exp(-np.arange(400) / 20)
    means = series.reshape(-1, 5).mean(axis=1)
    errors = [np.var(means[d:]) / (len(means) - d) for d in range(len(means) // 2 + 1)]
    assert mser5(series)[0] == 5 * int(np.argmin(errors))


def test_what_does_not_settle_is_told_and_never_more_than_half_is_cut():
    found = find_warm_up(np.arange(500.0), 60.0)
    assert not found.settled
    assert found.minutes == 250 * 60


def test_without_a_transient_little_is_cut():
    cuts = [mser5(noise(1000, seed))[0] for seed in range(50)]
    assert np.median(cuts) <= 150
    assert mser5(np.ones(100)) == (0, True)


def test_a_series_that_is_too_short_has_no_warm_up_and_is_not_settled():
    assert find_warm_up(np.ones(10), 60.0) == (0.0, False)


def test_nights_are_no_warm_up():
    hours = np.arange(12 * 7 * 24)
    day = np.where((hours % 24 >= 9) & (hours % 24 < 17) & (hours // 24 % 7 < 5), 4.0, 0.0)
    start = np.where(hours < 14 * 24, -0.9 * day, 0.0)  # for two weeks less is going on
    found = find_warm_up(day + start + 0.05 * noise(len(hours)), 60.0, WEEK)
    assert found.settled
    assert 11 * 24 * 60 <= found.minutes <= 15 * 24 * 60  # the second week ends with two days off
    calm = find_warm_up(day + 0.05 * noise(len(hours)), 60.0, WEEK)
    assert calm.settled
    assert calm.minutes < 2 * WEEK


def test_how_many_are_in_progress_is_counted():
    made = example(rows=3, n=40)
    found = count_in_progress(made, 30.0, 300.0)
    assert len(found) == 10
    for place, value in enumerate(found, 1):
        t = 30.0 * place
        there = (made.arrived < t) & ~(made.ended < t)
        assert value == pytest.approx(there.sum() / 3)
