"""The process of a stranger's command: how it begins, how it is asked to end, and how all of it is ended.

There are three kinds. In a jail the kernel ends everything with the jail's first process. On Linux without a jail a
subreaper takes up what leaves its parent (``reaped_process``). Elsewhere a process group is all there is.
"""

from __future__ import annotations

import os
import select
import signal
import subprocess
import tempfile
import uuid
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO, Protocol

from cp_teach.work.jail import PATIENCE, FirstProcess, first_process, wrapped
from cp_teach.work.limits import limited
from cp_teach.work.processes import descendants, of_namespace
from cp_teach.work.seccomp import filter_descriptor
from cp_teach.work.strays import MARK, kill_strays
from cp_teach.work.trees import remove


class CommandProcess(Protocol):
    """A command that has begun. ``returncode`` is None while it runs, and negative for a signal."""

    stdin: IO[bytes] | None
    stdout: IO[bytes]

    @property
    def pid(self) -> int:
        """The process whose descendants are the command and all that it has started."""
        ...

    @property
    def scratch(self) -> tuple[Path, ...]:
        """Folders beside its own that it writes to."""
        ...

    @property
    def returncode(self) -> int | None:
        """How it ended."""
        ...

    def poll(self) -> int | None:
        """Look whether it has ended; how."""
        ...

    def wait(self, timeout: float | None = None) -> int:
        """Wait for its end. Raises ``subprocess.TimeoutExpired``."""
        ...

    def processes(self) -> list[str]:
        """Its processes, each by its folder in /proc."""
        ...

    def terminate(self) -> None:
        """Ask it to end."""
        ...

    def kill(self) -> None:
        """Begin to end all of it now. Any thread can call this, and more than once, until ``close``."""
        ...

    def close(self) -> None:
        """End all of it, and return when no process is left. Its pipes stay open for what it has written."""
        ...

    def discard(self) -> None:
        """Remove ``scratch``, after ``close``."""
        ...


class PlainProcess:
    """A command in a process group of its own, with the caller's view of the machine."""

    scratch: tuple[Path, ...] = ()

    def __init__(
        self, argv: Sequence[str], *, cwd: Path, env: Mapping[str, str], disk: int, talk: bool
    ) -> None:
        self._mark = uuid.uuid4().hex
        self._begin(limited(argv, disk), cwd, {**env, MARK: self._mark}, talk)

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
        """The first process."""
        return self._process.pid

    @property
    def returncode(self) -> int | None:
        """How it ended."""
        return self._process.returncode

    def poll(self) -> int | None:
        """Look whether it has ended; how."""
        return self._process.poll()

    def wait(self, timeout: float | None = None) -> int:
        """Wait for its end."""
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
        """Kill the group, and what left it as far as it can be found."""
        self.kill()
        self._process.wait()
        kill_strays(self._mark)

    def discard(self) -> None:
        """There is nothing to remove."""

    def _signal(self, number: int) -> None:
        with suppress(ProcessLookupError, PermissionError):  # macOS says the latter of a group of zombies
            os.killpg(self._process.pid, number)


class JailedProcess(PlainProcess):
    """A command in the machine's jail. Its temporary files are in a folder that goes with it."""

    def __init__(
        self,
        argv: Sequence[str],
        *,
        folder: Path,
        cwd: Path,
        env: Mapping[str, str],
        disk: int,
        talk: bool,
        network: bool,
    ) -> None:
        # Outside the command's folder: there it could put a link where the next jail would make a place to write.
        self._scratch = Path(tempfile.mkdtemp(prefix="cp-teach-scratch-")).resolve()
        self.scratch = (self._scratch,)
        self._first: FirstProcess | None = None
        info, told = os.pipe()
        rules = filter_descriptor()
        try:
            try:
                inside = wrapped(
                    limited(argv, disk),
                    folder,
                    cwd.resolve(),
                    env,
                    network=network,
                    info=told,
                    rules=rules,
                    scratch=self._scratch,
                )
                self._begin(inside, cwd, {}, talk, [fd for fd in (told, rules) if fd >= 0])
            finally:
                os.close(told)
                if rules >= 0:
                    os.close(rules)
            try:
                self._first = first_process(info)
            except BaseException:
                self.close()
                raise
        except BaseException:
            remove(self._scratch)
            raise
        finally:
            os.close(info)

    def processes(self) -> list[str]:
        """What the jail's own /proc lists."""
        return (of_namespace(self._first.pid) if self._first else []) or super().processes()

    def kill(self) -> None:
        """Kill the jail's first process; the kernel kills all others with it."""
        if self._first is None:
            super().kill()
        else:
            with suppress(ProcessLookupError):
                signal.pidfd_send_signal(self._first.fd, signal.SIGKILL)

    def close(self) -> None:
        """End the jail."""
        super().kill()  # the jailer outside, with which the inside dies
        self.kill()
        self._process.wait()
        if self._first is not None:
            select.select([self._first.fd], [], [], PATIENCE)
            os.close(self._first.fd)
            self._first = None

    def discard(self) -> None:
        """Remove the temporary files."""
        with suppress(OSError):  # what is left there is left in the folder for such files
            remove(self._scratch)
