"""The timeline of an export: starts and ends of executions and actions, sorted by time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from cp_teach.flow.recorded.export_entry import ActionEntry, ExecutionEntry


@dataclass(frozen=True, eq=False)
class ExecutionStart:
    """An execution started."""

    at: float
    execution: ExecutionEntry
    rank = 1


@dataclass(frozen=True, eq=False)
class ExecutionStop:
    """An execution was stopped or canceled, without an abandoned action."""

    at: float
    execution: ExecutionEntry
    rank = 2


@dataclass(frozen=True, eq=False)
class ActionEnd:
    """An action ended."""

    at: float
    entry: ActionEntry
    rank = 0


@dataclass(frozen=True, eq=False)
class ActionStart:
    """An action started."""

    at: float
    entry: ActionEntry
    rank = 3


Fact = ExecutionStart | ExecutionStop | ActionEnd | ActionStart


class Record:
    """An export, by execution."""

    def __init__(self, actions: Iterable[ActionEntry], executions: Iterable[ExecutionEntry]) -> None:
        self.executions = {entry.id: entry for entry in executions}
        self.rows: dict[str, list[ActionEntry]] = defaultdict(list)
        for row in sorted(actions, key=lambda row: (row.started, -row.number)):
            self.rows[row.execution].append(row)

    def facts(self) -> Iterator[Fact]:
        """Return all facts by time; at the same time, ends of actions come first, and starts of actions last."""
        facts: list[Fact] = []
        for execution in self.executions.values():
            facts.append(ExecutionStart(execution.started, execution))
            rows = self.rows[execution.id]
            facts += [ActionStart(row.started, row) for row in rows]
            facts += [ActionEnd(row.ended, row) for row in rows if row.ended is not None]
            last = max([execution.started, *(row.started for row in rows), *_ends(rows)])
            abandoned = any(row.status == "Abandoned" and row.ended == last for row in rows)
            if execution.status in ("Stopped", "Stopping", "Cancelled") and not abandoned:
                facts.append(ExecutionStop(max(execution.updated, last), execution))
        return iter(sorted(facts, key=_order))

    def run(self, execution: str, stage: str, action: str, attempt: int) -> ActionEntry | None:
        """Return the entry of that attempt of the action; None if it is not recorded."""
        runs = [row for row in self.rows[execution] if (row.stage, row.action) == (stage, action)]
        return runs[attempt - 1] if attempt <= len(runs) else None

    def attempt(self, entry: ActionEntry) -> int:
        """Return which attempt of its action in its execution the entry is, from 1."""
        runs = [row for row in self.rows[entry.execution] if row.key == entry.key]
        return 1 + next(index for index, row in enumerate(runs) if row is entry)

    def reruns_succeeded(self, row: ActionEntry, slack: float) -> bool:
        """Return True if the retry that begins with this entry reruns succeeded actions: ALL_ACTIONS."""
        rows = [other for other in self.rows[row.execution] if other.stage == row.stage]
        retried = [other for other in rows if 0 <= other.started - row.started <= slack]
        return any(
            before.action == again.action and before.status == "Succeeded" and before.started < again.started
            for again in retried
            for before in rows
            if before.started < row.started
        )


def _order(fact: Fact) -> tuple[float, int, int]:
    # The newest entry of an export comes first: of two that began together, the later one is newer.
    entry = fact.execution if isinstance(fact, ExecutionStart | ExecutionStop) else fact.entry
    return fact.at, fact.rank, -entry.number


def _ends(rows: Sequence[ActionEntry]) -> list[float]:
    return [row.ended for row in rows if row.ended is not None]
