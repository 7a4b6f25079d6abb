"""How quick exploring is: states a second and bytes a state, beside SPIN on the same model in the same run.

The ratio is reported as it is: SPIN compiles the model to C. The table shows how the graph grows with stages and
revisions. ``python benchmarks/explore_speed.py --table`` prints the table as well (some minutes).
"""

from __future__ import annotations

import importlib.util
import sys
import tempfile
import time
import tracemalloc
from pathlib import Path
from typing import Any

from cp_teach.explore import DEFAULT_KINDS, StateGraph, TooManyStates, explore
from cp_teach.pipeline import Pipeline

MODEL = Path(__file__).parents[1] / "tests" / "model" / "promela.py"
MOST = 1_000_000


def chain(stages: int) -> Pipeline:
    """A source, and then stages with one action each."""
    more = {f"Stage{number}": "CodeDeploy" for number in range(2, stages + 1)}
    return Pipeline.of("chain", Source="S3", **more)


def walked(space: StateGraph) -> float:
    """Explore it all; the processor's seconds that it took."""
    began = time.process_time()
    for _ in space.grow():
        pass
    return time.process_time() - began


def spin() -> Any:
    """The module that lets SPIN count; raises ``RuntimeError`` where SPIN is not installed."""
    spec = importlib.util.spec_from_file_location("promela", MODEL)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules["promela"] = module
    spec.loader.exec_module(module)
    module.compiler()
    return module


def main(stages: int = 4, revisions: int = 3, beside: bool = True) -> dict[str, float]:
    """States a second, bytes a state, and how many times quicker SPIN is; prints all of it."""
    pipeline = chain(stages)
    space = explore(pipeline, revisions, limit=MOST)
    seconds = walked(space)
    tracemalloc.start()
    kept = explore(pipeline, revisions, limit=MOST)
    walked(kept)
    size = tracemalloc.get_traced_memory()[0] / kept.explored
    tracemalloc.stop()
    ours = space.explored / seconds
    edges = sum(len(space.targets(index)) for index in range(space.explored))
    found = {
        "states": float(space.explored),
        "states a second": ours,
        "moves a second": edges / seconds,
        "bytes a state": size,
    }
    print(f"{stages} stages, {revisions} revisions, moves: {', '.join(DEFAULT_KINDS)}")
    print(
        f"cp_teach  {space.explored:>9,} states {edges:>10,} moves {seconds:8.2f} s {ours:>11,.0f} states/s "
        f"{size:6.0f} B a state"
    )
    if beside:
        try:
            promela = spin()
        except RuntimeError as missing:
            print(f"SPIN is not here to compare with. {missing}")
            return found
        with tempfile.TemporaryDirectory() as folder:
            shape = promela.Shape(((1,),) * stages, revisions=revisions)
            other = promela.count(shape, Path(folder), optimise="-O2")
        assert other.states == space.explored, "the two count differently: run tests/model"
        rate = other.states / max(other.seconds, 1e-6)
        found["SPIN is quicker"] = rate / ours
        print(
            f"SPIN      {other.states:>9,} states {'':>16} {other.seconds:8.2f} s {rate:>11,.0f} states/s "
            f"{other.bytes:6.0f} B a state"
        )
        print(f"SPIN is {rate / ours:,.0f} times as quick")
    return found


def table() -> None:
    """How many states, for 2 to 6 stages and 1 to 4 revisions; more than a million are not counted."""
    print("\n| stages | " + " | ".join(f"{n} released" for n in range(1, 5)) + " |")
    print("|---|" + "---|" * 4)
    for stages in range(2, 7):
        cells = []
        for revisions in range(1, 5):
            if cells and cells[-1].startswith(">"):
                cells.append("> 1,000,000")
                continue
            space = explore(chain(stages), revisions, limit=MOST)
            try:
                seconds = walked(space)
                cells.append(f"{space.explored:,} ({space.explored / max(seconds, 1e-3):,.0f}/s)")
            except TooManyStates:
                cells.append("> 1,000,000")
        print(f"| {stages} | " + " | ".join(cells) + " |", flush=True)


if __name__ == "__main__":
    main()
    if "--table" in sys.argv[1:]:
        table()
