"""The past of a pipeline, as an export tells it."""

from __future__ import annotations

import html
import warnings
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from cp_teach.engine.run.run import Run
from cp_teach.flow.inputs.arrivals import Arrivals
from cp_teach.flow.inputs.distribution import Distribution
from cp_teach.flow.inputs.weekly_hours import OFFICE, Hours
from cp_teach.flow.recorded import estimates
from cp_teach.flow.recorded import summary as counted
from cp_teach.flow.recorded.estimates import Durations, Failures
from cp_teach.flow.recorded.export_entry import ActionEntry, BadHistory, ExecutionEntry, Reader
from cp_teach.flow.recorded.export_reader import ACTIONS, COMMANDS, EXECUTIONS, both, entries, export
from cp_teach.flow.recorded.infer_pipeline import shape
from cp_teach.flow.recorded.replay import Replay, replay
from cp_teach.pipeline import Pipeline

if TYPE_CHECKING:
    import pandas as pd

SLACK = 30.0
"""Seconds that the service itself may take from one action to the next."""


def history(
    actions: Any,
    executions: Any = None,
    pipeline: Pipeline | None = None,
    *,
    zone: str = "UTC",
    leave_out: bool = False,
) -> Past:
    """Read what list-action-executions tells, and list-pipeline-executions if you have it.

    Each may be a path to a JSON file, the parsed JSON, an answer of boto3, several answers in a list (pages), or a list
    of the entries alone; one object with both lists will do, too. ``pipeline`` is guessed from the entries if not
    given. ``zone`` is where the people work ("Europe/Berlin"): hours of the week are told there. ``leave_out`` leaves
    incomplete entries out instead of refusing them.

    Raises ``BadHistory`` for everything that cannot be read, with the entry, the field and what to do.
    """
    try:
        place = ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, TypeError, OSError):
        raise BadHistory(f"{zone!r} is no time zone. Write it like this: Europe/Berlin.") from None
    if executions is None and both(actions):
        executions = actions
    reader = Reader()
    told, more = entries(actions, ACTIONS)
    rows = [row for number, one in enumerate(told, 1) if (row := reader.action(number, one)) is not None]
    heads: list[ExecutionEntry] = []
    if executions is not None:
        listed, cut = entries(executions, EXECUTIONS)
        heads = [
            head
            for number, one in enumerate(listed, 1)
            if (head := reader.execution(number, one)) is not None
        ]
        more = more or cut
    if reader.wrong and not leave_out:
        raise BadHistory(_complaint(reader.wrong))
    if not rows:
        raise BadHistory(
            f"no action ran in this history. Export one that has run: {export(COMMANDS[ACTIONS])}"
        )
    kept, twice = _once(rows)
    past = Past(
        tuple(kept), tuple(_heads(heads, kept)), pipeline or shape(kept, heads), place, tuple(reader.wrong)
    )
    past.remarks += _remarks(reader, twice, more, executions is not None, kept, heads)
    return past


