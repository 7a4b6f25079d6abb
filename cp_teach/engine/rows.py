"""The rows of a history: one for each execution, for each run of an action, and for each artifact."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import NamedTuple

from cp_teach.engine.command import Revision
from cp_teach.engine.plan import Inject
from cp_teach.engine.state import IN_PROGRESS

WAITING = "Waiting"
"""Our word for an inbound execution at the door of a stage; AWS has a list (inboundExecutions) but no
status."""


class Artifact(NamedTuple):
    """The files that one run of an action made.

    ``position`` is the journal position of the ActionStarted that made it, which names it for good;
    ``sources`` are the revisions it was made from.
    """

    name: str
    execution: int
    stage: str
    action: str
    position: int
    fork: int
    sources: tuple[Revision, ...]

    def key(self, run: str, pipeline: str) -> str:
        """Its S3 object key, laid out as AWS does: pipeline cut to 20 characters, artifact cut to 10, 7 more.

        Derived from (run, fork, position), never drawn: the same run gives the same key. (User guide:
        troubleshooting, on the truncation; section "Artifact store".)
        """
        return f"{pipeline[:20]}/{self.name[:10]}/{derived(run, self.fork, self.position, self.name, 7)}.zip"


def derived(run: str, fork: int, position: int, what: str, length: int) -> str:
    """Letters and digits that look random and are always the same for the same thing."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
    digest = hashlib.blake2b(f"{run}/{fork}/{position}/{what}".encode(), digest_size=length).digest()
    return "".join(alphabet[byte % len(alphabet)] for byte in digest)


@dataclass(slots=True)
class ExecutionRow:
    """One pipeline execution as its history shows it (AWS: list-pipeline-executions)."""

    number: int
    started: float
    trigger: str
    revisions: tuple[Revision, ...]
    status: str = IN_PROGRESS
    stage: str = ""
    ended: float | None = None
    superseded_by: int | None = None
    stop_reason: str = ""
    visits: dict[str, str] = field(default_factory=dict)
    """Stage name -> status of this execution there, or "Waiting" at its door."""

    @property
    def message(self) -> str:
        """The first commit message that its revisions carry."""
        return next((r.message for r in self.revisions if r.message), "")


@dataclass(slots=True)
class ActionRow:
    """One run of one action (AWS: list-action-executions); retries make rows of their own."""

    execution: int
    stage: str
    action: str
    attempt: int
    position: int
    fork: int
    started: float
    inputs: tuple[Artifact, ...]
    plans: tuple[Inject, ...] = ()
    """The failure plans that were in force for this very run, oldest first."""
    status: str = IN_PROGRESS
    ended: float | None = None
    failure: str = ""
    message: str = ""
    external_id: str = ""
    outputs: tuple[Artifact, ...] = ()
