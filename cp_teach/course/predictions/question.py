"""A question as data: what is asked, each option with its reason, and the scenario that decides."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from cp_teach.engine import Run
from cp_teach.pipeline import load_pipeline
from cp_teach.work import Simulated


@dataclass(frozen=True)
class Question:
    """One question that ``predict`` can ask by its name.

    - ``name``: such as "00-closed-door"; the number is that of its notebook.
    - ``text``: what is asked.
    - ``options``: each option with its reason, why it is what happens or why it is not.
    - ``truth``: plays the scenario and returns the option that is true.
    """

    name: str
    text: str
    options: Mapping[str, str]
    truth: Callable[[], str]


def fresh() -> Run:
    """A run of the demo pipeline in which nothing has happened: the scenarios begin here."""
    return Run(load_pipeline("demo"), Simulated())


def each_through(*messages: str) -> Run:
    """A run in which these changes were released, each when nothing moved any more after the one before."""
    run = fresh()
    for message in messages:
        run.release(message)
        run.settle()
    return run


def visit(run: Run, execution: int, stage: str) -> str:
    """How that execution stands in that stage: AWS's word, "Waiting" at its door, or "" if it never came."""
    row = run.history.executions.get(execution)
    return row.visits.get(stage, "") if row else ""
