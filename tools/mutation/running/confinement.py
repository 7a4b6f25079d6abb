"""Confinement for mutants, because a fault can turn a harmless call into a dangerous one.

A mutant of ``os.kill(pid)`` can signal every process of the user, one of ``rmtree(folder)`` can remove the home
folder, and one of an address check can let a request out. So every test of a mutant runs with a read-only file system
except for a new /tmp, with no network but loopback, and without access to other processes.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

NEEDED = {"bwrap": "bubblewrap", "unshare": "util-linux"}
"""The commands, and the Debian packages that contain them."""


class NoConfinement(Exception):
    """This machine cannot confine the mutants; the message says what is missing."""


def check() -> None:
    """Raise ``NoConfinement`` if a command is missing."""
    missing = [package for command, package in NEEDED.items() if shutil.which(command) is None]
    if missing:
        raise NoConfinement(
            "mutants must run confined, because a fault can make any test remove files or signal processes. This needs "
            f"Linux and {' and '.join(missing)}: sudo apt-get install {' '.join(missing)}"
        )


def confined(
    argv: Sequence[str], *, writable: Path, readable: Sequence[Path], environment: Mapping[str, str]
) -> list[str]:
    """The command that runs ``argv`` confined: it can write only to ``writable`` and to a temporary /tmp.

    ``readable`` lists folders that must be visible even if they are in /tmp.
    """
    command = ["bwrap", "--ro-bind", "/", "/", "--dev-bind", "/dev", "/dev", "--bind", "/proc", "/proc"]
    command += ["--tmpfs", "/tmp", "--dir", "/tmp/home"]
    for folder in readable:
        if folder.resolve().is_relative_to("/tmp"):
            command += ["--ro-bind", str(folder), str(folder)]
    command += ["--bind", str(writable), str(writable)]
    command += ["--unshare-net", "--unshare-ipc", "--die-with-parent"]
    if os.geteuid() != 0:
        command += ["--unshare-user", "--cap-add", "ALL"]
    for name, value in {**environment, "HOME": "/tmp/home", "TMPDIR": "/tmp"}.items():
        command += ["--setenv", name, value]
    # bubblewrap masks parts of its /proc, which prevents a jail inside; unshare mounts a complete one.
    return [*command, "--", "unshare", "--pid", "--fork", "--mount-proc", "--kill-child", "--", *argv]


def interpreter_folders() -> list[Path]:
    """The folders of Python and its libraries."""
    return [Path(sys.prefix), Path(sys.base_prefix)]
