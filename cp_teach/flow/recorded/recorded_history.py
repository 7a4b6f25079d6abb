"""The recorded history of a pipeline: reads an export, and estimates, summarizes, and replays it."""

from __future__ import annotations

import html
import warnings
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np

from cp_teach.engine.run.run import Run
from cp_teach.flow.inputs.arrivals import Arrivals
from cp_teach.flow.inputs.distribution import Distribution
from cp_teach.flow.inputs.weekly_hours import OFFICE, Hours
from cp_teach.flow.recorded import estimates
from cp_teach.flow.recorded.estimates import APPROVAL, Durations, Failures
from cp_teach.flow.recorded.export_entry import ENDED, ActionEntry, BadHistory, EntryParser, ExecutionEntry
from cp_teach.flow.recorded.export_reader import (
    ACTIONS,
    EXECUTIONS,
    Export,
    export_command,
    has_both_lists,
    read_entries,
)
from cp_teach.flow.recorded.infer_pipeline import infer_pipeline
from cp_teach.flow.recorded.replay import Replay, replay
from cp_teach.pipeline import Pipeline

if TYPE_CHECKING:
    import pandas as pd

SLACK = 30.0
"""Seconds that the service may take from one action to the next."""
FAR = 3.0
"""A run is an outlier if the logarithm of its duration is this many interquartile ranges from the middle half (Tukey's
"far out")."""
_NOTES = {
    "InProgress": "left out of durations and failures: they have not ended",
    "Abandoned": "left out of durations and failures: they were stopped",
}


def history(
    actions: Export,
    executions: Export | None = None,
    pipeline: Pipeline | None = None,
    *,
    zone: str = "UTC",
    leave_out: bool = False,
) -> Past:
    """Read the output of list-action-executions, and of list-pipeline-executions if available.

    Each may be a path to a JSON file, the parsed JSON, a boto3 response, several responses in a list (pages), or a list
    of entries; one object may have both lists. ``pipeline`` is inferred from the entries by default. ``zone`` is the
    time zone of the team ("Europe/Berlin"), for working hours. ``leave_out`` leaves incomplete entries out.

    Raises ``BadHistory`` for anything that cannot be read, with the entry, the field, and what to do.
    """
    try:
        time_zone = ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, TypeError, OSError):
        raise BadHistory(f"{zone!r} is not a time zone. Write one like Europe/Berlin.") from None
    if executions is None and has_both_lists(actions):
        executions = actions
    parser = EntryParser()
    data, more = read_entries(actions, ACTIONS)
    rows = [row for n, entry in enumerate(data, 1) if (row := parser.parse_action(n, entry)) is not None]
    listed: list[ExecutionEntry] = []
    if executions is not None:
        data, more_executions = read_entries(executions, EXECUTIONS)
        parsed = [parser.parse_execution(n, entry) for n, entry in enumerate(data, 1)]
        listed = [execution for execution in parsed if execution is not None]
        more = more or more_executions
    if parser.problems and not leave_out:
        raise BadHistory(_describe_problems(parser.problems))
    if not rows:
        raise BadHistory(f"no action ran in this history. Export one with actions: {export_command(ACTIONS)}")
    unique = _remove_duplicates(rows)
    past = Past(
        tuple(unique),
        tuple(_merge_executions(listed, unique)),
        pipeline or infer_pipeline(unique, listed),
        time_zone,
        tuple(parser.problems),
    )
    if len(rows) > len(unique):
        past.remarks.append(f"{len(rows) - len(unique)} entries repeat another entry")
    if more:
        past.remarks.append("the last page has a nextToken: the oldest entries are missing")
    if executions is None:
        past.remarks.append("without list-pipeline-executions, superseded and stopped executions are unknown")
    elif unlisted := {row.execution for row in unique} - {execution.id for execution in listed}:
        past.remarks.append(f"{len(unlisted)} executions have actions, but are not in the list of executions")
    if parser.unzoned:
        past.remarks.append(f"{parser.unzoned} times had no time zone and were read as UTC")
    if len(versions := {row.version for row in unique if row.version}) > 1:
        past.remarks.append(f"the pipeline was edited meanwhile: versions {min(versions)} to {max(versions)}")
    return past


