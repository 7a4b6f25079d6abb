"""Ends a command that uses more than it may.

It looks from a thread of its own, so that nothing which the command does to the reader of its output, and no listener
that takes its time, keeps it from looking.
"""

from __future__ import annotations

import shutil
import threading
import time
from pathlib import Path
from typing import Protocol

from cp_teach.work.limits import Limits
from cp_teach.work.processes import machine, nameless_files, usage
from cp_teach.work.trees import size

TICK = 0.05
"""How often memory and processes are looked at, in seconds."""
OVERTIME = 5.0
"""How long after the time limit a command is ended from here, if the reader of its output has not ended it."""
LAST = 20
"""A command that has used its share is ended when less than one of so many parts of the machine's memory or disk is
left."""


class Watched(Protocol):
    """The process that is looked at; see ``CommandProcess``."""

    @property
    def pid(self) -> int:
        """Its number."""
        ...

    @property
    def scratch(self) -> tuple[Path, ...]:
        """Folders that count as the command's disk beside its own."""
        ...

    def processes(self) -> list[str]:
        """Its processes, each by its folder in /proc."""
        ...

    def kill(self) -> None:
        """End all of it."""
        ...


class Watchdog:
    """Looks at what a command uses, until ``stop``. At a limit it sets ``why`` and ends the command."""

    def __init__(self, process: Watched, folder: Path, limits: Limits) -> None:
        self._process, self._folders, self._limits = process, (folder, *process.scratch), limits
        self.why = ""
        """The limit that was exceeded, or ""."""
        self._ended = threading.Event()
        self._began = time.monotonic()
        self._before, self._free = machine(), _free(folder)[0]
        self._thread = threading.Thread(target=self._watch, name=f"watchdog of {process.pid}", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop looking; after this nothing is ended any more."""
        self._ended.set()
        self._thread.join()

    @property
    def grown(self) -> bool:
        """Whether the folders hold more than they may."""
        return size(*self._folders, most=self._limits.disk) >= self._limits.disk

    def _watch(self) -> None:
        pause, disk_at = TICK, 0.0
        while not self._ended.wait(pause):
            began = time.monotonic()
            processes = self._process.processes()
            why = self._exceeded(processes)
            if not why and began >= disk_at:
                why = "disk" if self._full(processes) else ""
                # A folder of many files is looked at less often.
                disk_at = time.monotonic() + max(4 * TICK, 3 * (time.monotonic() - began))
            if why:
                self.why = why
                self._process.kill()
                return
            pause = max(TICK, 5 * (time.monotonic() - began))

    def _exceeded(self, processes: list[str]) -> str:
        limits = self._limits
        # First, because looking at each of the processes of a fork bomb takes longer than it takes to double.
        if len(processes) > limits.processes:
            return "processes"
        used = usage(processes, limits.memory)
        if used.processes > limits.processes:
            return "processes"
        if used.memory > limits.memory or self._nameless_memory():
            return "memory"
        return "time" if time.monotonic() - self._began > limits.seconds + OVERTIME else ""

    def _nameless_memory(self) -> bool:
        """Whether the machine has lost more memory than the command may use to what no process has to its name: files
        in memory; or to whatever it is, such as the buffers of pipes and sockets, where hardly any is left."""
        before, now, most = self._before, machine(), self._limits.memory
        exhausted = now.available < now.total // LAST and before.available - now.available > most
        return exhausted or now.shared - before.shared > most

    def _full(self, processes: list[str]) -> bool:
        most = self._limits.disk
        free, total = _free(self._folders[0])
        # What no look finds, such as a removed file on its way through a socket, is seen when the disk is nearly full.
        exhausted = free < total // LAST and self._free - free > most
        return exhausted or nameless_files(processes) + size(*self._folders, most=most) >= most


def _free(folder: Path) -> tuple[int, int]:
    """How many bytes the disk of a folder can still take, and how many it has."""
    try:
        disk = shutil.disk_usage(folder)
    except OSError:
        return 0, 0
    return disk.free, disk.total
