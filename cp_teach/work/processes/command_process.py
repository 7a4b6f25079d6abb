"""Run an untrusted command as a process: start it, ask it to end, and end everything that it started.

There are three kinds. In a jail, the kernel ends everything with the jail's first process (``sandbox.jailed_process``).
On Linux without a jail, a subreaper adopts processes that leave their parent (``reaped_process``). Elsewhere, there is
only a process group.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO, NamedTuple

from cp_teach.work.processes.resource_usage import descendants

MARK = "CP_TEACH_RUN"
"""The environment variable that identifies the processes of a command."""


class Command(NamedTuple):
    """A command and how it starts."""

    argv: Sequence[str]
    cwd: Path
    env: Mapping[str, str]
    disk: int
    """The bytes that one file can have."""
    talk: bool
    """Whether its standard input is a pipe; otherwise it is empty."""

    def limited_argv(self) -> list[str]:
        """The command line that runs the command in a shell with the limits that the kernel enforces. Python code
        between fork and exec cannot set them safely if there are threads, because it may hang."""
        # The unit of -f is 512 bytes. When memory runs out, the kernel ends these processes first.
        bounds = f"ulimit -c 0; ulimit -f {-(-self.disk // 512)}; echo 1000 > /proc/self/oom_score_adj"
        return ["/bin/sh", "-c", f'{{ {bounds}; }} 2>/dev/null; exec "$@"', "sh", *self.argv]


class CommandProcess:
    """A running command in its own process group, without confinement. The other kinds override how it ends."""

    scratch: tuple[Path, ...] = ()
    """Folders that it writes to, other than its own."""
    pid: int
    """The ID of the process whose descendants are the command and everything that it started."""
    returncode: int | None = None
    """The exit code: None while it runs, and negative if a signal ended it."""
    stdin: IO[bytes] | None
    stdout: IO[bytes]

    def __init__(self, command: Command) -> None:
        self._mark = uuid.uuid4().hex
        env = {**command.env, MARK: self._mark}
        self._begin(command.limited_argv(), command.cwd, env, command.talk)

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
        self.pid, self.stdin, self.stdout = self._process.pid, self._process.stdin, self._process.stdout

    def poll(self) -> int | None:
        """Check whether it has ended; returns ``returncode``."""
        self.returncode = self._process.poll()
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Wait until it ends; returns ``returncode``. Raises ``subprocess.TimeoutExpired``."""
        self.returncode = self._process.wait(timeout)
        return self.returncode

    def processes(self) -> list[str]:
        """Its processes, each as its folder in /proc."""
        return descendants(self.pid)

    def terminate(self) -> None:
        """Ask it to end."""
        self._signal(signal.SIGTERM)

    def kill(self) -> None:
        """Start to kill everything now. Any thread can call this, repeatedly, until ``close``."""
        self._signal(signal.SIGKILL)

    def close(self) -> None:
        """End everything, and return when no process is left. Its pipes stay open for unread output."""
        self.kill()
        self.wait()
        kill_orphans(self._mark)

    def discard(self) -> None:
        """Remove ``scratch``, after ``close``."""

    def _signal(self, number: int) -> None:
        with suppress(ProcessLookupError, PermissionError):  # macOS raises the latter for a group of zombies
            os.killpg(self.pid, number)


def kill_orphans(mark: str) -> None:
    """Kill the processes that left their group but have the mark in their environment. Linux only."""
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
