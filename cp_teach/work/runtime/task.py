"""What a provider is given for one run of one action, and what it answers."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple


@dataclass(frozen=True)
class Task:
    """One run of one action, ready to be worked on."""

    pipeline: str
    execution: int
    execution_id: str
    stage: str
    action: str
    attempt: int
    id: str
    """AWS's actionExecutionId: a UUID that no other run of an action has."""
    configuration: Mapping[str, str]
    """With all variables filled in."""
    inputs: Mapping[str, Path]
    """Artifact name -> its zip file, in the order of the action's declaration. Only to be read."""
    outputs: tuple[str, ...]
    """The names of the artifacts that it has to make."""
    revisions: Mapping[str, str]
    """Source action -> the revision that this execution carries."""
    folder: Path
    """An empty folder that is this run's alone. All that it writes goes here."""
    log: Callable[[str], None] = lambda line: None
    """To be told each line of output, from whichever thread."""
    tell: Callable[[str, Any], None] = lambda what, fact: None
    """To be told how it stands, for those who look on: "fleet" or "build", and plain
    JSON (``cp_teach.engine.history.progress_notes``)."""
    stop: threading.Event = field(default_factory=threading.Event)
    """Set when nobody waits for the result any more: end soon, and leave no process behind."""


class Done(NamedTuple):
    """How a run of an action ended. ``failure`` is one of AWS's failure types ("" for a success): JobFailed,
    ConfigurationError, PermissionError, RevisionOutOfSync, RevisionUnavailable, SystemUnavailable."""

    failure: str = ""
    message: str = ""
    """A sentence that a learner can act on."""
    outputs: Mapping[str, Path] = {}
    """Artifact name -> the zip file that was made."""
    variables: Mapping[str, str] = {}
    """Output variables, by AWS's names for this provider."""
    external_id: str = ""
    """The provider's own id of this work: a build id, a deployment id."""
    told: bool = False
    """True if the run has heard of the end already, because the work itself has answered through AWS's API."""


Perform = Callable[[Task], Done]
"""What a provider does. It never raises for a fault of its input: that is a ``Done`` with a failure."""
