"""A deployment: its lifecycle events, and the status of each on every instance.

Source: CodeDeploy user guide, reference-appspec-file-structure-hooks; the names are those of CodeDeploy's API
(DeploymentInfo, InstanceTarget, LifecycleEvent, Diagnostics).
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import RLock
from typing import Any, Literal

BLOCK = ("BeforeBlockTraffic", "BlockTraffic", "AfterBlockTraffic")
"""The events in which an instance is removed from the load balancer."""

INSTALL = (
    "ApplicationStop",
    "DownloadBundle",
    "BeforeInstall",
    "Install",
    "AfterInstall",
    "ApplicationStart",
    "ValidateService",
)
"""The events in which the new revision replaces the old one."""

ALLOW = ("BeforeAllowTraffic", "AllowTraffic", "AfterAllowTraffic")
"""The events in which an instance is added to the load balancer."""

RESERVED = frozenset({"Start", "DownloadBundle", "Install", "BlockTraffic", "AllowTraffic", "End"})
"""Events of the agent or the service itself, which run no scripts."""

SCRIPTABLE = tuple(event for event in (*BLOCK, *INSTALL, *ALLOW) if event not in RESERVED)
"""The events that run scripts, in their order in place."""

PREVIOUS = frozenset({"ApplicationStop", "BeforeBlockTraffic", "AfterBlockTraffic"})
"""Events that run the scripts of the last successful revision, because only that revision knows how to stop itself. On
an instance without one, nothing runs."""

EVENT_SECONDS = 3600
"""The maximum time of all scripts of one event together in seconds; also the default timeout of a script."""


Status = Literal["Created", "Queued", "InProgress", "Succeeded", "Failed", "Stopped"]
TargetStatus = Literal["Pending", "InProgress", "Succeeded", "Failed", "Skipped", "Unknown"]
Code = Literal[
    "Success", "ScriptMissing", "ScriptNotExecutable", "ScriptTimedOut", "ScriptFailed", "UnknownError", ""
]
Creator = Literal["user", "codeDeployRollback"]
Error = Literal[
    "",
    "HEALTH_CONSTRAINTS",
    "HEALTH_CONSTRAINTS_INVALID",
    "NO_INSTANCES",
    "REVISION_MISSING",
    "HOOK_EXECUTION_FAILURE",
    "MANUAL_STOP",
]

LOG_TAIL = 2048
"""The number of characters at the end of an event's output that are kept, as by the agent."""


def deployment_id(seed: str) -> str:
    """``d-`` and nine capital letters or digits, the same for the same seed.

    >>> deployment_id("the first one")
    'd-V6DZUF3BN'
    """
    digest = hashlib.blake2b(seed.encode(), digest_size=10).digest()
    return "d-" + base64.b32encode(digest).decode()[:9]


@dataclass
class Event:
    """A lifecycle event on one instance."""

    name: str
    status: TargetStatus = "Pending"
    code: Code = ""
    """ "Success", or the error code."""
    script: str = ""
    """The failed script."""
    message: str = ""
    log: str = ""
    """The end of its scripts' output."""

    def add_line(self, line: str) -> None:
        """Append a line to the log, and remove the beginning of a log that is too long."""
        self.log = f"{self.log}{line}\n"[-LOG_TAIL:]

    def view(self) -> dict[str, Any]:
        """The event in plain JSON: name, status, errorCode, scriptName, message, logTail."""
        return {
            "name": self.name,
            "status": self.status,
            "errorCode": self.code,
            "scriptName": self.script,
            "message": self.message,
            "logTail": self.log,
        }


@dataclass
class Target:
    """An instance in a deployment. ``label`` is Blue for an original, Green for a replacement, and "" in place."""

    instance: str
    events: list[Event]
    label: Literal["", "Blue", "Green"] = ""
    status: TargetStatus = "Pending"

    @property
    def failure(self) -> Event | None:
        """The failed event, if any."""
        return next((event for event in self.events if event.status == "Failed"), None)

    def view(self) -> dict[str, Any]:
        """The target in plain JSON: instance, label, status, events."""
        events = [event.view() for event in self.events]
        return {"instance": self.instance, "label": self.label, "status": self.status, "events": events}


@dataclass
class Deployment:
    """A deployment of a revision to the instances of a deployment group.

    ``on_change`` is called after every change of a status, from any thread, one call at a time.
    """

    id: str
    application: str
    group: str
    revision: str
    configuration: str
    style: str
    creator: Creator = "user"
    status: Status = "Created"
    error: Error = ""
    message: str = ""
    targets: dict[str, Target] = field(default_factory=dict)
    serving: tuple[str, ...] = ()
    """The instances that had the users' traffic at the last update."""
    healthy: set[str] = field(default_factory=set)
    """The instances on which the newest deployment of the group has succeeded so far."""
    rolls_back: str = ""
    """The ID of the failed deployment that this one rolls back."""
    rollback: Deployment | None = None
    """The deployment that rolled this one back."""
    notes: list[str] = field(default_factory=list)
    """Messages that change no status."""
    on_change: Callable[[Deployment], None] = field(default=lambda deployment: None, repr=False)
    lock: RLock = field(default_factory=RLock, repr=False, compare=False)

    @property
    def ended(self) -> bool:
        """Whether the deployment has ended."""
        return self.status in ("Succeeded", "Failed", "Stopped")

    @property
    def failures(self) -> list[tuple[str, Event]]:
        """The failed instances, each with its failed event."""
        return [(name, target.failure) for name, target in self.targets.items() if target.failure is not None]

    def notify(self) -> None:
        """Call the listener. An exception of the listener is noted, and the deployment continues."""
        with self.lock:
            try:
                self.on_change(self)
            except Exception as error:
                note = f"A listener failed: {type(error).__name__}: {error}"
                if note not in self.notes:
                    self.notes.append(note)

    def view(self) -> dict[str, Any]:
        """The deployment in plain JSON.

        - ``deploymentId``, ``applicationName``, ``deploymentGroupName``, ``revision``,
          ``deploymentConfigName``, ``style`` ("in-place" or "blue/green"), ``creator``, ``status``;
        - ``errorCode`` and ``message``: "" without an error;
        - ``overview``: the number of instances with each status;
        - ``serving``: the instances that have the users' traffic;
        - ``healthy``: the instances on which the newest deployment succeeded; not those being deployed to;
        - ``instances``: each with ``instance``, ``label`` ("", "Blue", "Green"), ``status`` and ``events``,
          each of those with ``name``, ``status``, ``errorCode``, ``scriptName``, ``message``, ``logTail``;
        - ``rollsBack`` and ``rollbackDeploymentId``: IDs, or "";
        - ``notes``: sentences.
        """
        with self.lock:
            statuses = [target.status for target in self.targets.values()]
            return {
                "deploymentId": self.id,
                "applicationName": self.application,
                "deploymentGroupName": self.group,
                "revision": self.revision,
                "deploymentConfigName": self.configuration,
                "style": self.style,
                "creator": self.creator,
                "status": self.status,
                "errorCode": self.error,
                "message": self.message,
                "overview": {status: statuses.count(status) for status in dict.fromkeys(statuses)},
                "serving": list(self.serving),
                "healthy": [name for name in self.targets if name in self.healthy],
                "instances": [target.view() for target in self.targets.values()],
                "rollsBack": self.rolls_back,
                "rollbackDeploymentId": self.rollback.id if self.rollback else "",
                "notes": list(self.notes),
            }
