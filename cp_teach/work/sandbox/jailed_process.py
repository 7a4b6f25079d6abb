"""Run an untrusted command inside bubblewrap, and end the jail with everything in it."""

from __future__ import annotations

import json
import os
import select
import signal
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from cp_teach.work.folder_trees import remove
from cp_teach.work.processes.command_process import Command, CommandProcess
from cp_teach.work.processes.resource_usage import namespace_processes
from cp_teach.work.sandbox.bubblewrap import namespaces, working_bwrap
from cp_teach.work.sandbox.jail_files import mounts
from cp_teach.work.sandbox.seccomp import filter_arguments

PATIENCE = 10.0
"""Maximum seconds until the jail has started, or has ended."""


class JailedProcess(CommandProcess):
    """A command in the machine's jail. Its temporary files are in a folder that is removed with it."""

    def __init__(self, command: Command, folder: Path, *, network: bool) -> None:
        # Outside the command's folder, where it could put a link in place of the next jail's writable folders.
        self._scratch = Path(tempfile.mkdtemp(prefix="cp-teach-scratch-")).resolve()
        self.scratch = (self._scratch,)
        self._first: _FirstProcess | None = None
        info, reported = os.pipe()
        try:
            try:
                with filter_arguments() as (rules, fds):
                    jailed = [working_bwrap(), "--info-fd", str(reported), *rules]
                    jailed += namespaces(network=network) + mounts(folder, self._scratch, network=network)
                    # Set the variables inside, because one like LD_PRELOAD would affect the jailer, too.
                    for name, value in command.env.items():
                        jailed += ["--setenv", name, value]
                    jailed += ["--chdir", str(command.cwd.resolve()), "--", *command.limited_argv()]
                    self._begin(jailed, command.cwd, {}, command.talk, [reported, *fds])
            finally:
                os.close(reported)
            try:
                self._first = _first_process(info)
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


class _FirstProcess(NamedTuple):
    """The jail's first process. When it ends, the kernel ends all others."""

    pid: int
    fd: int
    """A descriptor (pidfd) that becomes readable when it has ended."""


def _first_process(info: int) -> _FirstProcess | None:
    """The jail's first process, as the jail reports it; None if the jail did not start."""
    text = b""
    while b"}" not in text and select.select([info], [], [], PATIENCE)[0]:
        piece = os.read(info, 4096)
        if not piece:
            return None
        text += piece
    try:
        pid = int(json.loads(text)["child-pid"])
        return _FirstProcess(pid, os.pidfd_open(pid))
    except (ValueError, LookupError, OSError):  # it has already ended, or bubblewrap or the kernel is too old
        return None
