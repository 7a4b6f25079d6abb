"""A build, as CodeBuild tells of one: its phases, how each ended, and why."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

PHASES = (
    "SUBMITTED",
    "QUEUED",
    "PROVISIONING",
    "DOWNLOAD_SOURCE",
    "INSTALL",
    "PRE_BUILD",
    "BUILD",
    "POST_BUILD",
    "UPLOAD_ARTIFACTS",
    "FINALIZING",
    "COMPLETED",
)
"""All phases, in their order. One that is passed over does not appear in a build."""

SUCCEEDED, FAILED, FAULT = "SUCCEEDED", "FAILED", "FAULT"
TIMED_OUT, STOPPED, IN_PROGRESS = "TIMED_OUT", "STOPPED", "IN_PROGRESS"


class Context(NamedTuple):
    """Why a phase did not succeed: CodeBuild's code for it, and a sentence."""

    code: str
    message: str


@dataclass
class BuildPhase:
    """One phase of a build."""

    name: str
    start: float
    """When it began, in seconds since 1970."""
    status: str = IN_PROGRESS
    seconds: float = 0.0
    contexts: list[Context] = field(default_factory=list)


@dataclass
class Build:
    """One build of a project. It grows while the build runs, so that it can be watched."""

    project: str
    number: int
    id: str = ""
    """``<project>:<uuid>``"""
    status: str = IN_PROGRESS
    phases: list[BuildPhase] = field(default_factory=list)
    exported: dict[str, str] = field(default_factory=dict)
    """The exported variables, by name, as they were after the last phase that ran commands."""
    changed: Callable[[Build], None] = field(default=lambda build: None, repr=False, compare=False)
    """Told whenever a phase begins or ends, and at the end of it all."""

    def __post_init__(self) -> None:
        self.id = self.id or f"{self.project}:{uuid.uuid4()}"

    @property
    def failing(self) -> bool:
        """Whether a phase has not succeeded so far."""
        return self.reason is not None

    @property
    def reason(self) -> BuildPhase | None:
        """The first phase that did not succeed, if any."""
        return next((phase for phase in self.phases if phase.status not in (SUCCEEDED, IN_PROGRESS)), None)

    @property
    def message(self) -> str:
        """What CodePipeline shows of a build that did not succeed; "" of one that did."""
        if self.reason is None:
            return ""
        code, said = self.reason.contexts[0] if self.reason.contexts else Context("", "")
        return f"Build terminated with state: {self.status}. Phase: {self.reason.name}, Code: {code}, Message: {said}"

    def begin(self, name: str) -> BuildPhase:
        """Enter a phase."""
        phase = BuildPhase(name, time.time())
        self.phases.append(phase)
        self.changed(self)
        return phase

    def end(self, phase: BuildPhase, status: str, context: Context | None = None) -> None:
        """Leave a phase."""
        phase.seconds = max(0.0, time.time() - phase.start)
        phase.status = status
        if context:
            phase.contexts.append(context)
        self.changed(self)

    def over(self, status: str) -> None:
        """Nothing more happens: this is how it ended."""
        self.status = status
        self.changed(self)
