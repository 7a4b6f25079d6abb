"""What the processes of a command use: memory, threads, and files that have no name any more. Linux tells it in /proc;
elsewhere nothing is seen."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from cp_teach.work.trees import taken

_PAGE = os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else 4096


def descendants(root: int) -> list[str]:
    """The processes that ``root`` and those after it have started, by what /proc says of their parents; each by its
    folder there.

    A process that leaves its group, its session or its parent is still among them where an ancestor takes up orphans:
    the first process of a jail does, and so does a subreaper. Elsewhere than on Linux there are none to be seen.
    """
    children: dict[int, list[int]] = {}
    for pid, fields in _processes():
        children.setdefault(int(fields[1]), []).append(pid)
    found, todo = [], [root]
    while todo:
        begun = children.get(todo.pop(), [])
        found += begun
        todo += begun
    return [f"/proc/{pid}" for pid in found]


def of_namespace(first: int) -> list[str]:
    """The processes of a namespace, given its first process, by what its own /proc lists; none where that is not seen.
    It is much quicker than to look at all processes of the machine."""
    place = Path("/proc", str(first), "root", "proc")
    with suppress(OSError):
        if place.stat().st_dev != Path("/proc").stat().st_dev:  # at first it is the machine's
            return [entry.path for entry in os.scandir(place) if entry.name.isdigit()]
    return []


class Usage(NamedTuple):
    """What processes use at a moment."""

    memory: int
    processes: int


def usage(processes: Sequence[str], most: int) -> Usage:
    """What processes use, each given by its folder in /proc. A page that several of them share counts once, as far as
    the kernel tells; that takes longer to find out, so it is done only if the plain sum is above ``most``."""
    memory, threads = 0, 0
    for process in processes:
        with suppress(OSError, ValueError, IndexError):
            threads += int(_fields(process)[17])
            memory += _resident(process)
    if memory > most:
        memory = sum(map(_proportional, processes))
    return Usage(memory, threads)


def nameless_files(processes: Sequence[str]) -> int:
    """The bytes of files that processes hold open although they have been removed: no look into a folder finds these.
    Files in memory (memfd) are no part of it; ``Machine.shared`` has them."""
    found = {}
    for process in processes:
        with suppress(OSError), os.scandir(f"{process}/fd") as entries:
            for entry in entries:
                with suppress(OSError):
                    file = entry.stat()
                    if stat.S_ISREG(file.st_mode) and not file.st_nlink and not _in_memory(entry.path):
                        found[file.st_dev, file.st_ino] = taken(file)
    return sum(found.values())


def _in_memory(path: str) -> bool:
    return os.readlink(path).startswith(("/memfd:", "/SYSV", "/dev/zero"))  # noqa: PTH115 - path is a string


class Machine(NamedTuple):
    """The memory of the whole machine, in bytes; all 0 where it does not say."""

    total: int = 0
    available: int = 0
    shared: int = 0
    """Files in memory and memory that processes share, also what none of them has mapped."""


def machine() -> Machine:
    """What the machine says of its memory now."""
    found = {}
    with suppress(OSError, ValueError), open("/proc/meminfo", encoding="ascii") as file:  # noqa: PTH123
        for line in file:
            name, _, value = line.partition(":")
            if name in ("MemTotal", "MemAvailable", "Shmem"):
                found[name] = 1024 * int(value.split()[0])
    return Machine(*(found.get(name, 0) for name in ("MemTotal", "MemAvailable", "Shmem")))


# Path is slow, and there are many of these files.
def _processes() -> Iterator[tuple[int, list[str]]]:
    if sys.platform != "linux":
        return
    for entry in os.scandir("/proc"):
        if entry.name.isdigit():
            with suppress(OSError, IndexError):
                yield int(entry.name), _fields(entry.path)


def _fields(process: str) -> list[str]:
    """The fields of /proc/PID/stat from the state on; the name before them may hold anything."""
    with open(f"{process}/stat", encoding="utf-8", errors="replace") as file:  # noqa: PTH123
        return file.read().rpartition(")")[2].split()


def _resident(process: str) -> int:
    with open(f"{process}/statm", encoding="ascii") as file:  # noqa: PTH123
        _, resident, shared, *_ = map(int, file.read().split())
    # Files that are mapped are the disk's. Memory that is shared without a file is told by the status alone.
    return (resident - shared) * _PAGE + _status(process, "RssShmem:")


def _status(process: str, wanted: str) -> int:
    with open(f"{process}/status", encoding="utf-8", errors="replace") as file:  # noqa: PTH123
        return next((1024 * int(line.split()[1]) for line in file if line.startswith(wanted)), 0)


def _proportional(process: str) -> int:
    """Shared pages by the share. Where the kernel may not say, all that is resident."""
    with suppress(OSError, ValueError), open(f"{process}/smaps_rollup", encoding="ascii") as file:  # noqa: PTH123
        return sum(
            1024 * int(line.split()[1]) for line in file if line.startswith(("Pss_Anon:", "Pss_Shmem:"))
        )
    with suppress(OSError, ValueError):
        return _resident(process)
    return 0
