"""Resource usage of a command's processes: memory, threads, and removed files that are still open.

The numbers come from /proc, so they exist on Linux only; elsewhere every function finds nothing.
"""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from cp_teach.work.folder_trees import disk_bytes
from cp_teach.work.processes import reaper_server

_PAGE = os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else 4096


def descendants(root: int) -> list[str]:
    """The direct and indirect child processes of ``root``, each as its folder in /proc.

    A process that leaves its group, session, or parent is still included if an ancestor adopts orphans; the first
    process of a jail does, and so does a subreaper. Elsewhere than on Linux, the list is empty.
    """
    pids = reaper_server.descendants(root) if sys.platform == "linux" else []
    return [f"/proc/{pid}" for pid in pids]


def namespace_processes(first: int) -> list[str]:
    """The processes in a PID namespace, given its first process, as its own /proc lists them; empty if that is not
    visible. This is much faster than checking all processes of the machine."""
    place = Path("/proc", str(first), "root", "proc")
    with suppress(OSError):
        if place.stat().st_dev != Path("/proc").stat().st_dev:  # at first it is the machine's /proc
            return [entry.path for entry in os.scandir(place) if entry.name.isdigit()]
    return []


def usage(processes: Sequence[str], most: int) -> tuple[int, int]:
    """The bytes of memory and the number of threads of processes, each given as its folder in /proc. A page that
    several of them share counts once if the kernel reports it. That takes longer, so it is done only if the plain sum
    exceeds ``most``."""
    memory, threads = 0, 0
    for process in processes:
        with suppress(OSError, ValueError, IndexError):
            threads += int(_fields(process)[17])
            memory += _resident(process)
    if memory > most:
        memory = sum(map(_proportional, processes))
    return memory, threads


def removed_open_bytes(processes: Sequence[str]) -> int:
    """The bytes of removed files that processes still hold open, which no search of a folder finds. Files in memory
    (memfd) are not included; ``Machine.shared`` counts them."""
    sizes = {}
    for process in processes:
        with suppress(OSError), os.scandir(f"{process}/fd") as entries:
            for entry in entries:
                with suppress(OSError):
                    file = entry.stat()
                    if stat.S_ISREG(file.st_mode) and not file.st_nlink and not _in_memory(entry.path):
                        sizes[file.st_dev, file.st_ino] = disk_bytes(file)
    return sum(sizes.values())


def _in_memory(path: str) -> bool:
    return os.readlink(path).startswith(("/memfd:", "/SYSV", "/dev/zero"))  # noqa: PTH115 - path is a string


class Machine(NamedTuple):
    """The memory of the whole machine, in bytes; all 0 if it is unknown."""

    total: int = 0
    available: int = 0
    shared: int = 0
    """Files in memory and shared memory, including memory that no process has mapped."""


def machine() -> Machine:
    """The machine's current memory."""
    values = {}
    with suppress(OSError, ValueError), open("/proc/meminfo", encoding="ascii") as file:  # noqa: PTH123
        for line in file:
            name, _, value = line.partition(":")
            if name in ("MemTotal", "MemAvailable", "Shmem"):
                values[name] = 1024 * int(value.split()[0])
    return Machine(*(values.get(name, 0) for name in ("MemTotal", "MemAvailable", "Shmem")))


# These functions use open() and os, because Path is slow and there are many of these files.
def _fields(process: str) -> list[str]:
    """The fields of /proc/PID/stat after the process name, which can contain anything."""
    with open(f"{process}/stat", encoding="utf-8", errors="replace") as file:  # noqa: PTH123
        return file.read().rpartition(")")[2].split()


def _resident(process: str) -> int:
    with open(f"{process}/statm", encoding="ascii") as file:  # noqa: PTH123
        _, resident, shared, *_ = map(int, file.read().split())
    # Mapped files count for the disk. Shared memory without a file is only in the status.
    return (resident - shared) * _PAGE + _status(process, "RssShmem:")


def _status(process: str, field: str) -> int:
    with open(f"{process}/status", encoding="utf-8", errors="replace") as file:  # noqa: PTH123
        return next((1024 * int(line.split()[1]) for line in file if line.startswith(field)), 0)


def _proportional(process: str) -> int:
    """The memory with shared pages divided among their users; if the kernel does not report it, all resident memory."""
    with suppress(OSError, ValueError), open(f"{process}/smaps_rollup", encoding="ascii") as file:  # noqa: PTH123
        return sum(
            1024 * int(line.split()[1]) for line in file if line.startswith(("Pss_Anon:", "Pss_Shmem:"))
        )
    with suppress(OSError, ValueError):
        return _resident(process)
    return 0
