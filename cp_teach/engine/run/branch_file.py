"""Branches in the file of a run: the keys ``branch`` and ``branches``, which a run with one branch does not have.

``entries`` holds every entry of the current branch, so that a reader that knows no branches can read it. ``branches``
holds, for each branch, what is not among them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from cp_teach.engine.history.journal import Entry, Journal
from cp_teach.engine.run.file_values import BadRunFile, expect, read_whole


class SavedBranch(NamedTuple):
    """A branch in a file: where it starts in its parent, and its own entries, each with its name in messages."""

    number: int
    parent: int
    start: int
    entries: list[tuple[str, Any]]

    @property
    def name(self) -> str:
        """The branch in a message."""
        return f"branch {self.number}"


def encode(journal: Journal, written: Callable[[Entry], dict[str, Any]]) -> dict[str, Any]:
    """The branches of the journal as plain JSON data; nothing if there is only one. ``written`` encodes an entry."""
    branches = journal.branches()
    if len(branches) == 1:
        return {}
    current = next(branch.number for branch in branches if branch.current)
    on_path = {id(journal[index]) for index in range(journal.total)}
    saved = []
    for branch in branches:
        own = range(branch.start, branch.total)
        entries, later = journal.branch_path(branch.number)
        saved.append(
            {
                "parent": branch.parent,
                "start": branch.start,
                "steps": branch.steps,
                "entries": [
                    {**written(entries[i]), "notes": {**dict(entries[i].notes), **later.get(i, {})}}
                    for i in own
                    if id(entries[i]) not in on_path
                ],
            }
        )
    return {"branch": current, "branches": saved}


def decode(document: dict[str, Any]) -> Iterator[SavedBranch]:
    """The branches of a document, oldest first. Raises ``BadRunFile``."""
    entries = [
        (f"entry {index + 1}", entry)
        for index, entry in enumerate(expect("entries", document["entries"], list))
    ]
    saved = expect("branches", document.get("branches", []), list)
    current = expect("branch", document.get("branch", 1), int)
    if not saved and current == 1:
        yield SavedBranch(1, 0, 0, entries)
        return
    if not 1 <= current <= len(saved):
        raise BadRunFile(f"branch: there is no branch {current}; the file has {len(saved)}")
    branches = [_branch(number, raw) for number, raw in enumerate(saved, start=1)]
    end = len(entries)  # where the part of the current path that the branch made ends
    number = current
    while number:
        branch = branches[number - 1]
        if branch.start > end:
            raise BadRunFile(f"{branch.name}: it starts at {branch.start}, after the end of its entries")
        branches[number - 1] = branch._replace(entries=entries[branch.start : end] + branch.entries)
        number, end = branch.parent, branch.start
    for branch, raw in zip(branches, saved, strict=True):
        steps = read_whole(f"{branch.name}, steps", raw["steps"])
        if len(branch.entries) != steps:
            raise BadRunFile(f"{branch.name}: it has {len(branch.entries)} entries, not {steps}")
        if branch.parent and not steps:
            raise BadRunFile(f"{branch.name}: it has no entries")
        yield branch


def _branch(number: int, raw: object) -> SavedBranch:
    where = f"branch {number}"
    record = expect(where, raw, dict)
    for key in ("parent", "start", "steps", "entries"):
        if key not in record:
            raise BadRunFile(f"{where}: {key!r} is missing")
    parent, start = (read_whole(f"{where}, {key}", record[key]) for key in ("parent", "start"))
    if (parent == 0) != (number == 1) or parent >= number or (number == 1 and start):
        raise BadRunFile(f"{where}: it cannot start at step {start} of branch {parent}")
    own = expect(f"{where}, entries", record["entries"], list)
    first = start + 1
    return SavedBranch(
        number,
        parent,
        start,
        [(f"{where}, entry {first + index}", entry) for index, entry in enumerate(own)],
    )
