"""A question of the course as data, and the runs in which its scenarios are played."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from cp_teach.engine import Run
from cp_teach.pipeline import load_pipeline
from cp_teach.work import Simulated


@dataclass(frozen=True)
class Question:
    """A question that ``predict`` can ask by its name.

    - ``name``: such as "00-closed-door"; the number is that of its notebook.
    - ``text``: the question.
    - ``options``: each option with its explanation: why it is what happens, or why not.
    - ``truth``: plays the scenario and returns the correct option.
    """

    name: str
    text: str
    options: Mapping[str, str]
    truth: Callable[[], str]


def fresh() -> Run:
    """A new run of the demo pipeline, in which the scenarios begin."""
    return Run(load_pipeline("demo"), Simulated())


def each_through(*messages: str) -> Run:
    """A run in which these changes were released one by one, each after the run had settled."""
    run = fresh()
    for message in messages:
        run.release(message)
        run.settle()
    return run


def visit(run: Run, execution: int, stage: str) -> str:
    """The status of an execution in a stage: AWS's word, "Waiting" at its transition, or "" if it has not arrived."""
    row = run.history.executions.get(execution)
    return row.visits.get(stage, "") if row else ""
