"""The comparison of two branches of a run: which steps differ, and what became of executions and stages."""

from __future__ import annotations

import html
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import NamedTuple

from cp_teach.engine.history.branches import Branch
from cp_teach.engine.history.journal import Entry, Journal
from cp_teach.engine.history.projections import History
from cp_teach.engine.model.failure_plan import Heal, Inject

_ABSENT = "–"


class Difference(NamedTuple):
    """One thing that differs: ``subject`` names it, ``first`` and ``second`` are what each branch has."""

    subject: str
    first: str
    second: str


@dataclass(frozen=True, repr=False)
class BranchComparison:
    """Two branches side by side. ``shared`` is the number of steps that they have in common; the lists hold only what
    differs."""

    first: Branch
    second: Branch
    shared: int
    steps: tuple[Difference, ...]
    executions: tuple[Difference, ...]
    stages: tuple[Difference, ...]

    def __str__(self) -> str:
        lines = [f"{self.first} and {self.second}: the first {self.shared} steps are the same."]
        for rows in (self.executions, self.stages, self.steps):
            lines += [f"{row.subject}: {row.first} | {row.second}" for row in rows]
        if len(lines) == 1:
            lines.append("Nothing differs.")
        return "\n".join(lines)

    def __repr__(self) -> str:
        return str(self)

    def _repr_html_(self) -> str:
        heads = "".join(f"<th>{html.escape(str(each))}</th>" for each in ("", self.first, self.second))
        rows = "".join(
            "<tr>" + "".join(f"<td>{html.escape(text)}</td>" for text in row) + "</tr>"
            for row in (*self.executions, *self.stages, *self.steps)
        )
        return f"<p>The first {self.shared} steps are the same.</p><table><tr>{heads}</tr>{rows}</table>"


def compare(journal: Journal, first: int, second: int) -> BranchComparison:
    """Compare two branches of the journal. Raises ``IndexError`` for an unknown one."""
    branches = journal.branches()
    one, two = (journal.branch_path(number)[0] for number in (first, second))
    shared = 0
    for left, right in zip(one, two, strict=False):
        if left is not right:
            break
        shared += 1
    steps = [
        Difference(f"Step {index}", _sentence(left), _sentence(right))
        for index, (left, right) in enumerate(zip_longest(one[shared:], two[shared:]), start=shared + 1)
        if left is None or right is None or (left.command, left.events) != (right.command, right.events)
    ]
    histories = _history(journal, one), _history(journal, two)
    return BranchComparison(
        branches[first - 1],
        branches[second - 1],
        shared,
        tuple(steps),
        tuple(_differences(*map(_executions, histories))),
        tuple(_differences(*(_stages(journal, entries) for entries in (one, two)))),
    )


def _sentence(entry: Entry | None) -> str:
    if entry is None:
        return _ABSENT
    if isinstance(entry.command, Inject | Heal):
        return str(entry.command)
    return " ".join(map(str, entry.events)) or "Nothing changed."


def _history(journal: Journal, entries: Sequence[Entry]) -> History:
    return History(journal.with_entries(entries)).follow()


def _executions(history: History) -> dict[str, str]:
    return {
        f"Execution {row.number}": f"{row.status} in {row.stage}" if row.stage else row.status
        for row in history.executions.values()
    }


def _stages(journal: Journal, entries: Sequence[Entry]) -> dict[str, str]:
    """What last succeeded in each stage at the end of a branch."""
    state = entries[-1].state if entries else journal.start
    return {
        f"Last succeeded in {stage.name}": f"#{runtime.succeeded}" if runtime.succeeded else _ABSENT
        for stage, runtime in zip(state.pipeline.stages, state.stages, strict=True)
    }


def _differences(first: dict[str, str], second: dict[str, str]) -> list[Difference]:
    both = [Difference(key, first.get(key, _ABSENT), second.get(key, _ABSENT)) for key in first | second]
    return [each for each in both if each.first != each.second]
