"""The summary of a history: what was counted, what was left out, and where a replay differs from the record."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from cp_teach.flow.recorded.estimates import APPROVAL
from cp_teach.flow.recorded.export_entry import ENDED, ActionEntry, ExecutionEntry

if TYPE_CHECKING:
    import pandas as pd

FAR = 3.0
"""A run is an outlier if the logarithm of its duration is this many interquartile ranges from the middle half (Tukey's
"far out")."""
_NOTES = {
    "InProgress": "left out of durations and failures: they have not ended",
    "Abandoned": "left out of durations and failures: they were stopped",
}


def find_outliers(actions: Sequence[ActionEntry]) -> list[ActionEntry]:
    """Return the runs with a far longer or shorter duration than the others of the same action."""
    outliers = []
    for key in sorted({row.key for row in actions}):
        rows = [
            row
            for row in actions
            if row.key == key and row.status in ENDED and row.category != APPROVAL and row.minutes
        ]
        if len(rows) < 4:
            continue
        logs = np.log([row.minutes or 1.0 for row in rows])
        low, high = np.quantile(logs, [0.25, 0.75])
        reach = FAR * (high - low)
        outliers += [row for row, x in zip(rows, logs, strict=True) if x < low - reach or x > high + reach]
    return outliers


def summarize(
    actions: Sequence[ActionEntry],
    executions: Sequence[ExecutionEntry],
    incomplete: Sequence[str],
    remarks: Sequence[str],
) -> pd.DataFrame:
    """See ``Past.summary``."""
    import pandas as pd

    rows: list[tuple[str, int, str]] = [("executions", len(executions), "")]
    statuses = Counter(entry.status or "status not recorded" for entry in executions)
    rows += [(f"executions {status}", count, "") for status, count in sorted(statuses.items())]
    if rollbacks := sum(bool(entry.target) for entry in executions):
        rows.append(("rollbacks", rollbacks, "not arrivals: a stage was rolled back"))
    rows.append(("runs of actions", len(actions), ""))
    rows += [
        (f"runs {status}", count, _NOTES.get(status, ""))
        for status, count in sorted(Counter(row.status for row in actions).items())
    ]
    if outliers := find_outliers(actions):
        names = ", ".join(f"entry {row.number} ({row.key}, {row.minutes:.1f} min)" for row in outliers[:5])
        rows.append(("outliers", len(outliers), f"counted, but check them: {names}"))
    if incomplete:
        rows.append(("incomplete entries", len(incomplete), f"left out; the first: {incomplete[0]}"))
    rows += [("remark", 1, remark) for remark in remarks]
    return pd.DataFrame(rows, columns=["what", "count", "note"]).set_index("what")
