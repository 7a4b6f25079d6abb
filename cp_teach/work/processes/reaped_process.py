"""Run a command on Linux without a jail, and end everything that it started.

What the command starts can leave its parent, group, and environment, and is still ended. ``reaper_server`` runs
beside this program and starts the commands.
"""

from __future__ import annotations

import json
import os
import select
import signal
import socket
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Sequence
from contextlib import suppress

from cp_teach.work.processes import reaper_server
from cp_teach.work.processes.command_process import MARK, Command, CommandProcess, kill_orphans

PATIENCE = 15.0
"""Seconds that a guard can take to start, or to end what its command left behind."""


class NoReaper(OSError):
    """The server that starts commands does not run on this machine."""


class _Server:
    """The server of this process. A fork of this process starts its own."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._owner = 0
        self._orders: socket.socket | None = None
        self._process: subprocess.Popen[bytes] | None = None

    def send(self, fds: Sequence[int]) -> None:
        """Start a command. Raises ``NoReaper``."""
        with self._lock:
            for _ in range(2):  # a command without a jail may have killed the server
                if self._orders is None or self._owner != os.getpid():
                    self._orders, self._owner = self._start(), os.getpid()
                with suppress(OSError):
                    socket.send_fds(self._orders, [b"x"], fds)
                    return
                self._orders.close()
                self._orders = None
        raise NoReaper("The server that starts commands has ended.")

    def _start(self) -> socket.socket:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            try:
                self._process = subprocess.Popen(
                    [sys.executable, "-I", "-S", reaper_server.__file__, str(theirs.fileno())],
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                    cwd="/",
                    env={},
                    pass_fds=[theirs.fileno()],
                    start_new_session=True,
                )
            except OSError as error:
                ours.close()
                raise NoReaper(*error.args) from error
        return ours


_SERVER = _Server()


class ReapedProcess(CommandProcess):
    """A command whose guard ends everything that it started. ``pid`` is the guard's."""

    def __init__(self, command: Command) -> None:
        os.stat(command.cwd)  # noqa: PTH116 - raises the same error as Popen
        self._mark = uuid.uuid4().hex
        self._answers, self._closed = b"", False
        self._ours, theirs = socket.socketpair()
        out, into = os.pipe()
        read, write = os.pipe() if command.talk else (os.open(os.devnull, os.O_RDONLY), -1)
        self.stdout = os.fdopen(out, "rb")
        self.stdin = os.fdopen(write, "wb") if command.talk else None
        try:
            try:
                _SERVER.send([read, into, theirs.fileno()])
            finally:
                theirs.close()
                os.close(read)
                os.close(into)
            env = {**command.env, MARK: self._mark}
            order = {"argv": command.limited_argv(), "env": env, "cwd": str(command.cwd)}
            text = json.dumps(order).encode()
            self._ours.sendall(len(text).to_bytes(8, "big") + text)
            self.pid = self._read_pid()
        except BaseException:
            self._ours.close()
            self.stdout.close()
            if self.stdin is not None:
                self.stdin.close()
            raise

    def poll(self) -> int | None:
        """Check whether it has ended."""
        self._read_answers(0)
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Wait until it ends."""
        self._read_answers(timeout)
        if self.returncode is None:
            raise subprocess.TimeoutExpired("the command", timeout or 0)
        return self.returncode

    def terminate(self) -> None:
        """Ask it to end."""
        with suppress(OSError):
            self._ours.send(reaper_server.TERMINATE)

    def kill(self) -> None:
        """Make the guard end everything."""
        with suppress(OSError):
            self._ours.shutdown(socket.SHUT_WR)

    def close(self) -> None:
        """Make the guard end everything, and wait for that."""
        self.kill()
        self._read_answers(PATIENCE)
        if self.returncode is None:  # the command stopped the guard, or forks endlessly
            self.returncode = -signal.SIGKILL
            with suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGKILL)
        if (
            b"\n" not in self._answers
        ):  # the guard is dead, and perhaps also the server that owns its processes
            kill_orphans(self._mark)
        self._ours.close()

    def _read_pid(self) -> int:
        until = time.monotonic() + PATIENCE
        while b"\n" not in self._answers and self._receive(max(0.0, until - time.monotonic())):
            pass
        pid, line, self._answers = self._answers.partition(b"\n")
        if not line:
            raise NoReaper("The server that starts commands does not answer.")
        return int(pid)

    def _read_answers(self, timeout: float | None) -> None:
        until = None if timeout is None else time.monotonic() + timeout
        while self.returncode is None:
            if b"\n" in self._answers:
                self.returncode = int(self._answers)
            elif self._closed:  # the guard was killed
                self.returncode = -signal.SIGKILL
            elif not self._receive(None if until is None else max(0.0, until - time.monotonic())):
                return

    def _receive(self, timeout: float | None) -> bool:
        """Receive what the guard sent; whether there was anything, including the end of the connection."""
        if self._closed or not select.select([self._ours], [], [], timeout)[0]:
            return False
        data = b""
        with suppress(ConnectionError):
            data = self._ours.recv(4096)
        self._answers += data
        self._closed = not data
        return True
