"""Run an untrusted command within limits, in the machine's jail, leaving no process behind.

>>> import tempfile, threading
>>> with tempfile.TemporaryDirectory() as name:
...     folder = Path(name)
...     run(["sh", "-c", "echo hello; exit 3"], folder=folder, env=clean_env(folder), log=print,
...         stop=threading.Event())
hello
Ended(code=3, why='')
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from threading import Event
from typing import NamedTuple

from cp_teach.security.consent import NotAllowed
from cp_teach.work.processes.command_process import Command, CommandProcess
from cp_teach.work.processes.output_reader import OutputReader
from cp_teach.work.processes.reaped_process import NoReaper, ReapedProcess
from cp_teach.work.sandbox.bubblewrap import clean_env, jail, working_bwrap
from cp_teach.work.sandbox.jailed_process import JailedProcess
from cp_teach.work.sandbox.limits import USUAL, Limits
from cp_teach.work.sandbox.watchdog import Watchdog

__all__ = ["USUAL", "Ended", "Limits", "NotAllowed", "clean_env", "jail", "require_consent", "run"]

TICK = 0.05
"""Seconds between checks of the time and the stop request; the watchdog checks memory, processes, and disk."""
GRACE = 0.5
"""The seconds that a command has to clean up between SIGTERM and SIGKILL."""


class Ended(NamedTuple):
    """The result of a command."""

    code: int
    """The exit code; for a signal, 128 plus the signal's number, as in a shell."""
    why: str = ""
    """The reason for ending it early: "stopped", or the exceeded limit ("time", "output", "disk", "memory",
    "processes"); "" if it ended by itself."""

    @property
    def ok(self) -> bool:
        """Whether it ended by itself, with exit code 0."""
        return self.code == 0 and not self.why


def require_consent(yes: bool, what: str) -> None:
    """Raise ``NotAllowed`` unless ``yes`` is literally True. ``what`` names the commands: "the buildspec's"."""
    if yes is not True:
        raise NotAllowed(
            f"This would run {what} commands on this machine. How this machine confines them: {jail()} "
            "Read the commands first; if you trust them, pass yes=True."
        )


def run(
    argv: Sequence[str],
    *,
    folder: Path,
    env: Mapping[str, str],
    cwd: Path | None = None,
    limits: Limits = USUAL,
    log: Callable[[str], None],
    stop: Event,
    network: bool = False,
) -> Ended:
    """Run a command and wait until it ends; ``log`` receives its standard output and error line by line.

    It can write only to ``folder`` and works in ``cwd``, by default ``folder``. ``env`` is its complete environment,
    see ``clean_env``. ``network`` gives it this machine's network, which the jail otherwise blocks. All processes that
    it started are killed with it, even after a normal end.
    """
    with Running(
        argv, folder=folder, env=env, cwd=cwd, limits=limits, log=log, stop=stop, network=network
    ) as running:
        return running.end(running.watch())


class Running:
    """A running command; see ``run``. Use it in a ``with`` statement: at its end, no process is left.

    ``talk`` gives it a pipe as standard input, which ``write`` writes to. Otherwise its standard input is empty.
    """

    def __init__(
        self,
        argv: Sequence[str],
        *,
        folder: Path,
        env: Mapping[str, str],
        cwd: Path | None = None,
        limits: Limits = USUAL,
        log: Callable[[str], None],
        stop: Event,
        network: bool = False,
        talk: bool = False,
    ) -> None:
        if os.name != "posix":
            raise NotAllowed("Commands run on Linux and macOS only; on Windows, use WSL.")
        self._limits, self._stop = limits, stop
        self._ended: Ended | None = None
        self._began = time.monotonic()
        if stop.is_set():  # do not start it
            self._ended = Ended(128 + signal.SIGTERM, "stopped")
            return
        folder = folder.resolve()
        command = Command(argv, cwd or folder, env, limits.disk, talk)
        self._process = _begin(command, folder, network=network)
        self.lines = OutputReader(self._process.stdout, limits.output, log)
        self._watchdog = Watchdog(self._process, folder, limits)

    def write(self, text: str) -> None:
        """Write to its standard input. After its end, this has no effect."""
        if self._ended is None and self._process.stdin is not None:
            with suppress(BrokenPipeError):
                self._process.stdin.write(text.encode())
                self._process.stdin.flush()

    def close_input(self) -> None:
        """Close its standard input."""
        if self._ended is None and self._process.stdin is not None:
            with suppress(BrokenPipeError):
                self._process.stdin.close()

    def watch(self, until: Callable[[], bool] = lambda: False) -> str:
        """Wait until it ends or ``until()`` is true, and return ""; or return the reason why it must be ended."""
        if self._ended is not None:
            return self._ended.why
        while True:
            if self.lines.open:
                self.lines.read(TICK)
            else:  # it closed its output, probably because it is ending
                with suppress(subprocess.TimeoutExpired):
                    self._process.wait(TICK)
            if until() or self._process.poll() is not None:
                return self._watchdog.why
            if self._stop.is_set():
                return "stopped"
            if self.lines.full:
                return "output"
            if self._watchdog.why:
                return self._watchdog.why
            if time.monotonic() - self._began >= self._limits.seconds:
                return "time"

    @property
    def alive(self) -> bool:
        """Whether it has not ended yet."""
        return self._ended is None and self._process.poll() is None

    @property
    def exceeded(self) -> str:
        """The exceeded limit; "disk" also if it has written too much by now; else ""."""
        return self._watchdog.why or ("disk" if self._watchdog.grown else "")

    def end(self, why: str = "") -> Ended:
        """End all its processes, for this reason if there is one, and pass on the rest of its output."""
        if self._ended is None:
            exceeded = self._close(why)
            self.lines.read_rest()
            if not why:
                why = "output" if self.lines.full else exceeded
            code = self._process.returncode
            assert code is not None
            self._ended = Ended(code if code >= 0 else 128 - code, why)
            self._close_pipes()
        return self._ended

    def _close(self, why: str = "") -> str:
        """End everything; returns the exceeded limit, or ""."""
        self._watchdog.stop()
        try:
            if why and not self._watchdog.why:
                self._process.terminate()
                with suppress(subprocess.TimeoutExpired):
                    self._process.wait(GRACE)
        finally:
            # Even after a normal end: background processes would keep the pipe open and continue.
            self._process.close()
            # This catches a burst between two disk checks; one huge file stops at exactly the limit.
            exceeded = self.exceeded
            self._process.discard()
        return exceeded

    def _close_pipes(self) -> None:
        self.lines.close()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with suppress(BrokenPipeError):
                    pipe.close()

    def __enter__(self) -> Running:
        return self

    def __exit__(self, *_: object) -> None:
        if self._ended is None:  # the listener has failed
            self._ended = Ended(128 + signal.SIGKILL, "stopped")
            self._close()
            self._close_pipes()


def _begin(command: Command, folder: Path, *, network: bool) -> CommandProcess:
    if working_bwrap():
        return JailedProcess(command, folder, network=network)
    if sys.platform == "linux":
        with suppress(NoReaper):
            return ReapedProcess(command)
    return CommandProcess(command)
