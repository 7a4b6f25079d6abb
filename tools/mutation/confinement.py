"""Where mutants run: a place of their own, because a fault can turn any call into another one.

A mutant of ``os.kill(pid)`` can signal every process of the user, one of ``rmtree(folder)`` can remove the home folder,
one of a check of addresses can let a request out. So every test of a mutant runs with a file system that is read-only
but for a new /tmp, with no network but loopback, and among no processes but its own.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

NEEDED = {"bwrap": "bubblewrap", "unshare": "util-linux"}
"""The commands, and the Debian packages that bring them."""


class NoConfinement(Exception):
    """This machine cannot confine the mutants; the message says what is missing."""


def check() -> None:
    """Raises ``NoConfinement`` where a command is missing."""
    missing = [package for command, package in NEEDED.items() if shutil.which(command) is None]
    if missing:
        raise NoConfinement(
            "mutants run confined, because a fault can make any test remove files or signal processes. That takes "
            f"Linux and {' and '.join(missing)}: sudo apt-get install {' '.join(missing)}"
        )


def confined(
    argv: Sequence[str], *, writable: Path, readable: Sequence[Path], environment: Mapping[str, str]
) -> list[str]:
    """The command that runs ``argv`` confined: it can write to ``writable`` and to a /tmp that ends with it.

    ``readable`` names folders that have to be there although they lie in /tmp.
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
    # bubblewrap's own /proc covers parts of it, and then no jail can be made inside: unshare mounts a whole one.
    return [*command, "--", "unshare", "--pid", "--fork", "--mount-proc", "--kill-child", "--", *argv]


def interpreter_folders() -> list[Path]:
    """Where Python and its libraries are."""
    return [Path(sys.prefix), Path(sys.base_prefix)]
