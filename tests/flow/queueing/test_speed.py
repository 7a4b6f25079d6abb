"""The benchmark of the lab: every simulator in it tells the same of the same numbers."""

import importlib
import sys
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).parents[3] / "benchmarks"))
import flow_speed  # it lies with the other benchmarks
from flow_engines import heap, in_c  # as above

from cp_teach.flow.queueing.tandem_runner import simulate_line  # as above

ROWS = 3


@pytest.fixture(scope="module")
def given():
    return flow_speed.numbers(ROWS, 300)


@pytest.fixture(scope="module")
def truth(given):
    status, _, ended = simulate_line("supersede", *given, "reference")
    return [flow_speed.counted(status[row], ended[row], given[0][row]) for row in range(ROWS)]


@pytest.mark.parametrize("name", ["heap", "with_simpy", "with_salabim", "with_ciw"])
def test_other_simulators_tell_the_same(name, given, truth) -> None:
    engine = heap if name == "heap" else importlib.import_module(f"flow_engines.{name}")
    assert flow_speed.same(flow_speed.each(engine.run, given, ROWS), truth)


@pytest.mark.needs("cc")
def test_the_loop_in_c_tells_the_same(given, truth) -> None:
    assert flow_speed.same(flow_speed.each(in_c.run, given, ROWS), truth)
    delivered, failed, superseded, *_ = in_c.own(20_000, 3, 1.0, 0.02, 1)
    assert delivered + failed + superseded == pytest.approx(
        20_000, abs=3
    )  # who waits at the end is not counted


def test_a_difference_would_be_seen(given, truth) -> None:
    delivered, failed, superseded, lead, last = truth[0]
    assert not flow_speed.same([(delivered, failed, superseded, lead * 1.001, last)], truth[:1])
