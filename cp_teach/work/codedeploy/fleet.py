"""Instances to deploy to: each is a folder on disk, whose root ``/`` is that folder.

>>> import tempfile
>>> with tempfile.TemporaryDirectory() as folder:
...     fleet = Fleet(Path(folder), 2)
...     (list(fleet.instances), fleet["i-1"].path("/var/www").relative_to(folder).as_posix())
(['i-1', 'i-2'], 'i-1/root/var/www')

The agent's bundles and instructions are on the instance, under /opt/codedeploy-agent, as on a real one. Health and
tags stand beside its root, where no script of a deployment can rewrite them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path, PurePosixPath
from threading import RLock

from cp_teach.atomic_write import write_atomically
from cp_teach.work.sandbox.folder_trees import remove

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}")
AGENT = "/opt/codedeploy-agent/deployment-root"
"""Where the agent keeps bundles and its instructions, as on a real instance."""


class Outside(ValueError):
    """A path that leads out of an instance."""


@dataclass
class Seen:
    """How one deployment group sees an instance: whether its last deployment there succeeded, and with what."""

    healthy: bool = False
    revision: str = ""
    """The revision that was installed last with success, or "" for none."""


@dataclass
class Instance:
    """One instance. ``root`` is the folder that stands for its ``/``; ``running`` is False when switched off."""

    name: str
    folder: Path
    tags: dict[str, str] = field(default_factory=dict)
    running: bool = True
    groups: dict[str, Seen] = field(default_factory=dict)
    """Deployment group id -> how it sees this instance."""

    @property
    def root(self) -> Path:
        """The folder that stands for ``/``."""
        return self.folder / "root"

    def seen(self, group: str) -> Seen:
        """How a deployment group sees this instance; one that it never deployed to is unhealthy."""
        return self.groups.setdefault(group, Seen())

    def path(self, inside: str) -> Path:
        """Where an absolute path of the instance is on this disk. Raises ``Outside`` if it leads out of it, by
        ``..`` or by a link on the way. The last part may itself be a link: it is not followed."""
        parts = [part for part in PurePosixPath(inside).parts if part != "/"]
        if not inside.startswith("/") or ".." in parts or "\0" in inside:
            raise Outside(f"{inside!r} is no absolute path on {self.name} without .. in it.")
        found = self.root.joinpath(*parts)
        if parts and not found.parent.resolve().is_relative_to(self.root.resolve()):
            raise Outside(
                f"{inside} leads out of {self.name}, through a link on the way. Take the link away."
            )
        return found

    def inside(self, path: Path) -> str:
        """The other way round: what a path on this disk is called on the instance."""
        return "/" + path.relative_to(self.root).as_posix()

    def save(self) -> None:
        """Write down tags, health and revisions, so that they outlive this program."""
        groups = {group: asdict(standing) for group, standing in self.groups.items()}
        write(self.folder / "instance.json", {"tags": self.tags, "running": self.running, "groups": groups})

    def load(self) -> None:
        """Read what ``save`` wrote."""
        found = json.loads((self.folder / "instance.json").read_text("utf-8"))
        self.tags, self.running = found["tags"], found["running"]
        self.groups = {group: Seen(**standing) for group, standing in found["groups"].items()}


class Fleet:
    """Instances below one folder. ``instances`` is how many (i-1, i-2, …) or their names.

    A folder that has a fleet already is taken up as it was left; then ``instances`` may be left out, and must not
    contradict. ``serving`` names the instances that get the users' traffic.
    """

    def __init__(self, folder: Path, instances: int | Sequence[str] | None = None) -> None:
        self.folder = folder.resolve()
        self.lock = RLock()
        self.instances: dict[str, Instance] = {}
        self.serving: tuple[str, ...] = ()
        wanted = _names(instances)
        if (self.folder / "fleet.json").exists():
            self._load(wanted)
        elif not wanted:
            raise ValueError("A fleet needs instances: how many, or their names.")
        else:
            self.folder.mkdir(parents=True, exist_ok=True)
            self.add(wanted)
            self.serve(wanted)

    def _load(self, wanted: Sequence[str]) -> None:
        found = json.loads((self.folder / "fleet.json").read_text("utf-8"))
        if missing := [name for name in wanted if name not in found["instances"]]:
            have = ", ".join(found["instances"])
            raise ValueError(
                f"The fleet in {self.folder.name} has no instance {missing[0]}; it has {have}. "
                "Add it with add(), or take another folder."
            )
        for name in found["instances"]:
            self.instances[name] = Instance(name, self.folder / name)
            self.instances[name].load()
        self.serving = tuple(found["serving"])

    def add(self, names: Iterable[str], tags: Mapping[str, str] | None = None) -> list[Instance]:
        """New instances, empty and without traffic."""
        made = []
        with self.lock:
            for name in names:
                if not NAME.fullmatch(name) or name in self.instances or name == "groups":
                    why = "exists already" if name in self.instances else "cannot be the name of an instance"
                    raise ValueError(f"{name!r} {why}. Use letters, digits, hyphens, and each name once.")
                instance = Instance(name, self.folder / name, dict(tags or {}))
                if instance.folder.exists():  # left half-made, or half-removed, when the program was ended
                    remove(instance.folder)
                instance.root.mkdir(parents=True)
                instance.save()
                self.instances[name] = instance
                made.append(instance)
            self._save()
        return made

    def terminate(self, names: Iterable[str]) -> None:
        """Remove instances and all that is on them."""
        with self.lock:
            for name in list(names):
                instance = self[name]
                del self.instances[name]
                self.serving = tuple(each for each in self.serving if each != name)
                self._save()
                remove(instance.folder)

    def serve(self, names: Iterable[str]) -> None:
        """Give the users' traffic to these instances and to no others."""
        with self.lock:
            wanted = set(names)
            self.serving = tuple(name for name in self.instances if name in wanted)
            self._save()

    def switch(self, name: str, on: bool) -> None:
        """Switch an instance on or off. Deployments to one that is off fail."""
        self[name].running = on
        self[name].save()

    def __getitem__(self, name: str) -> Instance:
        if name not in self.instances:
            raise KeyError(f"There is no instance {name!r}. There are: {', '.join(self.instances)}.")
        return self.instances[name]

    def _save(self) -> None:
        state = {"instances": list(self.instances), "serving": list(self.serving)}
        write(self.folder / "fleet.json", state)

    def __repr__(self) -> str:
        return f"Fleet({', '.join(self.instances)})"


def _names(instances: int | Sequence[str] | None) -> list[str]:
    if isinstance(instances, int):
        if not 0 < instances <= 100:
            raise ValueError(f"{instances} is no number of instances: take 1 to 100.")
        return [f"i-{number}" for number in range(1, instances + 1)]
    return list(instances or ())


def write(path: Path, state: object) -> None:
    """Write JSON in one go: whoever reads it meanwhile, or after a crash, sees the old or the new, never half."""
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(path, json.dumps(state, indent=1))
