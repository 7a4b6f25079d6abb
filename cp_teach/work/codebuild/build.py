"""A CodeBuild build: its phases, their results, and the reasons for failures."""

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
"""All phases in order. A build lists only those that it enters."""

SUCCEEDED, FAILED, FAULT = "SUCCEEDED", "FAILED", "FAULT"
TIMED_OUT, STOPPED, IN_PROGRESS = "TIMED_OUT", "STOPPED", "IN_PROGRESS"


class Context(NamedTuple):
    """The reason why a phase did not succeed: a code of CodeBuild and a sentence."""

    code: str
    message: str


@dataclass
class BuildPhase:
    """One phase of a build."""

    name: str
    start: float
    """Its start, in seconds since 1970."""
    status: str = IN_PROGRESS
    seconds: float = 0.0
    contexts: list[Context] = field(default_factory=list)


@dataclass
class Build:
    """One build of a project. It grows while the build runs, so it can be observed."""

    project: str
    number: int
    id: str = ""
    """``<project>:<uuid>``"""
    status: str = IN_PROGRESS
    phases: list[BuildPhase] = field(default_factory=list)
    exported: dict[str, str] = field(default_factory=dict)
    """The values of the exported variables after the last phase with commands."""
    on_change: Callable[[Build], None] = field(default=lambda build: None, repr=False, compare=False)
    """Called when a phase begins or ends, and when the build ends."""

    def __post_init__(self) -> None:
        self.id = self.id or f"{self.project}:{uuid.uuid4()}"

    @property
    def reason(self) -> BuildPhase | None:
        """The first phase that failed, if any."""
        return next((phase for phase in self.phases if phase.status not in (SUCCEEDED, IN_PROGRESS)), None)

    @property
    def message(self) -> str:
        """The message that CodePipeline shows for a failed build; "" for a successful one."""
        if self.reason is None:
            return ""
        code, text = self.reason.contexts[0] if self.reason.contexts else Context("", "")
        return f"Build terminated with state: {self.status}. Phase: {self.reason.name}, Code: {code}, Message: {text}"

    def begin(self, name: str) -> BuildPhase:
        """Begin a phase."""
        phase = BuildPhase(name, time.time())
        self.phases.append(phase)
        self.on_change(self)
        return phase

    def end(self, phase: BuildPhase, status: str, context: Context | None = None) -> None:
        """End a phase."""
        phase.seconds = max(0.0, time.time() - phase.start)
        phase.status = status
        if context:
            phase.contexts.append(context)
        self.on_change(self)

    def finish(self, status: str) -> None:
        """End the build with this status."""
        self.status = status
        self.on_change(self)
