"""A watchdog that ends a command when it exceeds a limit.

It runs in its own thread, so neither the command's output nor a slow listener can keep it from checking.
"""

from __future__ import annotations

import shutil
import threading
import time
from pathlib import Path

from cp_teach.work.folder_trees import size
from cp_teach.work.processes.command_process import CommandProcess
from cp_teach.work.processes.resource_usage import machine, removed_open_bytes, usage
from cp_teach.work.sandbox.limits import Limits

TICK = 0.05
"""Seconds between checks of memory and processes."""
OVERTIME = 5.0
"""Seconds after the time limit until the watchdog ends a command that the reader of its output has not ended."""
LAST = 20
"""A command that has exceeded its share is ended when less than 1/``LAST`` of the machine's memory or disk is left."""


class Watchdog:
    """Checks what a command uses, until ``stop``. At a limit, it sets ``why`` and ends the command."""

    def __init__(self, process: CommandProcess, folder: Path, limits: Limits) -> None:
        self._process, self._folders, self._limits = process, (folder, *process.scratch), limits
        self.why = ""
        """The limit that was exceeded, or ""."""
        self._ended = threading.Event()
        self._began = time.monotonic()
        self._before, self._free = machine(), _free(folder)[0]
        self._thread = threading.Thread(target=self._watch, name=f"watchdog of {process.pid}", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop checking; after this, nothing is ended."""
        self._ended.set()
        self._thread.join()

    @property
    def grown(self) -> bool:
        """Whether the folders exceed the disk limit."""
        return size(*self._folders, most=self._limits.disk) >= self._limits.disk

    def _watch(self) -> None:
        pause, disk_at = TICK, 0.0
        while not self._ended.wait(pause):
            began = time.monotonic()
            processes = self._process.processes()
            why = self._exceeded(processes)
            if not why and began >= disk_at:
                why = "disk" if self._full(processes) else ""
                # A folder with many files is checked less often.
                disk_at = time.monotonic() + max(4 * TICK, 3 * (time.monotonic() - began))
            if why:
                self.why = why
                self._process.kill()
                return
            pause = max(TICK, 5 * (time.monotonic() - began))

    def _exceeded(self, processes: list[str]) -> str:
        limits = self._limits
        # First, because checking each process of a fork bomb takes longer than the bomb needs to double.
        if len(processes) > limits.processes:
            return "processes"
        memory, threads = usage(processes, limits.memory)
        if threads > limits.processes:
            return "processes"
        if memory > limits.memory or self._nameless_memory():
            return "memory"
        return "time" if time.monotonic() - self._began > limits.seconds + OVERTIME else ""

    def _nameless_memory(self) -> bool:
        """Whether the machine has lost more memory than the command can use. Memory that no process owns (files in
        memory) always counts. Other memory, such as the buffers of pipes and sockets, counts only when hardly any is
        left."""
        before, now, most = self._before, machine(), self._limits.memory
        exhausted = now.available < now.total // LAST and before.available - now.available > most
        return exhausted or now.shared - before.shared > most

    def _full(self, processes: list[str]) -> bool:
        most = self._limits.disk
        free, total = _free(self._folders[0])
        # No search finds some files, such as a removed one in transit through a socket; they show when the disk is
        # nearly full.
        exhausted = free < total // LAST and self._free - free > most
        return exhausted or removed_open_bytes(processes) + size(*self._folders, most=most) >= most


def _free(folder: Path) -> tuple[int, int]:
    """The free and the total bytes of the folder's disk."""
    try:
        disk = shutil.disk_usage(folder)
    except OSError:
        return 0, 0
    return disk.free, disk.total
