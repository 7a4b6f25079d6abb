"""What an export tells, as facts in the order of time: who began, what began to run, how it ended."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from cp_teach.flow.recorded.export_entry import ActionEntry, ExecutionEntry


@dataclass(frozen=True, eq=False)
class Began:
    """An execution was started."""

    at: float
    execution: ExecutionEntry
    rank = 1


@dataclass(frozen=True, eq=False)
class Halted:
    """An execution was stopped, or cancelled, that no abandoned action tells of."""

    at: float
    execution: ExecutionEntry
    rank = 2


@dataclass(frozen=True, eq=False)
class Ended:
    """An action ended."""

    at: float
    entry: ActionEntry
    rank = 0


@dataclass(frozen=True, eq=False)
class Ran:
    """An action began to run."""

    at: float
    entry: ActionEntry
    rank = 3


Fact = Began | Halted | Ended | Ran


class Record:
    """The export by execution: what is still to come for each of them."""

    def __init__(self, actions: Iterable[ActionEntry], executions: Iterable[ExecutionEntry]) -> None:
        self.executions = {one.id: one for one in executions}
        self.rows: dict[str, list[ActionEntry]] = defaultdict(list)
        for row in sorted(actions, key=lambda row: (row.started, -row.number)):
            self.rows[row.execution].append(row)

    def facts(self) -> Iterator[Fact]:
        """All of them, in the order of time; at the same time what ended comes first, and what began last."""
        found: list[Fact] = []
        for execution in self.executions.values():
            found.append(Began(execution.started, execution))
            rows = self.rows[execution.id]
            found += [Ran(row.started, row) for row in rows]
            found += [Ended(row.ended, row) for row in rows if row.ended is not None]
            last = max([execution.started, *(row.started for row in rows), *_ends(rows)])
            abandoned = any(row.status == "Abandoned" and row.ended == last for row in rows)
            if execution.status in ("Stopped", "Stopping", "Cancelled") and not abandoned:
                found.append(Halted(max(execution.updated, last), execution))
        # The newest entry of an export comes first: of two executions that began together the later one is the newer.
        return iter(
            sorted(
                found,
                key=lambda fact: (
                    fact.at,
                    fact.rank,
                    -fact.execution.number if isinstance(fact, Began | Halted) else -fact.entry.number,
                ),
            )
        )

    def run(self, execution: str, stage: str, action: str, attempt: int) -> ActionEntry | None:
        """The entry of that run of the action; None where the record knows of none."""
        same = [row for row in self.rows[execution] if (row.stage, row.action) == (stage, action)]
        return same[attempt - 1] if attempt <= len(same) else None

    def attempt(self, entry: ActionEntry) -> int:
        """Which run of its action that entry is for its execution, from 1."""
        same = [row for row in self.rows[entry.execution] if row.key == entry.key]
        return 1 + next(at for at, row in enumerate(same) if row is entry)

    def anew(self, row: ActionEntry, slack: float) -> bool:
        """True where a retry that begins with this row runs again what had succeeded: ALL_ACTIONS."""
        rows = self.rows[row.execution]
        together = [one for one in rows if one.stage == row.stage and 0 <= one.started - row.started <= slack]
        return any(
            before.action == one.action and before.status == "Succeeded" and before.started < one.started
            for one in together
            for before in rows
            if before.stage == row.stage and before.started < row.started
        )


def _ends(rows: Sequence[ActionEntry]) -> list[float]:
    return [row.ended for row in rows if row.ended is not None]
