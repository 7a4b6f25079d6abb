"""Progress notes: JSON that running work writes to the journal, keyed by the run of an action that it describes."""

from __future__ import annotations

import json
from typing import Any

from cp_teach.engine.history.journal import Journal
from cp_teach.engine.history.records import ActionRow

FLEET = "fleet"
"""A list of the deployments of an action, oldest first, each as ``Deployment.view`` of CodeDeploy returns it."""
BUILD = "build"
"""``id``, ``status``, and ``phases``, each with ``name``, ``status``, and ``seconds``: values of CodeBuild."""
LOG = "log"
"""``[count, lines]``: the newest lines written during one entry, and how many lines there had been by then."""


def note_name(kind: str, row: ActionRow) -> str:
    """The name of the notes of that kind (``FLEET``, ``BUILD``, ``LOG``) for this run of an action."""
    return f"{kind}:{row.position}:{row.stage}/{row.action}"


def read_notes(journal: Journal, row: ActionRow, what: str) -> list[Any]:
    """The notes of that kind up to the present position of the journal, one value for each entry, oldest first.

    At a position of the past, notes that were added to its last entry afterwards are left out.
    """
    name = note_name(what, row)
    if name not in journal.note_names:
        return []
    values = []
    last = journal.position if journal.position == journal.total else journal.position - 1
    for index in range(row.position, last):
        if row.ended is not None and journal[index].at > row.ended:
            break
        if value := journal.notes(index).get(name):
            values.append(json.loads(value))
    return values
