"""How quick one step is: commands a second through ``step``, as a ratio to the same steps of bare tuples.

The yardstick is a loop that makes and drops the same number of states as plain tuples, in the same process:
ratios can be compared between machines, seconds cannot.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from typing import Any

from cp_teach.engine import (
    DeletePipeline,
    FinishAction,
    PutApprovalResult,
    StartExecution,
    initial_state,
    legal,
    step,
)
from cp_teach.pipeline import Pipeline

PIPE = Pipeline.of(
    "bench",
    Source="S3",
    Build="Compile:CodeBuild then Unit:Test/CodeBuild",
    Beta="Deploy:CodeDeploy and Load:Test/CodeBuild then Sign:Manual",
    Prod="Deploy:CodeDeploy",
)


def happy(count: int) -> list[Any]:
    """Releases that go through the whole pipeline, one after the other."""
    state, commands = initial_state(PIPE), []
    while len(commands) < count:
        good = [
            m
            for m in legal(state)
            if (isinstance(m, FinishAction) and not m.failure)
            or (isinstance(m, PutApprovalResult) and m.status == "Approved")
        ]
        commands.append(good[0] if good else StartExecution())
        state, _ = step(state, commands[-1])
    return commands


def mixed(count: int) -> list[Any]:
    """Any legal move, drawn with a seed."""
    chance, state, commands = random.Random(1), initial_state(PIPE), []
    for _ in range(count):
        commands.append(chance.choice([m for m in legal(state) if not isinstance(m, DeletePipeline)]))
        state, _ = step(state, commands[-1])
    return commands


def best(work: Callable[[], None], times: int = 7) -> float:
    spans = []
    for _ in range(times):
        began = time.process_time()
        work()
        spans.append(time.process_time() - began)
    return min(spans)


def play(commands: list[Any]) -> None:
    state = initial_state(PIPE)
    for command in commands:
        state, _ = step(state, command)


def bare(count: int) -> None:
    """The yardstick: a state of the same shape, as bare tuples, with one stage and one execution replaced."""
    stages: tuple[Any, ...] = (("enabled", (), 0, 0, 0),) * 4
    executions: tuple[Any, ...] = ((1, "InProgress", 0, ("",)), (2, "InProgress", 1, ("", "")))
    for number in range(count):
        at = number % 4
        stages = (*stages[:at], ("enabled", (), number, number, 0), *stages[at + 1 :])
        executions = tuple([(number, "InProgress", at, ("",)) if x[0] == number else x for x in executions])
        _ = (None, number, stages, executions, False)


def main(count: int = 20_000) -> dict[str, float]:
    """Print and return the ratios of time (1 would be as quick as bare tuples)."""
    yard = best(lambda: bare(count))
    ratios = {}
    for name, commands in (("releases", happy(count)), ("any move", mixed(count))):
        span = best(lambda commands=commands: play(commands))  # type: ignore[misc]  # a default binds it now
        ratios[name] = span / yard
        print(f"{name}: {count / span:,.0f} commands a second, {span / yard:.1f} × bare tuples")
    return ratios


if __name__ == "__main__":
    main()
