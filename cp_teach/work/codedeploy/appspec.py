"""The contents of an AppSpec file: files to copy, permissions, and scripts for lifecycle events.

Source: CodeDeploy user guide, reference-appspec-file-structure, for EC2/on-premises. ``appspec_parser`` reads them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Behavior = Literal["DISALLOW", "OVERWRITE", "RETAIN"]
"""What to do with a file at a destination that no deployment put there."""


class BadAppspec(ValueError):
    """An AppSpec file that CodeDeploy cannot use. ``errors`` holds every error with its location."""

    def __init__(self, errors: list[str]) -> None:
        self.errors = tuple(errors)
        super().__init__("The AppSpec file cannot be used:\n" + "\n".join(f"- {error}" for error in errors))


@dataclass(frozen=True)
class File:
    """A file or folder of the revision, and the folder on the instance that it is copied to.

    The contents of a folder are copied, not the folder itself; ``/`` is the whole revision.
    """

    source: str
    destination: str


@dataclass(frozen=True)
class Script:
    """A script of the revision. ``timeout`` is in seconds; ``runas`` is the user who runs it ("": the agent's)."""

    location: str
    timeout: int
    runas: str = ""


@dataclass(frozen=True)
class Permission:
    """The permissions of what was copied to ``object`` or below it. ``mode`` is octal, such as "644"."""

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
    """The contents of an AppSpec file. ``warnings`` name lines that the agent would ignore without a message."""

    files: tuple[File, ...] = ()
    file_exists_behavior: Behavior = "DISALLOW"
    permissions: tuple[Permission, ...] = ()
    hooks: Mapping[str, tuple[Script, ...]] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
