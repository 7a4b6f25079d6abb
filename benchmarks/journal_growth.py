"""Whether a command costs the same when the journal is long: the last tenth against the second, and memory.

Processor time, not the clock on the wall: other programs on the machine must not look like growth.
"""

from __future__ import annotations

import gc
import sys
import time
import tracemalloc
from collections.abc import Callable

from cp_teach.engine import Run
from cp_teach.pipeline import Pipeline
from cp_teach.work import Simulated

PIPE = Pipeline.of(
    "bench",
    Source="S3",
    Build="Compile:CodeBuild then Unit:Test/CodeBuild",
    Beta="CodeDeploy",
    Prod="CodeDeploy",
)


def by_hand(run: Run) -> None:
    """One release, and the first action it comes to, by hand: nobody reads the history."""
    run.release()
    for stage in PIPE.stages:
        while any(stage.name == move.stage for move in run.legal() if type(move).__name__ == "TimeOut"):
            run.succeed(stage.name)


def simulated(run: Run) -> None:
    """One release and all that follows, on the clock, with listeners who read the history."""
    run.release()
    run.settle()


def retried(run: Run) -> None:
    """As above with a failure, a retry, a plan that is used up, and a step back and forth."""
    run.inject("Build", "Compile")
    run.release()
    run.settle()
    run.retry("Build")
    run.settle()
    run.undo(2)
    _ = run.history.plans
    run.redo(2)
    _ = run.history.plans


def growth(total: int, make: Callable[[], Run], act: Callable[[Run], None]) -> float:
    """Time a command in the last tenth of ``total``, over that in the second tenth (the first warms up)."""
    run, spans = make(), []
    gc.disable()  # its pauses are Python's, not ours
    try:
        for tenth in range(1, 11):
            began, first = time.process_time(), run.journal.position
            while run.journal.position < tenth * total // 10:
                act(run)
            spans.append((time.process_time() - began) / (run.journal.position - first))
    finally:
        gc.enable()
    print(
        f"{act.__name__}: {1e6 * spans[-1]:.1f} µs a command at {total:,}, "
        f"{spans[-1] / spans[1]:.2f} × that near the beginning"
    )
    return spans[-1] / spans[1]


def memory(total: int) -> float:
    """Bytes a journal entry takes, with its events and its state."""
    tracemalloc.start()
    run = Run(PIPE, Simulated())
    before, _ = tracemalloc.get_traced_memory()
    while run.journal.position < total:
        simulated(run)
    whole = (tracemalloc.get_traced_memory()[0] - before) / run.journal.position
    run._history = None  # type: ignore[assignment]  # only the journal is left
    journal = (tracemalloc.get_traced_memory()[0] - before) / run.journal.position
    tracemalloc.stop()
    bare = sys.getsizeof(run.journal[0]) + sys.getsizeof(run.state)
    print(
        f"memory: {journal:,.0f} bytes an entry, {whole:,.0f} with the history; "
        f"{journal / bare:.1f} × an empty entry and its state"
    )
    return journal / bare


def main(total: int = 100_000) -> dict[str, float]:
    """Print and return the ratios (1 is flat)."""

    def listened() -> Run:
        run = Run(PIPE, Simulated())
        run.listen(lambda change: len(run.history.running))
        return run

    return {
        "by hand": growth(total, lambda: Run(PIPE), by_hand),
        "simulated": growth(total, listened, simulated),
        "retried": growth(total // 10, listened, retried),
        "memory": memory(total // 10),
    }


if __name__ == "__main__":
    main()