@dataclass
class Past:
    """The past of a pipeline: ``actions`` and ``executions`` as they were told, in the order of time, each once."""

    actions: tuple[ActionEntry, ...]
    executions: tuple[ExecutionEntry, ...]
    pipeline: Pipeline
    zone: ZoneInfo
    wrong: tuple[str, ...] = ()
    """Entries that were left out because something is missing in them."""
    remarks: list[str] = field(default_factory=list)
    """What else is to be known about the export."""

    def frame(self) -> pd.DataFrame:
        """One row for each run of an action, in the order of time: entry, execution, stage, action, category, attempt,
        status, started, ended (in ``zone``), minutes, message."""
        return estimates.frame(self.actions, self.zone)

    def durations(self, kind: str = "best") -> Durations:
        """How long each action takes, by "Stage/Action": distributions in minutes, for ``study(durations=…)``.

        ``kind``: lognormal, gamma, exponential, empirical, or "best" (see ``fit``). Runs that ended by themselves
        count; those in progress or abandoned do not, and approvals are no work: see ``approval``.
        """
        return estimates.durations(self.actions, kind)

    def approval(self, hours: Hours | str = "always", kind: str = "best") -> Distribution | None:
        """How many minutes of those ``hours`` it took until an approval was answered; None where none was."""
        return estimates.approval(self.actions, self.zone, hours, kind)

    def failures(self) -> Failures:
        """The share of changes that failed in each action, by "Stage/Action", for ``study(failures=…)``.

        What succeeded when it was tried again was flaky and does not count; ``failures().flaky`` has it.
        """
        return estimates.failures(self.actions)

    def arrivals(self) -> Arrivals:
        """When executions began: commits in the hours of the week that hold nearly all of them, or else Poisson."""
        return estimates.arrivals(self.executions, self.zone)

    def settings(self, hours: Hours | str = OFFICE, retries: int = 1) -> dict[str, Any]:
        """All of it as the keywords of a study: ``study(**past.settings(), weeks=8)``. ``hours`` are those of people,
        who retry what failed ``retries`` times."""
        policy: dict[str, Any] = {"hours": hours, "flaky": self.failures().flaky, "retries": retries}
        answered = self.approval(hours)
        if answered is not None:
            policy["approval"] = answered
        return {
            "pipeline": self.pipeline,
            "arrivals": self.arrivals(),
            "durations": self.durations(),
            "failures": self.failures(),
            "policy": policy,
        }

    def summary(self) -> pd.DataFrame:
        """What was counted, and what was left out and why: one row each, with ``count`` and ``note``."""
        return counted.summary(self.actions, self.executions, self.wrong, self.remarks)

    def retell(self, pipeline: Pipeline | None = None, slack: float = SLACK) -> Replay:
        """The past played by the engine: ``run`` to walk through, and ``notes`` on what could not be followed.

        ``slack`` is how many seconds may pass of themselves between the end of an action and the beginning of the next;
        longer waits have a reason, which is inferred.
        """
        if not slack >= 0:
            raise ValueError(f"slack has to be a number of seconds from 0 on, not {slack!r}")
        told = replay(pipeline or self.pipeline, self.actions, self.executions, slack)
        told.notes += counted.differences(told, self.executions)
        return told

    def replay(self, pipeline: Pipeline | None = None, slack: float = SLACK) -> Run:
        """The past as a run, for ``Console(run)``. A warning says how much could not be followed, if anything."""
        told = self.retell(pipeline, slack)
        if told.notes:
            warnings.warn(
                f"{len(told.notes)} things could not be followed; retell().notes has all. First: {told.notes[0]}",
                stacklevel=2,
            )
        return told.run

    def __repr__(self) -> str:
        return (
            f"<The past of {self.pipeline.name}: {len(self.executions)} executions, "
            f"{len(self.actions)} runs of actions>"
        )

    def _repr_html_(self) -> str:
        table: str = self.summary().to_html()
        return f"<p>{html.escape(str(self.pipeline))}</p>{table}"


def _complaint(wrong: list[str]) -> str:
    shown = "\n".join(f"- {one}" for one in wrong[:8])
    more = f"\n- and {len(wrong) - 8} more" if len(wrong) > 8 else ""
    return (
        f"The history is incomplete in {len(wrong)} places:\n{shown}{more}\n"
        f"Export it again ({export(COMMANDS[ACTIONS])}), or leave such entries out: history(…, leave_out=True)."
    )


def _once(rows: Iterable[ActionEntry]) -> tuple[list[ActionEntry], int]:
    """Each run once, in the order of time; of two tellings of the same run the later one."""
    newest: dict[tuple[object, ...], ActionEntry] = {}
    count = 0
    for row in rows:
        count += 1
        key = (row.execution, row.id or (row.stage, row.action, row.started))
        known = newest.get(key)
        if known is None or (row.ended is not None and (known.ended is None or row.ended > known.ended)):
            newest[key] = row
    kept = sorted(newest.values(), key=lambda row: (row.started, -row.number))
    return kept, count - len(kept)


def _heads(told: Iterable[ExecutionEntry], rows: Iterable[ActionEntry]) -> list[ExecutionEntry]:
    """All executions, in the order of time: those that were listed, and those known from their actions alone."""
    found: dict[str, ExecutionEntry] = {}
    for one in told:
        if one.id not in found or one.updated > found[one.id].updated:
            found[one.id] = one
    for row in rows:
        end = row.started if row.ended is None else row.ended
        known = found.get(row.execution)
        if known is None:
            found[row.execution] = ExecutionEntry(0, row.execution, "", row.started, end)
        elif not known.number and end > known.updated:
            found[row.execution] = ExecutionEntry(0, row.execution, "", known.started, end)
    return sorted(found.values(), key=lambda one: (one.started, -one.number))


def _remarks(
    reader: Reader,
    twice: int,
    more: bool,
    listed: bool,
    rows: list[ActionEntry],
    heads: list[ExecutionEntry],
) -> list[str]:
    found = []
    if twice:
        found.append(f"{twice} entries told a run that another one tells, too")
    if more:
        found.append("the last page announces another one (nextToken): the oldest entries are missing")
    if not listed:
        found.append("without list-pipeline-executions, nobody knows who was superseded or stopped")
    elif unlisted := {row.execution for row in rows} - {head.id for head in heads}:
        found.append(f"{len(unlisted)} executions have actions but are not in the list of executions")
    if reader.unzoned:
        found.append(f"{reader.unzoned} times had no time zone and were taken for UTC")
    if len(versions := {row.version for row in rows if row.version}) > 1:
        found.append(f"the pipeline was edited meanwhile: versions {min(versions)} to {max(versions)}")
    return found
