"""A deployment group: the instances of an application, and how to deploy to them."""

from __future__ import annotations

import hashlib
import json
import uuid
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from typing import Literal

from cp_teach.atomic_write import copy_atomically
from cp_teach.work.codedeploy.deployment_configuration import (
    ONE_AT_A_TIME,
    Configuration,
    InstanceState,
    configuration,
)
from cp_teach.work.codedeploy.fleet import Fleet, write_json

Style = Literal["in-place", "blue/green"]


@dataclass
class DeploymentGroup:
    """A deployment group of an application.

    - ``fleet``: its instances. Several groups can share a fleet;
    - ``configuration``: the name of a predefined one, such as CodeDeployDefault.AllAtOnce, or a ``Configuration``;
    - ``rollback``: whether the last successful revision is deployed again after a failure in place;
    - ``style``: "in-place", or "blue/green", which creates new instances and then gives them the traffic;
    - ``load_balancer``: in place, whether an instance has no traffic during its update, as always in blue/green;
    - ``terminate``: whether blue/green removes the original instances at the end; otherwise they stay, without traffic.

    Raises ``ValueError`` for an empty name, or for an unknown style or configuration.
    """

    application: str
    name: str
    fleet: Fleet
    configuration: Configuration | str = ONE_AT_A_TIME
    rollback: bool = True
    style: Style = "in-place"
    load_balancer: bool = False
    terminate: bool = False
    lock: Lock = field(default_factory=Lock, repr=False, compare=False)
    """Held by the only deployment that a group may have at a time (user guide, limits)."""
    running: str = field(default="", repr=False)
    """The ID of that deployment."""

    def __post_init__(self) -> None:
        """Validate the names, the style, and the configuration."""
        if not (self.application and self.name):
            raise ValueError("A deployment group needs the name of an application and its own name.")
        if self.style not in ("in-place", "blue/green"):
            raise ValueError(f"The style {self.style!r} does not exist. Use 'in-place' or 'blue/green'.")
        self.configuration = self.rule

    @property
    def rule(self) -> Configuration:
        """The deployment configuration, which may have been set by name after the creation of the group."""
        if isinstance(self.configuration, str):
            return configuration(self.configuration)
        return self.configuration

    @property
    def id(self) -> str:
        """The group's ID: a UUID that depends only on the two names."""
        return str(uuid.uuid5(uuid.NAMESPACE_URL, f"codedeploy:{self.application}:{self.name}"))

    # -- the last successful revision, which a rollback deploys and which is "current" -----------------------
    @property
    def folder(self) -> Path:
        """The folder of the data that outlive a deployment."""
        return self.fleet.folder / "groups" / self.id

    @property
    def revision(self) -> str:
        """The revision of the last successful deployment, or ""."""
        path = self.folder / "group.json"
        return str(json.loads(path.read_text("utf-8"))["revision"]) if path.exists() else ""

    @property
    def bundle(self) -> Path | None:
        """The zip file of that revision."""
        path = self.folder / f"{self.revision}.zip"
        return path if self.revision and path.exists() else None

    def succeeded(self, revision: str, bundle: Path) -> None:
        """Record the revision of a successful deployment."""
        self.folder.mkdir(parents=True, exist_ok=True)
        target = self.folder / f"{revision}.zip"
        if bundle != target:
            copy_atomically(bundle, target)
        write_json(self.folder / "group.json", {"revision": revision})
        for old in self.folder.glob("*.zip"):
            if old != target:
                old.unlink()

    def instance_states(self, names: tuple[str, ...]) -> list[InstanceState]:
        """The states of these instances for this group before a deployment."""
        states = []
        current = self.revision
        for name in names:
            instance = self.fleet[name]
            health = instance.health(self.id)
            revision: Literal["unknown", "old", "current"] = (
                "unknown" if not health.revision else "current" if health.revision == current else "old"
            )
            states.append(InstanceState(name, health.healthy and instance.running, revision))
        return states


def revision_of(bundle: Path) -> str:
    """The name of a revision: the first twelve digits of its SHA-256 digest. Each new zip file has another."""
    with bundle.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()[:12]
