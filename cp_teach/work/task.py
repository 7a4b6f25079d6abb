"""The task of a provider, which is one execution of an action, and its result."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from cp_teach.pipeline import Action
from cp_teach.security.network.endpoints import REGION


class ArtifactLocation(NamedTuple):
    """Where an input artifact is stored, and from which revisions it was made."""

    bucket: str
    """The artifact bucket of the pipeline; "" if it declares none."""
    key: str
    revisions: Mapping[str, str] = {}
    """Source action -> revision."""

    @property
    def arn(self) -> str:
        """The ARN of the object."""
        return f"arn:aws:s3:::{self.bucket}/{self.key}"


@dataclass(frozen=True)
class Task:
    """One execution of an action, ready to be carried out."""

    pipeline: str
    execution: int
    execution_id: str
    stage: str
    action: str
    attempt: int
    id: str
    """The actionExecutionId: a UUID that is unique for this execution of the action."""
    configuration: Mapping[str, str]
    """The action's configuration with all variables resolved."""
    inputs: Mapping[str, Path]
    """Artifact name -> its zip file, for reading only, in the order of the action's declaration."""
    outputs: tuple[str, ...]
    """The names of the artifacts to make."""
    revisions: Mapping[str, str]
    """Source action -> the revision in this execution."""
    folder: Path
    """An empty folder that belongs to this task. The provider writes only here."""
    log: Callable[[str], None] = lambda line: None
    """Called with each line of output, from any thread."""
    report_progress: Callable[[str, object], None] = lambda what, fact: None
    """Called with the current state for observers: "fleet" or "build", and plain JSON
    (``cp_teach.engine.history.progress_notes``)."""
    definition: Action | None = None
    """The action as the pipeline declares it, with all variables resolved: its commands, and the files of its
    outputs."""
    locations: Mapping[str, ArtifactLocation] = field(default_factory=dict)
    """Input artifact -> where it is stored."""
    region: str = REGION
    """The Region of the action."""
    needed_files: Mapping[str, Mapping[str, bytes]] = field(default_factory=dict)
    """Output artifact -> the files that later actions read from it, with contents that a simulation gives them."""
    stop: threading.Event = field(default_factory=threading.Event)
    """Set when the result is no longer needed: the provider must end soon and leave no process."""

    @property
    def tell(self) -> Callable[[str, object], None]:
        """The former name of ``report_progress``; providers of learners may call it."""
        return self.report_progress


class Done(NamedTuple):
    """The result of a task. ``failure`` is "" for success, or one of AWS's failure types: JobFailed,
    ConfigurationError, PermissionError, RevisionOutOfSync, RevisionUnavailable, SystemUnavailable."""

    failure: str = ""
    message: str = ""
    """A sentence that a learner can act on."""
    outputs: Mapping[str, Path] = {}
    """Artifact name -> its zip file."""
    variables: Mapping[str, str] = {}
    """Output variables by AWS's names for this provider."""
    external_id: str = ""
    """The provider's own ID of this work, such as a build ID or a deployment ID."""
    already_reported: bool = False
    """True if the run already has the result, because the work itself reported it through AWS's API."""


Perform = Callable[[Task], Done]
"""A provider. For invalid input it returns a ``Done`` with a failure; it does not raise an exception."""


def missing_key(task: Task, *keys: str) -> Done | None:
    """A failure that names the first of these keys that the configuration lacks; None if it has all of them."""
    missing = next((key for key in keys if not task.configuration.get(key)), None)
    if missing is None:
        return None
    return Done("ConfigurationError", f"The configuration of {task.action} has no {missing}. Add it.")


def not_found(task: Task, kind: str, name: str, existing: Mapping[str, object]) -> Done:
    """A failure that names the missing resource and the existing ones."""
    names = f"It has: {', '.join(sorted(existing))}" if existing else "It has none"
    return Done("ConfigurationError", f"{task.action}: this machine has no {kind} {name}. {names}.")
