"""Ends a command that uses more than it may.

It looks from a thread of its own, so that nothing which the command does to the reader of its output, and no listener
that takes its time, keeps it from looking.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from cp_teach.work.limits import Limits
from cp_teach.work.processes import machine, nameless_files, usage
from cp_teach.work.trees import size

TICK = 0.1
"""How often memory and processes are looked at, in seconds."""
OVERTIME = 5.0
"""How long after the time limit a command is ended from here, if the reader of its output has not ended it."""
LAST = 20
"""A command that has used its share is ended when less than one of so many parts of the machine's memory is left."""


class Watchdog:
    """Looks at what a process and its descendants use, until ``stop``. At a limit it sets ``why`` and calls ``kill``.

    ``folders`` are those that count as the command's disk.
    """

    def __init__(self, root: int, folders: Sequence[Path], limits: Limits, kill: Callable[[], None]) -> None:
        self._root, self._folders, self._limits, self._kill = root, folders, limits, kill
        self.why = ""
        """The limit that was exceeded, or ""."""
        self._ended = threading.Event()
        self._began = time.monotonic()
        self._before = machine()
        self._thread = threading.Thread(target=self._watch, name=f"watchdog of {root}", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop looking; after this ``kill`` is not called any more."""
        self._ended.set()
        self._thread.join()

    @property
    def grown(self) -> bool:
        """Whether the folders hold more than they may."""
        return size(*self._folders) >= self._limits.disk

    def _watch(self) -> None:
        pause, disk_at = TICK, 0.0
        while not self._ended.wait(pause):
            began = time.monotonic()
            why = self._exceeded()
            if not why and began >= disk_at:
                why = "disk" if self._full() else ""
                # A folder of many files is looked at less often.
                disk_at = time.monotonic() + max(2 * TICK, 10 * (time.monotonic() - began))
            if why:
                self.why = why
                self._kill()
                return
            pause = max(TICK, 5 * (time.monotonic() - began))

    def _exceeded(self) -> str:
        limits = self._limits
        used = usage(self._root, limits.memory)
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

    def _full(self) -> bool:
        return size(*self._folders) + nameless_files(self._root) >= self._limits.disk
