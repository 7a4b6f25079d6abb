"""The deployed revision of a stage: the execution that last succeeded in it, its revisions, and its artifacts."""

from __future__ import annotations

from typing import NamedTuple

from cp_teach.engine.history.records import Artifact
from cp_teach.engine.model.commands import Revision


class DeployedRevision(NamedTuple):
    """The execution that last succeeded in a stage, its revisions, and the artifacts that its actions used."""

    stage: str
    execution: int
    revisions: tuple[Revision, ...]
    artifacts: tuple[Artifact, ...]

    def __str__(self) -> str:
        revisions = ", ".join(f"{each.action} {each.id[:7]} “{each.message}”" for each in self.revisions)
        return f"{self.stage} has execution {self.execution}: {revisions or 'no known revision'}."
