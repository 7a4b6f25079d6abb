"""What work tells of itself while it goes on: notes on the journal, found again by the run of an action they are about.

``FLEET``, ``BUILD`` and ``LOG`` say what a note holds, always as JSON. They are facts that no rule reads.
"""

from __future__ import annotations

import json
from typing import Any

from cp_teach.engine.history.journal import Journal
from cp_teach.engine.history.records import ActionRow

FLEET = "fleet"
"""The deployments of an action, the oldest first, each as ``Deployment.view`` of the provider CodeDeploy returns it."""
BUILD = "build"
"""``id``, ``status`` and ``phases``: each with ``name``, ``status`` and ``seconds``, in CodeBuild's words."""
LOG = "log"
"""``[count, lines]``: the newest lines that were written during one entry, and how many there had been by then."""


def note_name(what: str, row: ActionRow) -> str:
    """Under which name the journal keeps what this run of an action tells."""
    return f"{what}:{row.position}:{row.stage}/{row.action}"


def told(journal: Journal, row: ActionRow, what: str) -> list[Any]:
    """What a run of an action had told by the present moment of the journal, one value for each entry, the oldest
    first. A moment of the past is the one at which its entry was written: what came later is not told there."""
    name = note_name(what, row)
    if name not in journal.noted:
        return []
    found = []
    last = journal.position if journal.position == journal.total else journal.position - 1
    for index in range(row.position, last):
        if row.ended is not None and journal[index].at > row.ended:
            break
        if value := journal.notes(index).get(name):
            found.append(json.loads(value))
    return found
