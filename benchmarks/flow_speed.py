"""The speed of the flow lab and of other simulators, on the same line and the same random numbers, in one run.

Three superseding stations, Poisson arrivals, exponential services, 2 % failures. The numbers are drawn in advance, and
all results must be equal. Then with the drawing included, beside a C loop that draws its own. Medians of several runs.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from importlib.util import find_spec
from multiprocessing import get_context
from pathlib import Path

import numpy as np

from cp_teach.flow import Line, exponential, poisson
from cp_teach.flow.numerics.exact_time import round_to_ticks
from cp_teach.flow.queueing.tandem_runner import simulate_line

sys.path.append(str(Path(__file__).parent))
from flow_engines import heap, in_c  # beside this file

STATIONS, REVISIONS, REPLICATIONS = 3, 1000, 1000
OTHERS = {"SimPy": "simpy", "salabim": "salabim", "Ciw": "ciw"}
SLOW = {"SimPy": 20, "salabim": 6, "Ciw": 4, "reference": 6}
"""The replications of the slow simulators."""


def numbers(replications: int, revisions: int, stations: int = STATIONS):
    """(arrived, service, fails) for so many replications."""
    rng = np.random.default_rng(1)
    arrived = round_to_ticks(np.cumsum(rng.exponential(1, (replications, revisions)), axis=1))
    service = round_to_ticks(rng.exponential(1, (stations, replications, revisions)))
    return arrived, service, rng.random((stations, replications, revisions)) < 0.02


def counted(status, ended, arrived):
    """(delivered, failed, superseded, sum of lead times, last delivery) of one replication."""
    there = status == 1
    leads = (ended - arrived)[there]
    return (
        int(there.sum()),
        int((status == 2).sum()),
        int((status == 3).sum()),
        float(leads.sum()),
        ended[there].max(),
    )


def median(work: Callable[[], object], times: int = 5) -> float:
    work()  # once to warm up
    spans = []
    for _ in range(times):
        began = time.perf_counter()
        work()
        spans.append(time.perf_counter() - began)
    return sorted(spans)[times // 2]


def each(run: Callable[..., tuple], given, rows: int) -> list[tuple]:
    arrived, service, fails = given
    return [run(arrived[r], service[:, r], fails[:, r]) for r in range(rows)]


def main(replications: int = REPLICATIONS, revisions: int = REVISIONS) -> dict[str, float]:
    """Print the tables; return revisions a second by name."""
    given = numbers(replications, revisions)
    arrived = given[0]
    status, _, ended = simulate_line("supersede", *given, "arrays")
    truth = [counted(status[r], ended[r], arrived[r]) for r in range(replications)]
    speed: dict[str, float] = {}
    runs: dict[str, tuple[Callable[[int], object], int]] = {
        "heap loop": (lambda n: each(heap.run, given, n), 40)
    }
    for name, module in OTHERS.items():
        if find_spec(module) is None:
            print(f"{name} is not installed: pip install {module}")
            continue
        engine = __import__(f"flow_engines.with_{module}", fromlist=["run"])
        runs[name] = (lambda n, engine=engine: each(engine.run, given, n), SLOW[name])
    if in_c.library() is None:
        print("There is no C compiler: apt-get install gcc. The C loop is left out.")
    else:
        runs["C loop"] = (lambda n: each(in_c.run, given, n), replications)
    for path in ("reference", "arrays", "compiled"):
        runs[f"ours, {path}"] = (
            lambda n, path=path: simulate_line(
                "supersede", arrived[:n], given[1][:, :n], given[2][:, :n], path
            ),
            SLOW.get(path, replications),
        )
    print(f"{STATIONS} stations, {replications} x {revisions} revisions, numbers given")
    for name, (run, rows) in runs.items():
        rows = min(rows, replications)
        results = run(rows)
        if name.startswith("ours"):
            results = [counted(results[0][r], results[2][r], arrived[r]) for r in range(rows)]
        assert same(results, truth[:rows]), f"the results of {name} differ"
        speed[name] = rows * revisions / median(lambda run=run, rows=rows: run(rows), 3 if rows < 100 else 7)
    for name, value in speed.items():
        beside = "".join(
            f"{value / speed[other]:9.2f} x {other}" for other in ("SimPy", "C loop") if other in speed
        )
        print(f"  {name:18}{value / 1e6:9.3f} M revisions/s {beside}")
    whole = replications * revisions / 1e6
    print(f"  {whole:g} M revisions take {whole / speed['ours, compiled'] * 1e6:.3f} s compiled, ", end="")
    print(f"{whole / speed['ours, arrays'] * 1e6:.3f} s over arrays")
    drawn(speed)
    growth(speed)
    return speed


def same(results, truth) -> bool:
    return all(
        one[:3] == other[:3] and abs(one[3] - other[3]) < 1e-6 * other[3] and one[4] == other[4]
        for one, other in zip(results, truth, strict=True)
    )


def drawn(speed: dict[str, float]) -> None:
    """With the drawing: a whole study beside a loop in C."""
    print(f"drawing included, {REPLICATIONS} x {REVISIONS} revisions")
    line = Line(STATIONS, "supersede")
    given = {"arrivals": poisson(1), "durations": exponential(1), "failures": 0.02}
    given |= {"revisions": REVISIONS, "replications": REPLICATIONS}
    spans = {
        path: median(lambda path=path: line.study(**given, path=path)) for path in ("compiled", "arrays")
    }
    if in_c.library() is not None:
        spans["C loop"] = median(lambda: in_c.own(REVISIONS * REPLICATIONS, STATIONS, 1.0, 0.02, 1))
    for name, span in spans.items():
        beside = f"{span / spans['C loop']:6.2f} x the C loop" if "C loop" in spans else ""
        print(f"  {name:18}{span:9.3f} s {beside}")
        speed[f"drawn, {name}"] = REVISIONS * REPLICATIONS / span


def growth(speed: dict[str, float]) -> None:
    """Twice as much should take twice as long; two workers half as long."""
    base = numbers(REPLICATIONS, REVISIONS)
    print("growth (seconds for twice as much / seconds; 2 is linear), numbers given, compiled | arrays")
    for what, bigger in (
        ("revisions", numbers(REPLICATIONS, 2 * REVISIONS)),
        ("stations", numbers(REPLICATIONS, REVISIONS, 2 * STATIONS)),
        ("replications", numbers(2 * REPLICATIONS, REVISIONS)),
    ):
        ratios = [
            median(lambda path=path, bigger=bigger: simulate_line("supersede", *bigger, path))
            / median(lambda path=path: simulate_line("supersede", *base, path))
            for path in ("compiled", "arrays")
        ]
        print(f"  {what:18}{ratios[0]:9.2f} | {ratios[1]:.2f}")
    line = Line(STATIONS, "supersede")
    given = {"arrivals": poisson(1), "durations": exponential(1), "revisions": 100_000, "replications": 200}
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        line.study(**given, executor=pool)
        two = median(lambda: line.study(**given, executor=pool), 3)
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        line.study(**given, executor=pool)
        one = median(lambda: line.study(**given, executor=pool), 3)
    speed["two workers"] = one / two
    print(f"two workers: {one / two:.2f} x one")


if __name__ == "__main__":
    main()
