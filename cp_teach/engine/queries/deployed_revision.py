"""The answer to "what exactly is in Beta?"."""

from __future__ import annotations

from typing import NamedTuple

from cp_teach.engine.history.records import Artifact
from cp_teach.engine.model.commands import Revision


class Delivered(NamedTuple):
    """What exactly is in a stage: the execution that last succeeded there, its revisions and what it used."""

    stage: str
    execution: int
    revisions: tuple[Revision, ...]
    artifacts: tuple[Artifact, ...]

    def __str__(self) -> str:
        what = (
            ", ".join(f"{r.action} {r.id[:7]} “{r.message}”" for r in self.revisions) or "no known revision"
        )
        return f"{self.stage} has execution {self.execution}: {what}."
