"""The timeline of an export: starts and ends of executions and actions, sorted by time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from cp_teach.flow.recorded.export_entry import ActionEntry, ExecutionEntry

ACTION_END, EXECUTION_START, EXECUTION_STOP, ACTION_START = range(4)
"""The kinds of facts, in their order at the same time. An EXECUTION_STOP stops or cancels an execution without an
abandoned action."""


@dataclass(frozen=True, eq=False)
class Fact:
    """The start or the end of an action or of an execution, at an epoch second."""

    at: float
    kind: int
    entry: ActionEntry | ExecutionEntry

    @property
    def execution(self) -> str:
        """The id of the execution."""
        return self.entry.id if isinstance(self.entry, ExecutionEntry) else self.entry.execution


class Record:
    """An export, by execution."""

    def __init__(self, actions: Iterable[ActionEntry], executions: Iterable[ExecutionEntry]) -> None:
        self.executions = {entry.id: entry for entry in executions}
        self.rows: dict[str, list[ActionEntry]] = defaultdict(list)
        for row in sorted(actions, key=lambda row: (row.started, -row.number)):
            self.rows[row.execution].append(row)

    def facts(self) -> list[Fact]:
        """Return all facts by time."""
        facts: list[Fact] = []
        for execution in self.executions.values():
            rows = self.rows[execution.id]
            own = [Fact(execution.started, EXECUTION_START, execution)]
            own += [Fact(row.started, ACTION_START, row) for row in rows]
            own += [Fact(row.ended, ACTION_END, row) for row in rows if row.ended is not None]
            last = max(fact.at for fact in own)
            abandoned = any(row.status == "Abandoned" and row.ended == last for row in rows)
            if execution.status in ("Stopped", "Stopping", "Cancelled") and not abandoned:
                own.append(Fact(max(execution.updated, last), EXECUTION_STOP, execution))
            facts += own
        # The newest entry of an export comes first: of two that began together, the later one is newer.
        return sorted(facts, key=lambda fact: (fact.at, fact.kind, -fact.entry.number))

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
