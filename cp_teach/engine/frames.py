"""Histories as pandas frames. pandas is imported here and nowhere else in the engine."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

if TYPE_CHECKING:
    from cp_teach.engine.run import Run


def executions(run: Run) -> pd.DataFrame:
    """One row for each execution: number (index), status, stage, message, revision, started, ended, superseded_by."""
    columns = [
        "execution",
        "status",
        "stage",
        "message",
        "revision",
        "trigger",
        "started",
        "ended",
        "superseded_by",
    ]
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
    frame = pd.DataFrame(rows, columns=columns).set_index("execution")
    return frame.astype(
        {"superseded_by": "Int64", "ended": "float64", "started": "float64"}
    )


def actions(run: Run) -> pd.DataFrame:
    """One row for each run of an action: execution, stage, action, attempt, status, started, ended, ..."""
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
    columns = ["execution", "stage", "action", "attempt", "status", "started", "ended"]
    columns += ["failure", "message", "inputs", "outputs"]
    return pd.DataFrame(rows, columns=columns).astype(
        {"started": "float64", "ended": "float64"}
    )


def events(run: Run) -> pd.DataFrame:
    """One row for each event: moment in the journal, time in seconds, kind, sentence."""
    rows = [
        (moment, entry.at, type(event).__name__, str(event))
        for moment, entry in enumerate(run.journal, start=1)
        for event in entry.events
    ]
    return pd.DataFrame(rows, columns=["moment", "at", "event", "sentence"])


def artifacts(run: Run) -> pd.DataFrame:
    """One row for each artifact: name, execution, stage, action, S3 key, and the revisions it was made from."""
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
    return pd.DataFrame(
        rows,
        columns=[
            "artifact",
            "execution",
            "stage",
            "action",
            "key",
            "revisions",
            "message",
        ],
    )
