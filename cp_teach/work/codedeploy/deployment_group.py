"""A deployment group: an application's instances, and how they are deployed to."""

from __future__ import annotations

import hashlib
import json
import shutil
import uuid
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from typing import Literal

from cp_teach.work.codedeploy.deployment_configuration import (
    ONE_AT_A_TIME,
    Configuration,
    Standing,
    configuration,
)
from cp_teach.work.codedeploy.fleet import Fleet, write

Style = Literal["in-place", "blue/green"]


@dataclass
class Group:
    """A deployment group of an application.

    - ``fleet``: its instances. Groups may share a fleet.
    - ``configuration``: one of AWS's by name, such as CodeDeployDefault.AllAtOnce, or a ``Configuration``.
    - ``rollback``: after a failure in place, the last good revision is deployed again.
    - ``style``: "in-place", or "blue/green": new instances are made and then get the traffic.
    - ``load_balancer``: in place, each instance leaves the traffic while it is updated. Blue/green always has one.
    - ``terminate``: blue/green removes the original instances in the end; otherwise they stay, without traffic.
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
    """Held by the one deployment that a group may have at a time (user guide, limits)."""
    running: str = field(default="", repr=False)
    """The id of that deployment."""

    def __post_init__(self) -> None:
        """What cannot be is told at once."""
        if not (self.application and self.name):
            raise ValueError("A deployment group needs the name of an application and its own.")
        if self.style not in ("in-place", "blue/green"):
            raise ValueError(f"There is no style {self.style!r}. Use 'in-place' or 'blue/green'.")
        self.configuration = self.rule

    @property
    def rule(self) -> Configuration:
        """The deployment configuration. It may have been given anew since, and by name."""
        given = self.configuration
        return configuration(given) if isinstance(given, str) else given

    @property
    def id(self) -> str:
        """The group's id, a UUID: always the same for the same two names."""
        return str(uuid.uuid5(uuid.NAMESPACE_URL, f"codedeploy:{self.application}:{self.name}"))

    # -- the last good revision: a rollback deploys it, and it is what "current" means -----------------------
    @property
    def folder(self) -> Path:
        """Where the group keeps what outlives a deployment."""
        return self.fleet.folder / "groups" / self.id

    @property
    def revision(self) -> str:
        """The revision of the last successful deployment, or ""."""
        path = self.folder / "group.json"
        return str(json.loads(path.read_text("utf-8"))["revision"]) if path.exists() else ""

    @property
    def bundle(self) -> Path | None:
        """The zip of that revision."""
        path = self.folder / f"{self.revision}.zip"
        return path if self.revision and path.exists() else None

    def succeeded(self, revision: str, bundle: Path) -> None:
        """Remember the revision of a successful deployment."""
        self.folder.mkdir(parents=True, exist_ok=True)
        kept = self.folder / f"{revision}.zip"
        if bundle != kept:
            half = self.folder / "half.zip"
            shutil.copyfile(bundle, half)
            half.replace(kept)
        write(self.folder / "group.json", {"revision": revision})
        for old in self.folder.glob("*.zip"):
            if old != kept:
                old.unlink()

    def standing(self, names: tuple[str, ...]) -> list[Standing]:
        """How the group sees these instances before a deployment."""
        found = []
        current = self.revision
        for name in names:
            instance = self.fleet[name]
            seen = instance.seen(self.id)
            rank: Literal["unknown", "old", "current"] = (
                "unknown" if not seen.revision else "current" if seen.revision == current else "old"
            )
            found.append(Standing(name, seen.healthy and instance.running, rank))
        return found


def revision_of(bundle: Path) -> str:
    """A revision's name: the first twelve digits of its SHA-256. The same files packed anew have another."""
    with bundle.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()[:12]
