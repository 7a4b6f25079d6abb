"""Reading a Run as a story: what happened, in which order. The checks ask their questions here.

A story is read from the journal, so it does not matter how the learner did it: by buttons or by calls.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, TypeVar

from cp_teach.course.checks.exercise import WrongAnswer
from cp_teach.engine import Event, Run
from cp_teach.engine.model.events import ExecutionStarted
from cp_teach.engine.model.state import ENABLED

E = TypeVar("E")


def told(run: Run, kind: type[E]) -> list[E]:
    """Every event of that kind, in order."""
    return [event for entry in run.journal for event in entry.events if isinstance(event, kind)]


def since(run: Run, first: Callable[[Event], bool]) -> list[Event]:
    """Every event after the first one for which ``first`` holds; empty when there is none."""
    events: Iterator[Event] = (event for entry in run.journal for event in entry.events)
    for event in events:
        if first(event):
            return list(events)
    return []


def released(run: Run) -> int:
    """How many executions were started."""
    return len(told(run, ExecutionStarted))


def is_open(run: Run, stage: str) -> bool:
    """True if the transition into the stage is enabled."""
    return run.state.stages[run.pipeline.position[stage]].door == ENABLED


def a_run(*stages: str) -> Callable[[str, Any], Run]:
    """Reads a Run whose pipeline has these stages; a Console is as good, for it shows one."""

    def read(name: str, answer: Any) -> Run:
        run = answer if isinstance(answer, Run) else getattr(answer, "run", None)
        if not isinstance(run, Run):
            raise WrongAnswer(
                f"This check looks at a Run, and it was given {kind_of(answer)}.",
                f'Run the cell that makes the run, and hand it over: check("{name}", run).',
            )
        if missing := [stage for stage in stages if stage not in run.pipeline.position]:
            raise WrongAnswer(
                f"The pipeline {run.pipeline.name} of this run has no stage {' or '.join(missing)}.",
                "Begin with the cell of the exercise, which makes the run it is about.",
            )
        return run

    return read


def kind_of(answer: Any) -> str:
    """What a learner handed over, in words: "None", "a number", "something of the kind X"."""
    if answer is None:
        return "None"
    if isinstance(answer, type):
        return f"the class {answer.__name__}"
    words = {
        bool: "True or False",
        int: "a number",
        float: "a number",
        str: "a text",
        list: "a list",
        dict: "a dict",
    }
    return words.get(type(answer), f"something of the kind {type(answer).__name__}")
