"""Histories as pandas frames. pandas is imported here and nowhere else in the engine.

Every column has its kind, whether there are rows or not: a cell that plots an empty run must not fail.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd

if TYPE_CHECKING:
    from cp_teach.engine.run.run import Run


def executions(run: Run) -> pd.DataFrame:
    """One row for each execution, by its number: status, stage, message, revision, trigger, started, ended,
    superseded_by. Times are seconds on the run's clock."""
    rows = [
        (
            row.number,
            row.status,
            row.stage,
            row.message,
            ", ".join(r.id[:7] for r in row.revisions),
            row.trigger,
            row.started,
            row.ended,
            row.superseded_by,
        )
        for row in run.history.executions.values()
    ]
    kinds = {
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
    return _frame(rows, kinds).set_index("execution")


def actions(run: Run) -> pd.DataFrame:
    """One row for each run of an action: execution, stage, action, attempt, status, started, ended, failure,
    message, and the names of its input and output artifacts."""
    rows = [
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
            ", ".join(a.name for a in row.inputs),
            ", ".join(a.name for a in row.outputs),
        )
        for row in run.history.actions
    ]
    kinds = {
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
    return _frame(rows, kinds)


def events(run: Run) -> pd.DataFrame:
    """One row for each event: moment in the journal, time in seconds, kind, sentence."""
    rows = [
        (moment, entry.at, type(event).__name__, str(event))
        for moment, entry in enumerate(run.journal, start=1)
        for event in entry.events
    ]
    return _frame(rows, {"moment": "int64", "at": "float64", "event": "str", "sentence": "str"})


def artifacts(run: Run) -> pd.DataFrame:
    """One row for each artifact: name, execution, stage, action, S3 key, and the revisions it was made
    from."""
    rows = [
        (
            a.name,
            a.execution,
            a.stage,
            a.action,
            a.key(run.id, run.pipeline.name),
            ", ".join(r.id[:7] for r in a.sources),
            ", ".join(dict.fromkeys(r.message for r in a.sources if r.message)),
        )
        for row in run.history.actions
        for a in row.outputs
    ]
    kinds = {
        "artifact": "str",
        "execution": "int64",
        "stage": "str",
        "action": "str",
        "key": "str",
        "revisions": "str",
        "message": "str",
    }
    return _frame(rows, kinds)


def _frame(rows: Sequence[tuple[Any, ...]], kinds: dict[str, str]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=list(kinds)).astype(kinds)
