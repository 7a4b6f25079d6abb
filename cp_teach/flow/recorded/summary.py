"""What was counted in a history and what was left out; and where a replay differs from the record."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from cp_teach.flow.recorded.estimates import APPROVAL
from cp_teach.flow.recorded.export_entry import ENDED, ActionEntry, ExecutionEntry

if TYPE_CHECKING:
    import pandas as pd

    from cp_teach.flow.recorded.replay import Replay

FAR = 3.0
"""A run is an outlier when the logarithm of its duration is further than so many times the interquartile range from the
middle half (Tukey's "far out")."""


def outliers(actions: Sequence[ActionEntry]) -> list[ActionEntry]:
    """The runs that took far longer or far shorter than the others of the same action."""
    found = []
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
        found += [row for row, x in zip(rows, logs, strict=True) if x < low - reach or x > high + reach]
    return found


def summary(
    actions: Sequence[ActionEntry],
    executions: Sequence[ExecutionEntry],
    wrong: Sequence[str],
    remarks: Sequence[str],
) -> pd.DataFrame:
    """See ``Past.summary``."""
    import pandas as pd

    rows: list[tuple[str, int, str]] = [("executions", len(executions), "")]
    statuses = Counter(one.status or "status not told" for one in executions)
    rows += [(f"executions {status}", count, "") for status, count in sorted(statuses.items())]
    if rolled := sum(bool(one.target) for one in executions):
        rows.append(("rollbacks", rolled, "no arrivals: a stage was brought back"))
    rows.append(("runs of actions", len(actions), ""))
    rows += [
        (f"runs {status}", count, _LEFT_OUT.get(status, ""))
        for status, count in sorted(Counter(row.status for row in actions).items())
    ]
    if far := outliers(actions):
        names = ", ".join(f"entry {row.number} ({row.key}, {row.minutes:.1f} min)" for row in far[:5])
        rows.append(("outliers", len(far), f"counted, but look at them: {names}"))
    if wrong:
        rows.append(("incomplete entries", len(wrong), f"left out, the first one: {wrong[0]}"))
    rows += [("remark", 1, remark) for remark in remarks]
    return pd.DataFrame(rows, columns=["what", "count", "note"]).set_index("what")


_LEFT_OUT = {
    "InProgress": "left out of durations and failures: they have not ended",
    "Abandoned": "left out of durations and failures: somebody stopped them",
}


def differences(told: Replay, executions: Sequence[ExecutionEntry]) -> list[str]:
    """Executions that ended otherwise in the replay than in the record."""
    found: list[str] = []
    rows: dict[int, Any] = told.run.history.executions
    for one in executions:
        number = told.numbers.get(one.id)
        if number is not None and one.status and rows[number].status != one.status:
            found.append(
                f"execution entry {one.number} ({one.id[:8]}) is {one.status} in the record and "
                f"{rows[number].status} here, as execution {number}"
            )
    return found
