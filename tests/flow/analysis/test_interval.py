"""An interval covers what it says, and says in words where it should be doubted."""

import doctest
import math

import numpy as np
import pytest

import cp_teach.flow.analysis.confidence_interval as module
from cp_teach.flow.analysis.confidence_interval import difference, estimate


def test_the_interval_is_students():
    """Ten known values; t(9, 97.5 %) = 2.262 (any table of it)."""
    values = [1.20, 1.50, 1.68, 1.89, 0.95, 1.49, 1.58, 1.55, 0.50, 1.09]  # Law, Simulation Modeling, example
    found = estimate(values)
    spread = np.std(values, ddof=1) / math.sqrt(10)
    assert found.mean == pytest.approx(1.343)
    assert found.half == pytest.approx(2.262 * spread, rel=1e-3)
    assert found.n == 10
    assert found.note == ""


@pytest.mark.parametrize("level", [0.8, 0.95])
def test_it_covers_the_truth_as_often_as_it_says(level):
    rng = np.random.default_rng(3)
    covered = sum(
        found.low <= 5 <= found.high for found in (estimate(rng.normal(5, 2, 12), level) for _ in range(2000))
    )
    assert covered / 2000 == pytest.approx(level, abs=0.03)


def test_pairs_with_the_same_luck_tell_more_than_two_means():
    rng = np.random.default_rng(5)
    luck = rng.normal(100, 30, 40)
    slow, quick = luck + rng.normal(2, 1, 40), luck
    found = difference(slow, quick)
    assert found.clear
    assert found.low <= 2 <= found.high
    assert found.half < estimate(slow).half / 5
    assert not difference(quick, quick + rng.normal(0, 1, 40)).clear
    with pytest.raises(ValueError, match="40 and 3 replications"):
        difference(slow, [1, 2, 3])


def test_what_is_not_known_is_left_out_and_said():
    found = estimate([1, math.nan, 3, math.nan, 2])
    assert (found.mean, found.n) == (2, 3)
    assert "2 of 5 replications" in found.note
    assert "Only 3 values" in found.note
    lonely, nothing = estimate([4.0]), estimate([math.nan])
    assert str(lonely) == "4 (no interval)"
    assert str(nothing) == "not defined"
    assert "no interval" in lonely.note
    assert not lonely.clear


def test_mistakes_are_told():
    with pytest.raises(ValueError, match="between 0 and 1"):
        estimate([1, 2], 95)


def test_it_shows_itself():
    found = estimate([1, 2, 3])
    assert f"{found:.2f}" == "2.00 (-0.48 to 4.48)"
    assert "95 % confidence interval, 3 values" in found._repr_html_()
    assert doctest.testmod(module).failed == 0
    assert doctest.testmod(module).attempted == 2
