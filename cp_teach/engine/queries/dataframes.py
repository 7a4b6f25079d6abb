"""Data frames of executions, actions, events, and artifacts. Nothing else in the engine imports pandas.

Every column has a fixed type even without rows, so that a plot of an empty run does not fail.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd

from cp_teach.engine.history.journal import Journal
from cp_teach.engine.history.projections import History

EXECUTIONS = {
    "execution": "int64",
    "status": "str",
    "stage": "str",
    "message": "str",
    "revision": "str",
    "trigger": "str",
    "started": "float64",
    "ended": "float64",
    "superseded_by": "Int64",
}
ACTIONS = {
    "execution": "int64",
    "stage": "str",
    "action": "str",
    "attempt": "int64",
    "status": "str",
    "started": "float64",
    "ended": "float64",
    "failure": "str",
    "message": "str",
    "inputs": "str",
    "outputs": "str",
}
EVENTS = {"moment": "int64", "at": "float64", "event": "str", "sentence": "str"}
ARTIFACTS = {
    "artifact": "str",
    "execution": "int64",
    "stage": "str",
    "action": "str",
    "key": "str",
    "revisions": "str",
    "message": "str",
}


def executions(history: History) -> pd.DataFrame:
    """One row for each execution, indexed by its number, with the columns ``EXECUTIONS``.

    ``started`` and ``ended`` are seconds on the run's clock; ``revision`` lists the first 7 characters of each id.
    """
    rows = (
        (
            row.number,
            row.status,
            row.stage,
            row.message,
            ", ".join(revision.id[:7] for revision in row.revisions),
            row.trigger,
            row.started,
            row.ended,
            row.superseded_by,
        )
        for row in history.executions.values()
    )
    return _frame(rows, EXECUTIONS).set_index("execution")


def actions(history: History) -> pd.DataFrame:
    """One row for each run of an action, with the columns ``ACTIONS``.

    ``started`` and ``ended`` are seconds on the run's clock; ``inputs`` and ``outputs`` are names of artifacts.
    """
    rows = (
        (
            row.execution,
            row.stage,
            row.action,
            row.attempt,
            row.status,
            row.started,
            row.ended,
            row.failure,
            row.message,
            ", ".join(artifact.name for artifact in row.inputs),
            ", ".join(artifact.name for artifact in row.outputs),
        )
        for row in history.actions
    )
    return _frame(rows, ACTIONS)


def events(journal: Journal) -> pd.DataFrame:
    """One row for each event, with the columns ``EVENTS``: moment of the journal, time in seconds, kind, sentence."""
    rows = (
        (moment, entry.at, type(event).__name__, str(event))
        for moment, entry in enumerate(journal, start=1)
        for event in entry.events
    )
    return _frame(rows, EVENTS)


def artifacts(history: History, run_id: str, pipeline: str) -> pd.DataFrame:
    """One row for each artifact, with the columns ``ARTIFACTS``.

    ``key`` is its S3 object key in the pipeline of that name; ``revisions`` and ``message`` are those of its sources.
    """
    rows = (
        (
            artifact.name,
            artifact.execution,
            artifact.stage,
            artifact.action,
            artifact.key(run_id, pipeline),
            ", ".join(revision.id[:7] for revision in artifact.sources),
            ", ".join(dict.fromkeys(revision.message for revision in artifact.sources if revision.message)),
        )
        for row in history.actions
        for artifact in row.outputs
    )
    return _frame(rows, ARTIFACTS)


def _frame(rows: Iterable[tuple[Any, ...]], columns: Mapping[str, str]) -> pd.DataFrame:
    return pd.DataFrame(list(rows), columns=list(columns)).astype(dict(columns))
