"""Queries over the journal of a Run, for checks: it does not matter whether buttons or calls made the entries."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from cp_teach.engine import Event, Run
from cp_teach.engine.model.events import ExecutionStarted
from cp_teach.engine.model.state import ENABLED

E = TypeVar("E")


def events_of(run: Run, kind: type[E]) -> list[E]:
    """Every event of that kind, in order."""
    return [event for entry in run.journal for event in entry.events if isinstance(event, kind)]


def events_after(run: Run, matches: Callable[[Event], bool]) -> list[Event]:
    """Every event after the first one that matches; an empty list if none does."""
    events = (event for entry in run.journal for event in entry.events)
    return list(events) if any(matches(event) for event in events) else []


def count_releases(run: Run) -> int:
    """How many executions were started."""
    return len(events_of(run, ExecutionStarted))


def is_enabled(run: Run, stage: str) -> bool:
    """True if the transition into the stage is enabled."""
    return run.state.stages[run.pipeline.stage_indices[stage]].transition == ENABLED
