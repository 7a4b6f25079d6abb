"""Find and kill processes that left their process group, by a mark in their environment."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import suppress

MARK = "CP_TEACH_RUN"
"""The environment variable that identifies the processes of a command."""


def kill_orphans(mark: str) -> None:
    """Kill the processes that left the group. Linux only; a jail's processes end with the jail."""
    for _ in range(20):  # the next round finds a process that forked meanwhile
        pids = list(_orphans(mark)) if sys.platform == "linux" else []
        for pid in pids:
            with suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)
        if not pids:
            return


def _orphans(mark: str) -> Iterator[int]:
    variable = f"{MARK}={mark}".encode()
    for entry in os.scandir("/proc"):
        if entry.name.isdigit():
            # There are many processes, and Path is slow.
            with suppress(OSError), open(f"{entry.path}/environ", "rb") as file:  # noqa: PTH123
                if variable in file.read():
                    yield int(entry.name)
