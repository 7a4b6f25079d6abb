"""Run an untrusted command in bubblewrap with a clean environment, if the machine has bubblewrap."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path

from cp_teach.work.sandbox.jail_files import mounts
from cp_teach.work.sandbox.seccomp import filter_arguments

STANDARD = "/usr/local/bin:/usr/bin:/bin:/usr/local/sbin:/usr/sbin:/sbin:/opt/homebrew/bin"


def clean_env(folder: Path) -> dict[str, str]:
    """The environment of an untrusted command, created from scratch, without your credentials, tokens, agents, or
    proxies. Its home and its folder for temporary files are created in ``folder``."""
    places = {"HOME": folder / "home", "TMPDIR": folder / "tmp"}
    for place in places.values():
        place.mkdir(parents=True, exist_ok=True)
    return {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{STANDARD}",
        "LANG": "C.UTF-8",
        "LC_ALL": "C.UTF-8",
        # AWS clients find no account, and do not search for one.
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
        **{name: str(place) for name, place in places.items()},
    }


def jail() -> str:
    """How an untrusted command is confined on this machine, and how it is not. Every request for consent contains
    this text, so that it exists in one place only."""
    if working_bwrap():
        return (
            "bubblewrap: a script can write only to its own folder, sees neither your home folder nor your processes, "
            "and has no network unless it is given one; time, output, disk, memory, and processes are limited. "
            "Not confined: it can read the system's programs and settings (/usr, /etc) and this Python; limits are "
            "checked up to 20 times a second, so a burst can exceed them for a moment; the buffers that the kernel "
            "keeps for it count only when the machine's memory runs low; it shares your kernel; and with a network "
            "(functions have one) it can reach everything that you can reach."
        )
    why = "bubblewrap is not allowed to make namespaces on this machine" if _bwrap() else "no bubblewrap"
    if sys.platform == "linux":
        limited = "time, output, disk, memory, and processes are limited, and processes that it leaves behind are ended"
        others = "including the environment of your other processes and any keys that you have exported there"
    else:
        limited = "time, output and disk are limited"
        others = "including any keys in your files; memory and processes are not limited, and a process that "
        others += "leaves its process group keeps running"
    return (
        f"{why}: the environment is scrubbed; {limited}. Not confined: a script runs as you. It can read what you can "
        f"read, {others}; it can write where you can write, signal your processes, and use your network; and a "
        "hostile script can get around these limits."
    )


@cache
def working_bwrap() -> str:
    """The path of bubblewrap; "" if it is not installed or not allowed to make namespaces on this machine."""
    path = _bwrap()
    if not path:
        return ""
    with tempfile.TemporaryDirectory(prefix="cp-teach-probe-") as name:
        folder, scratch = Path(name, "folder"), Path(name, "scratch")
        for place in (folder, scratch):
            place.mkdir()
        with filter_arguments() as (rules, fds):
            probe = [path, *namespaces(network=False), *mounts(folder, scratch, network=True), *rules]
            try:
                done = subprocess.run(
                    [*probe, "--", "/bin/sh", "-c", "exit 0"],
                    stdin=subprocess.DEVNULL,
                    capture_output=True,
                    timeout=20,
                    check=False,
                    pass_fds=fds,
                )
            except (OSError, subprocess.SubprocessError):
                return ""
    return "" if done.returncode else path


def _bwrap() -> str:
    return (shutil.which("bwrap") if sys.platform == "linux" else None) or ""


def namespaces(*, network: bool) -> list[str]:
    """The arguments for bubblewrap that define the namespaces of a jail."""
    # As root, bubblewrap would keep root's capabilities, and a script could use them to mount its way out.
    command = ["--die-with-parent", "--unshare-user", "--cap-drop", "ALL"]
    command += ["--unshare-pid", "--unshare-ipc", "--unshare-uts", "--unshare-cgroup-try"]
    return command if network else [*command, "--unshare-net"]