@dataclass
class Past:
    """The history of a pipeline: ``actions`` and ``executions`` as recorded, by time, without duplicates."""

    actions: tuple[ActionEntry, ...]
    executions: tuple[ExecutionEntry, ...]
    pipeline: Pipeline
    zone: ZoneInfo
    incomplete: tuple[str, ...] = ()
    """Problems of the incomplete entries, which are left out."""
    remarks: list[str] = field(default_factory=list)
    """Further remarks about the export."""

    def frame(self) -> pd.DataFrame:
        """Return one row for each run of an action, by time: entry, execution, stage, action, category, attempt,
        status, started, ended (in ``zone``), minutes, message."""
        return estimates.build_frame(self.actions, self.zone)

    def durations(self, kind: str = "best") -> Durations:
        """Return the duration of each action by "Stage/Action": distributions in minutes, for ``study(durations=…)``.

        ``kind``: lognormal, gamma, exponential, empirical, or "best" (see ``fit``). Only runs that ended by themselves
        count. For approvals see ``approval``.
        """
        return estimates.estimate_durations(self.actions, kind)

    def approval(self, hours: Hours | str = "always", kind: str = "best") -> Distribution | None:
        """Return the minutes, within ``hours``, until an approval was answered; None without answered approvals."""
        return estimates.estimate_approval(self.actions, self.zone, hours, kind)

    def failures(self) -> Failures:
        """Return the share of changes that failed in each action, by "Stage/Action", for ``study(failures=…)``.

        Failures that a retry undid were flaky and do not count; ``failures().flaky`` has them.
        """
        return estimates.estimate_failures(self.actions)

    def arrivals(self) -> Arrivals:
        """Return the arrivals of executions: commits during the hours of the week with nearly all of them, or else a
        Poisson process. Raises ``ValueError`` for fewer than two executions."""
        return estimates.estimate_arrivals(self.executions, self.zone)

    def settings(self, hours: Hours | str = OFFICE, retries: int = 1) -> dict[str, Any]:
        """Return the keywords of a study: ``study(**past.settings(), weeks=8)``. ``hours`` are the working hours, in
        which failures are retried up to ``retries`` times."""
        policy: dict[str, Any] = {"hours": hours, "flaky": self.failures().flaky, "retries": retries}
        approval = self.approval(hours)
        if approval is not None:
            policy["approval"] = approval
        return {
            "pipeline": self.pipeline,
            "arrivals": self.arrivals(),
            "durations": self.durations(),
            "failures": self.failures(),
            "policy": policy,
        }

    def summary(self) -> pd.DataFrame:
        """Return a row for each thing counted or left out, with ``count`` and ``note``."""
        import pandas as pd

        rows: list[tuple[str, int, str]] = [("executions", len(self.executions), "")]
        statuses = Counter(entry.status or "status not recorded" for entry in self.executions)
        rows += [(f"executions {status}", count, "") for status, count in sorted(statuses.items())]
        if rollbacks := sum(bool(entry.target) for entry in self.executions):
            rows.append(("rollbacks", rollbacks, "not arrivals: a stage was rolled back"))
        rows.append(("runs of actions", len(self.actions), ""))
        rows += [
            (f"runs {status}", count, _NOTES.get(status, ""))
            for status, count in sorted(Counter(row.status for row in self.actions).items())
        ]
        if outliers := _find_outliers(self.actions):
            names = ", ".join(
                f"entry {row.number} ({row.key}, {row.minutes:.1f} min)" for row in outliers[:5]
            )
            rows.append(("outliers", len(outliers), f"counted, but check them: {names}"))
        if self.incomplete:
            note = f"left out; the first: {self.incomplete[0]}"
            rows.append(("incomplete entries", len(self.incomplete), note))
        rows += [("remark", 1, remark) for remark in self.remarks]
        return pd.DataFrame(rows, columns=["what", "count", "note"]).set_index("what")

    def replay_with_notes(self, pipeline: Pipeline | None = None, slack: float = SLACK) -> Replay:
        """Replay the history on the engine: ``run``, and ``notes`` on what could not be replayed.

        ``slack``: the seconds that may pass without a reason from the end of an action to the start of the next; for
        longer waits a reason is inferred.
        """
        if not slack >= 0:
            raise ValueError(f"slack must be a number of seconds from 0 on, not {slack!r}")
        replayed = replay(pipeline or self.pipeline, self.actions, self.executions, slack)
        replayed.notes += replayed.compare_statuses(self.executions)
        return replayed

    def replay(self, pipeline: Pipeline | None = None, slack: float = SLACK) -> Run:
        """Return the history as a run, for ``Console(run)``. Warns if a part could not be replayed."""
        replayed = self.replay_with_notes(pipeline, slack)
        if replayed.notes:
            warnings.warn(
                f"{len(replayed.notes)} things could not be replayed: {replayed.notes[0]} "
                "(replay_with_notes().notes lists all)",
                stacklevel=2,
            )
        return replayed.run

    def __repr__(self) -> str:
        return (
            f"<The past of {self.pipeline.name}: {len(self.executions)} executions, "
            f"{len(self.actions)} runs of actions>"
        )

    def _repr_html_(self) -> str:
        table: str = self.summary().to_html()
        return f"<p>{html.escape(str(self.pipeline))}</p>{table}"


def _describe_problems(problems: list[str]) -> str:
    lines = "\n".join(f"- {problem}" for problem in problems[:8])
    more = f"\n- and {len(problems) - 8} more" if len(problems) > 8 else ""
    return (
        f"The history has {len(problems)} incomplete entries or fields:\n{lines}{more}\n"
        f"Export it again ({export_command(ACTIONS)}), or leave such entries out: history(…, leave_out=True)."
    )


def _remove_duplicates(rows: Iterable[ActionEntry]) -> list[ActionEntry]:
    """Return each run once, by time; of two entries of a run the one that ended later."""
    newest: dict[tuple[object, ...], ActionEntry] = {}
    for row in rows:
        key = (row.execution, row.id or (row.stage, row.action, row.started))
        other = newest.get(key)
        if other is None or (row.ended is not None and (other.ended is None or row.ended > other.ended)):
            newest[key] = row
    return sorted(newest.values(), key=lambda row: (row.started, -row.number))


def _merge_executions(listed: Iterable[ExecutionEntry], rows: Iterable[ActionEntry]) -> list[ExecutionEntry]:
    """Return all executions by time: the listed ones, and those of which only actions are recorded."""
    merged: dict[str, ExecutionEntry] = {}
    for entry in listed:
        if entry.id not in merged or entry.updated > merged[entry.id].updated:
            merged[entry.id] = entry
    for row in rows:
        end = row.started if row.ended is None else row.ended
        other = merged.get(row.execution)
        if other is None:
            merged[row.execution] = ExecutionEntry(0, row.execution, "", row.started, end)
        elif not other.number and end > other.updated:
            merged[row.execution] = ExecutionEntry(0, row.execution, "", other.started, end)
    return sorted(merged.values(), key=lambda entry: (entry.started, -entry.number))


def _find_outliers(actions: Sequence[ActionEntry]) -> list[ActionEntry]:
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
