"""Data frames of executions, actions, events, and artifacts. Nothing else in the engine imports pandas.

Every column has a fixed type even without rows, so that a plot of an empty run does not fail. Times are seconds on the
run's clock.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from cp_teach.engine.history.journal import Journal
from cp_teach.engine.history.projections import History
from cp_teach.engine.history.records import Artifact
from cp_teach.engine.model.commands import Revision

if TYPE_CHECKING:  # pandas is heavy: it is imported where it is used
    import pandas as pd

Columns = dict[str, tuple[str, Callable[[Any], object]]]
"""Column -> (its type, its value for a row)."""


def executions(history: History) -> pd.DataFrame:
    """One row for each execution, indexed by its number."""
    columns: Columns = {
        "execution": ("int64", lambda row: row.number),
        "status": ("str", lambda row: row.status),
        "stage": ("str", lambda row: row.stage),
        "message": ("str", lambda row: row.message),
        "revision": ("str", lambda row: _short_ids(row.revisions)),
        "trigger": ("str", lambda row: row.trigger),
        "started": ("float64", lambda row: row.started),
        "ended": ("float64", lambda row: row.ended),
        "superseded_by": ("Int64", lambda row: row.superseded_by),
    }
    return _frame(history.executions.values(), columns).set_index("execution")


def actions(history: History) -> pd.DataFrame:
    """One row for each run of an action; ``inputs`` and ``outputs`` are names of artifacts."""
    columns: Columns = {
        "execution": ("int64", lambda row: row.execution),
        "stage": ("str", lambda row: row.stage),
        "action": ("str", lambda row: row.action),
        "attempt": ("int64", lambda row: row.attempt),
        "status": ("str", lambda row: row.status),
        "started": ("float64", lambda row: row.started),
        "ended": ("float64", lambda row: row.ended),
        "failure": ("str", lambda row: row.failure),
        "message": ("str", lambda row: row.message),
        "inputs": ("str", lambda row: ", ".join(artifact.name for artifact in row.inputs)),
        "outputs": ("str", lambda row: ", ".join(artifact.name for artifact in row.outputs)),
    }
    return _frame(history.actions, columns)


def events(journal: Journal) -> pd.DataFrame:
    """One row for each event; ``moment`` is the position in the journal after its command."""
    columns: Columns = {
        "moment": ("int64", lambda row: row[0]),
        "at": ("float64", lambda row: row[1].at),
        "event": ("str", lambda row: type(row[2]).__name__),
        "sentence": ("str", lambda row: str(row[2])),
    }
    entries = enumerate(journal, start=1)
    return _frame([(moment, entry, event) for moment, entry in entries for event in entry.events], columns)


def artifacts(history: History, run_id: str, pipeline: str) -> pd.DataFrame:
    """One row for each artifact; ``key`` is its S3 object key in the pipeline of that name.

    ``revisions`` and ``message`` are those from which it was made.
    """
    columns: Columns = {
        "artifact": ("str", lambda artifact: artifact.name),
        "execution": ("int64", lambda artifact: artifact.execution),
        "stage": ("str", lambda artifact: artifact.stage),
        "action": ("str", lambda artifact: artifact.action),
        "key": ("str", lambda artifact: artifact.key(run_id, pipeline)),
        "revisions": ("str", lambda artifact: _short_ids(artifact.sources)),
        "message": ("str", _messages),
    }
    return _frame([artifact for row in history.actions for artifact in row.outputs], columns)


def _short_ids(revisions: Iterable[Revision]) -> str:
    return ", ".join(revision.id[:7] for revision in revisions)


def _messages(artifact: Artifact) -> str:
    return ", ".join(dict.fromkeys(revision.message for revision in artifact.sources if revision.message))


def _frame(rows: Iterable[object], columns: Columns) -> pd.DataFrame:
    import pandas as pd

    data = [[value(row) for _, value in columns.values()] for row in rows]
    return pd.DataFrame(data, columns=list(columns)).astype(
        {name: kind for name, (kind, _) in columns.items()}
    )
