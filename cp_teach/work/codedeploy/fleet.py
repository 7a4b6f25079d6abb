"""A fleet of instances: each instance is a folder on disk that stands for its root directory.

>>> import tempfile
>>> with tempfile.TemporaryDirectory() as folder:
...     fleet = Fleet(Path(folder), 2)
...     (list(fleet.instances), fleet["i-1"].path("/var/www").relative_to(folder).as_posix())
(['i-1', 'i-2'], 'i-1/root/var/www')

The agent's bundles and instructions are on the instance, under /opt/codedeploy-agent, as on a real one. Health and tags
are stored beside its root, where no script of a deployment can change them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path, PurePosixPath
from threading import RLock

from cp_teach.atomic_write import write_atomically
from cp_teach.work.folder_trees import remove

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}")
AGENT = "/opt/codedeploy-agent/deployment-root"
"""The folder of the agent's bundles and instructions, as on a real instance."""


class OutsideInstance(ValueError):
    """A path that leads out of an instance."""


@dataclass
class GroupHealth:
    """The state of an instance for one deployment group: whether the last deployment succeeded, and the revision."""

    healthy: bool = False
    revision: str = ""
    """The revision of the last successful deployment, or ""."""


@dataclass
class Instance:
    """An instance. ``root`` is the folder that stands for its ``/``; ``running`` is False when it is switched off."""

    name: str
    folder: Path
    tags: dict[str, str] = field(default_factory=dict)
    running: bool = True
    groups: dict[str, GroupHealth] = field(default_factory=dict)
    """Deployment group ID -> its state for this group."""

    @property
    def root(self) -> Path:
        """The folder that stands for ``/``."""
        return self.folder / "root"

    def health(self, group: str) -> GroupHealth:
        """The state of this instance for a deployment group; without a deployment it is unhealthy."""
        return self.groups.setdefault(group, GroupHealth())

    def path(self, inside: str) -> Path:
        """The path on this disk of an absolute path of the instance.

        Raises ``OutsideInstance`` if it leads out of the instance through ``..`` or a link. The last part may itself
        be a link, which is not followed.
        """
        parts = [part for part in PurePosixPath(inside).parts if part != "/"]
        if not inside.startswith("/") or ".." in parts or "\0" in inside:
            raise OutsideInstance(f"{inside!r} is not an absolute path on {self.name} without .. as a part.")
        path = self.root.joinpath(*parts)
        if parts and not path.parent.resolve().is_relative_to(self.root.resolve()):
            raise OutsideInstance(f"{inside} leads out of {self.name}, through a link. Remove the link.")
        return path

    def inside(self, path: Path) -> str:
        """The path on the instance of a path on this disk."""
        return "/" + path.relative_to(self.root).as_posix()

    def save(self) -> None:
        """Write tags, health, and revisions to the disk."""
        groups = {group: asdict(health) for group, health in self.groups.items()}
        write_json(
            self.folder / "instance.json", {"tags": self.tags, "running": self.running, "groups": groups}
        )

    def load(self) -> None:
        """Read what ``save`` wrote."""
        data = json.loads((self.folder / "instance.json").read_text("utf-8"))
        self.tags, self.running = data["tags"], data["running"]
        self.groups = {group: GroupHealth(**health) for group, health in data["groups"].items()}


class Fleet:
    """The instances below one folder. ``instances`` is their number (i-1, i-2, …) or their names.

    If the folder already contains a fleet, it is loaded; then ``instances`` is optional and must not contradict it.
    ``serving`` names the instances that receive the users' traffic.
    """

    def __init__(self, folder: Path, instances: int | Sequence[str] | None = None) -> None:
        self.folder = folder.resolve()
        self.lock = RLock()
        self.instances: dict[str, Instance] = {}
        self.serving: tuple[str, ...] = ()
        names = _names(instances)
        if (self.folder / "fleet.json").exists():
            self._load(names)
        elif not names:
            raise ValueError("A fleet needs instances: give their number or their names.")
        else:
            self.folder.mkdir(parents=True, exist_ok=True)
            self.add(names)
            self.serve(names)

    def _load(self, names: Sequence[str]) -> None:
        data = json.loads((self.folder / "fleet.json").read_text("utf-8"))
        if missing := [name for name in names if name not in data["instances"]]:
            have = ", ".join(data["instances"])
            raise ValueError(
                f"The fleet in {self.folder.name} has no instance {missing[0]}; it has {have}. "
                "Add it with add(), or use another folder."
            )
        for name in data["instances"]:
            self.instances[name] = Instance(name, self.folder / name)
            self.instances[name].load()
        self.serving = tuple(data["serving"])

    def add(self, names: Iterable[str], tags: Mapping[str, str] | None = None) -> None:
        """Add empty instances without traffic."""
        with self.lock:
            for name in names:
                if not NAME.fullmatch(name) or name in self.instances or name == "groups":
                    why = "already exists" if name in self.instances else "is not a valid instance name"
                    raise ValueError(
                        f"{name!r} {why}. Use letters, digits, and hyphens, and each name only once."
                    )
                instance = Instance(name, self.folder / name, dict(tags or {}))
                if instance.folder.exists():  # left by an interrupted program
                    remove(instance.folder)
                instance.root.mkdir(parents=True)
                instance.save()
                self.instances[name] = instance
            self._save()

    def terminate(self, names: Iterable[str]) -> None:
        """Remove instances and their contents."""
        with self.lock:
            for name in list(names):
                instance = self[name]
                del self.instances[name]
                self.serving = tuple(other for other in self.serving if other != name)
                self._save()
                remove(instance.folder)

    def serve(self, names: Iterable[str]) -> None:
        """Send the users' traffic to exactly these instances."""
        with self.lock:
            chosen = set(names)
            self.serving = tuple(name for name in self.instances if name in chosen)
            self._save()

    def switch(self, name: str, on: bool) -> None:
        """Switch an instance on or off. Deployments to an instance that is off fail."""
        self[name].running = on
        self[name].save()

    def __getitem__(self, name: str) -> Instance:
        if name not in self.instances:
            raise KeyError(
                f"The instance {name!r} does not exist. The instances: {', '.join(self.instances)}."
            )
        return self.instances[name]

    def _save(self) -> None:
        state = {"instances": list(self.instances), "serving": list(self.serving)}
        write_json(self.folder / "fleet.json", state)

    def __repr__(self) -> str:
        return f"Fleet({', '.join(self.instances)})"


def _names(instances: int | Sequence[str] | None) -> list[str]:
    if isinstance(instances, int):
        if not 0 < instances <= 100:
            raise ValueError(f"The number of instances must be from 1 to 100, not {instances}.")
        return [f"i-{number}" for number in range(1, instances + 1)]
    return list(instances or ())


def write_json(path: Path, state: object) -> None:
    """Write a JSON file atomically."""
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(path, json.dumps(state, indent=1))
