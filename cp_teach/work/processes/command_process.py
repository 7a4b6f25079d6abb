"""Run an untrusted command as a process: start it, ask it to end, and end everything that it started.

There are three kinds. In a jail, the kernel ends everything with the jail's first process (``sandbox.jailed_process``).
On Linux without a jail, a subreaper adopts processes that leave their parent (``reaped_process``). Elsewhere, there is
only a process group.
"""

from __future__ import annotations

import os
import signal
import subprocess
import uuid
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO, Protocol

from cp_teach.work.processes.kernel_limits import with_limits
from cp_teach.work.processes.orphan_processes import MARK, kill_orphans
from cp_teach.work.processes.resource_usage import descendants


class CommandProcess(Protocol):
    """A running command. ``returncode`` is None while it runs, and negative if a signal ended it."""

    stdin: IO[bytes] | None
    stdout: IO[bytes]

    @property
    def pid(self) -> int:
        """The ID of the process whose descendants are the command and everything that it started."""
        ...

    @property
    def scratch(self) -> tuple[Path, ...]:
        """Folders that it writes to, other than its own."""
        ...

    @property
    def returncode(self) -> int | None:
        """The exit code; see the class."""
        ...

    def poll(self) -> int | None:
        """Check whether it has ended; returns ``returncode``."""
        ...

    def wait(self, timeout: float | None = None) -> int:
        """Wait until it ends; returns ``returncode``. Raises ``subprocess.TimeoutExpired``."""
        ...

    def processes(self) -> list[str]:
        """Its processes, each as its folder in /proc."""
        ...

    def terminate(self) -> None:
        """Ask it to end."""
        ...

    def kill(self) -> None:
        """Start to kill everything now. Any thread can call this, repeatedly, until ``close``."""
        ...

    def close(self) -> None:
        """End everything, and return when no process is left. Its pipes stay open for unread output."""
        ...

    def discard(self) -> None:
        """Remove ``scratch``, after ``close``."""
        ...


class PlainProcess:
    """A command in its own process group, without confinement."""

    scratch: tuple[Path, ...] = ()

    def __init__(
        self, argv: Sequence[str], *, cwd: Path, env: Mapping[str, str], disk: int, talk: bool
    ) -> None:
        self._mark = uuid.uuid4().hex
        self._begin(with_limits(argv, disk), cwd, {**env, MARK: self._mark}, talk)

    def _begin(
        self, argv: list[str], cwd: Path, env: Mapping[str, str], talk: bool, fds: Sequence[int] = ()
    ) -> None:
        self._process = subprocess.Popen(
            argv,
            stdin=subprocess.PIPE if talk else subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            cwd=cwd,
            env=env,
            start_new_session=True,
            pass_fds=fds,
        )
        assert self._process.stdout is not None
        self.stdin, self.stdout = self._process.stdin, self._process.stdout

    @property
    def pid(self) -> int:
        """The ID of the first process."""
        return self._process.pid

    @property
    def returncode(self) -> int | None:
        """The exit code; see ``CommandProcess``."""
        return self._process.returncode

    def poll(self) -> int | None:
        """Check whether it has ended."""
        return self._process.poll()

    def wait(self, timeout: float | None = None) -> int:
        """Wait until it ends."""
        return self._process.wait(timeout)

    def processes(self) -> list[str]:
        """The descendants of the first process."""
        return descendants(self.pid)

    def terminate(self) -> None:
        """Ask the group to end."""
        self._signal(signal.SIGTERM)

    def kill(self) -> None:
        """Kill the group."""
        self._signal(signal.SIGKILL)

    def close(self) -> None:
        """Kill the group, and processes that left it, as far as they can be found."""
        self.kill()
        self._process.wait()
        kill_orphans(self._mark)

    def discard(self) -> None:
        """Do nothing, because there are no scratch folders."""

    def _signal(self, number: int) -> None:
        with suppress(ProcessLookupError, PermissionError):  # macOS raises the latter for a group of zombies
            os.killpg(self._process.pid, number)
