"""The benchmarks run, and what they say of a long journal holds in a short one, with room for a busy machine."""

import importlib.util
from pathlib import Path
from typing import Any

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"


def bench(name: str) -> Any:
    spec = importlib.util.spec_from_file_location(name, BENCHMARKS / f"{name}.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_a_long_journal_is_as_quick_as_a_short_one() -> None:
    ratios = bench("journal_growth").main(total=2500)
    assert ratios["memory"] < 12  # of an empty entry: nothing is kept that grows with the journal
    for name in ("by hand", "simulated", "retried"):
        assert ratios[name] < 3, name  # what grows with the journal would be 5 or more


def test_a_step_stays_within_reach_of_bare_tuples() -> None:
    assert all(ratio < 80 for ratio in bench("step_speed").main(count=1000).values())


def test_importing_loads_nothing_heavy() -> None:
    script = bench("import_time")
    assert script.loaded("import pandas") == ["pandas", "numpy"]
    assert script.loaded("import cp_teach; cp_teach.Run; cp_teach.Simulated") == []


def test_a_state_that_was_explored_takes_less_than_a_kilobyte() -> None:
    found = bench("explore_speed").main(stages=3, revisions=2, beside=False)
    assert found["states"] == 330
    assert found["bytes a state"] < 1000
