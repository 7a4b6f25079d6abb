"""The AppSpec file of a revision: which files go where on an instance, and which scripts run when.

>>> spec = parse(b'''
... version: 0.0
... os: linux
... files:
...   - source: index.html
...     destination: /var/www
... hooks:
...   ApplicationStart:
...     - location: scripts/start.sh
...       timeout: 60
... ''')
>>> spec.files
(File(source='index.html', destination='/var/www'),)
>>> spec.hooks["ApplicationStart"][0].timeout
60

Source: CodeDeploy user guide, reference-appspec-file-structure, for EC2/on-premises.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

Behavior = Literal["DISALLOW", "OVERWRITE", "RETAIN"]
"""What to do with a file that is at its destination already, without a deployment having put it there."""

NAMES = ("appspec.yml", "appspec.yaml")
"""By which names the agent looks for the file, at the root of the revision and nowhere else."""


class BadAppspec(ValueError):
    """CodeDeploy could not work with this AppSpec file. ``breaches`` holds every fault with its place."""

    def __init__(self, breaches: list[str]) -> None:
        self.breaches = tuple(breaches)
        super().__init__(
            "The AppSpec file cannot be used:\n" + "\n".join(f"- {breach}" for breach in breaches)
        )


@dataclass(frozen=True)
class File:
    """A file or folder of the revision, and the folder on the instance that it is copied into.

    Of a folder the contents are copied, not the folder itself; ``/`` is the whole revision.
    """

    source: str
    destination: str


@dataclass(frozen=True)
class Script:
    """A script of the revision. ``timeout`` is in seconds; ``runas`` the user who runs it ("" for the agent's)."""

    location: str
    timeout: int
    runas: str = ""


@dataclass(frozen=True)
class Permission:
    """The permissions of what was copied to ``object`` or below it. ``mode`` is octal, as in "644"."""

    object: str
    pattern: str = "**"
    excepted: tuple[str, ...] = ()
    owner: str = ""
    group: str = ""
    mode: str = ""
    acls: tuple[str, ...] = ()
    context: Mapping[str, str] = field(default_factory=dict)
    type: tuple[str, ...] = ("file", "directory")


@dataclass(frozen=True)
class Appspec:
    """What an AppSpec file says. ``warnings`` are lines that the agent would pass over without a word."""

    files: tuple[File, ...] = ()
    file_exists_behavior: Behavior = "DISALLOW"
    permissions: tuple[Permission, ...] = ()
    hooks: Mapping[str, tuple[Script, ...]] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()

    def missing(self, folder: Path) -> list[str]:
        """What it names and the unpacked revision in ``folder`` does not have, a sentence each."""
        said = [
            f"{event} runs {script.location}, which is not in the revision."
            for event, scripts in self.hooks.items()
            for script in scripts
            if not (folder / script.location.lstrip("/")).is_file()
        ]
        return said + [
            f"files copies {file.source}, which is not in the revision."
            for file in self.files
            if not (folder / file.source.lstrip("/")).exists()
        ]


def parse(data: bytes) -> Appspec:
    """An AppSpec file in YAML or JSON. Raises ``BadAppspec`` with every fault, each with its line."""
    from cp_teach.work.codedeploy.appspec_parser import checked

    return checked(data)


def read(folder: Path) -> Appspec:
    """The AppSpec file of the revision that is unpacked in ``folder``. Raises ``BadAppspec``."""
    for name in NAMES:
        path = folder / name
        if path.is_file() and not path.is_symlink():
            return parse(path.read_bytes())
    deeper = sorted(
        path.relative_to(folder).as_posix() for name in NAMES for path in folder.glob(f"*/{name}")
    )
    words = (
        "there is no appspec.yml at the root of the revision. Add one; if a build makes the artifact, "
        "list appspec.yml among the artifacts of its buildspec."
    )
    if deeper:
        words = (
            f"appspec.yml must be at the root of the revision, but it is at {deeper[0]}. "
            "Zip what is in the folder, not the folder itself."
        )
    raise BadAppspec([words])
