"""Run an untrusted command inside bubblewrap, and end the jail with everything in it."""

from __future__ import annotations

import os
import select
import signal
import tempfile
from contextlib import suppress
from pathlib import Path

from cp_teach.work.folder_trees import remove
from cp_teach.work.processes.command_process import Command, CommandProcess
from cp_teach.work.processes.resource_usage import namespace_processes
from cp_teach.work.sandbox.bubblewrap import PATIENCE, FirstProcess, first_process, jailed_command
from cp_teach.work.sandbox.seccomp import filter_descriptor


class JailedProcess(CommandProcess):
    """A command in the machine's jail. Its temporary files are in a folder that is removed with it."""

    def __init__(self, command: Command, folder: Path, *, network: bool) -> None:
        # Outside the command's folder, where it could put a link in place of the next jail's writable folders.
        self._scratch = Path(tempfile.mkdtemp(prefix="cp-teach-scratch-")).resolve()
        self.scratch = (self._scratch,)
        self._first: FirstProcess | None = None
        info, reported = os.pipe()
        rules = filter_descriptor()
        try:
            try:
                inside = jailed_command(
                    command.limited_argv(),
                    folder,
                    command.cwd.resolve(),
                    command.env,
                    network=network,
                    info=reported,
                    rules=rules,
                    scratch=self._scratch,
                )
                fds = [fd for fd in (reported, rules) if fd >= 0]
                self._begin(inside, command.cwd, {}, command.talk, fds)
            finally:
                os.close(reported)
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
        """The processes in the jail's own /proc."""
        return (namespace_processes(self._first.pid) if self._first else []) or super().processes()

    def kill(self) -> None:
        """Kill the jail's first process; the kernel kills all others with it."""
        if self._first is None:
            super().kill()
        else:
            with suppress(ProcessLookupError):
                signal.pidfd_send_signal(self._first.fd, signal.SIGKILL)

    def close(self) -> None:
        """End the jail."""
        super().kill()  # the jailer outside; the jail dies with it
        self.kill()
        self.wait()
        if self._first is not None:
            select.select([self._first.fd], [], [], PATIENCE)
            os.close(self._first.fd)
            self._first = None

    def discard(self) -> None:
        """Remove the temporary files."""
        with suppress(OSError):  # leftovers stay in the system's folder for temporary files
            remove(self._scratch)
