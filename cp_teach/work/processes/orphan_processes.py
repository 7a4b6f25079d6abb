"""Processes that have left the group in which they were started, found again by a mark in their environment."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import suppress

MARK = "CP_TEACH_RUN"
"""The environment variable by which a process that left its group is found again."""


def kill_strays(mark: str) -> None:
    """Kill what left the group. The jail's own processes end with it; elsewhere /proc still shows the mark."""
    for _ in range(20):  # one that forks meanwhile is met in the next round
        found = list(_strays(mark)) if sys.platform == "linux" else []
        for pid in found:
            with suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)
        if not found:
            return


def _strays(mark: str) -> Iterator[int]:
    wanted = f"{MARK}={mark}".encode()
    for entry in os.scandir("/proc"):
        if entry.name.isdigit():
            # There are many of them, and Path is slow.
            with suppress(OSError), open(f"{entry.path}/environ", "rb") as file:  # noqa: PTH123
                if wanted in file.read():
                    yield int(entry.name)
