"""Runs a stranger's command: within limits, in the machine's jail, and without a process left behind.

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
import select
import signal
import subprocess
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from threading import Event
from typing import NamedTuple

from cp_teach.work.jail import PATIENCE, clean_env, first_process, jail, working_bwrap, wrapped
from cp_teach.work.lines import Lines
from cp_teach.work.strays import MARK, kill_strays

__all__ = ["Ended", "Limits", "NotAllowed", "allow", "clean_env", "jail", "run"]

TICK = 0.05
"""How often time, disk and the wish to stop are looked at, in seconds."""
GRACE = 0.5
"""How long a command may tidy up between SIGTERM and SIGKILL, in seconds."""
ENTRY = 256
"""How many bytes a file or folder counts beside what is in it."""


class Limits(NamedTuple):
    """How much a stranger's command may use before it is ended."""

    seconds: float = 600.0
    output: int = 1_000_000
    """Bytes of output that are kept."""
    disk: int = 200_000_000
    """Bytes under its folder, what was there before counted in, and some for each file."""


USUAL = Limits()


class Ended(NamedTuple):
    """How a command ended."""

    code: int
    """Its exit code; for a signal 128 more than the signal's number, as a shell says it."""
    why: str = ""
    """Why it was ended early: "time", "output", "disk", "stopped"; "" when it ended by itself."""

    @property
    def ok(self) -> bool:
        """Whether it ended by itself, with exit code 0."""
        return self.code == 0 and not self.why


class NotAllowed(PermissionError):
    """Nobody has said yes to running commands on this machine."""


def allow(yes: bool, what: str) -> None:
    """Raise ``NotAllowed`` unless ``yes`` is literally True. ``what`` names the commands: "the buildspec's"."""
    if yes is not True:
        raise NotAllowed(
            f"This would run {what} commands on this machine, with what holds here: {jail()} "
            "Read the commands first; if you trust them, say yes=True."
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
    """Run a command and wait for its end; standard output and error go to ``log`` line by line.

    It works in ``cwd``, or else in ``folder``, which is all that it may write to. ``env`` is its whole
    environment: see ``clean_env``. ``network`` gives it this machine's network, where the jail would keep it out.
    All that it started is killed with it, also after a normal end.
    """
    with Running(
        argv, folder=folder, env=env, cwd=cwd, limits=limits, log=log, stop=stop, network=network
    ) as running:
        return running.end(running.watch())


class Running:
    """A command while it runs; see ``run``. To be used in a ``with``, at whose end nothing of it is left.

    ``talk`` gives it a pipe as its standard input: ``say`` writes to that. Otherwise there is nothing to read."""

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
        self._folder, self._limits, self._stop = folder.resolve(), limits, stop
        self._mark = uuid.uuid4().hex
        self._ended: Ended | None = None
        self._first: int | None = None
        self._began = self._looked = time.monotonic()
        self._pause = 4 * TICK
        if stop.is_set():  # it does not even begin
            self._ended = Ended(128 + signal.SIGTERM, "stopped")
            return
        info, told = os.pipe()
        inside, outer = wrapped(
            argv, self._folder, (cwd or folder).resolve(), env, network=network, info=told
        )
        # A shell sets the limits, because Python code between fork and exec may hang where there are threads.
        # The unit of -f is 512 bytes.
        bounds = f"ulimit -c 0; ulimit -f {-(-limits.disk // 512)}"
        limited = ["/bin/sh", "-c", f'{{ {bounds}; }} 2>/dev/null; exec "$@"', "sh", *inside]
        jailed = inside[0] == working_bwrap()
        try:
            self._process = subprocess.Popen(
                limited,
                stdin=subprocess.PIPE if talk else subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                cwd=cwd or folder,
                env={**outer, MARK: self._mark},
                start_new_session=True,
                pass_fds=[told] if jailed else [],
            )
        except BaseException:
            os.close(info)
            raise
        finally:
            os.close(told)
        assert self._process.stdout is not None
        self.lines = Lines(self._process.stdout, limits.output, log)
        try:
            self._first = first_process(info) if jailed else None
        except BaseException:
            self._close()
            raise
        finally:
            os.close(info)

    def say(self, text: str) -> None:
        """Write to its standard input. One that has ended does not hear it."""
        if self._ended is None and self._process.stdin is not None:
            with suppress(BrokenPipeError):
                self._process.stdin.write(text.encode())
                self._process.stdin.flush()

    def hang_up(self) -> None:
        """There is nothing more to read for it."""
        if self._ended is None and self._process.stdin is not None:
            with suppress(BrokenPipeError):
                self._process.stdin.close()

    def watch(self, until: Callable[[], bool] = lambda: False) -> str:
        """Wait for its end, or until that is true, and return ""; or return why it has to be ended."""
        if self._ended is not None:
            return self._ended.why
        while True:
            if self.lines.open:
                self.lines.read(TICK)
            else:  # it closed its output, most likely because it ends
                with suppress(subprocess.TimeoutExpired):
                    self._process.wait(TICK)
            if until() or self._process.poll() is not None:
                return ""
            now = time.monotonic()
            if self._stop.is_set():
                return "stopped"
            if self.lines.full:
                return "output"
            if now - self._began >= self._limits.seconds:
                return "time"
            if now - self._looked >= self._pause:
                if self.grown:
                    return "disk"
                self._looked = time.monotonic()
                # A folder of many files is looked at less often.
                self._pause = max(4 * TICK, 10 * (self._looked - now))

    @property
    def alive(self) -> bool:
        """Whether it has not ended yet."""
        return self._ended is None and self._process.poll() is None

    @property
    def grown(self) -> bool:
        """Whether its folder holds more than it may."""
        return size(self._folder) >= self._limits.disk

    def end(self, why: str = "") -> Ended:
        """End all of it, for this reason if there is one, and tell the last of its output."""
        if self._ended is None:
            self._close(why)
            self.lines.rest()
            # A burst between two looks at the disk is seen here; one huge file stops at exactly the limit.
            if not why:
                why = "output" if self.lines.full else "disk" if self.grown else ""
            code = self._process.returncode
            self._ended = Ended(code if code >= 0 else 128 - code, why)
            self._shut()
        return self._ended

    def _close(self, why: str = "") -> None:
        try:
            if why:
                _signal(self._process, signal.SIGTERM)
                with suppress(subprocess.TimeoutExpired):
                    self._process.wait(GRACE)
        finally:
            # Also after a normal end: what the command left in the background would hold the pipe and live on.
            _signal(self._process, signal.SIGKILL)
            self._process.wait()
            if self._first is None:
                kill_strays(self._mark)
            else:
                select.select([self._first], [], [], PATIENCE)
                os.close(self._first)
                self._first = None

    def _shut(self) -> None:
        self.lines.close()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with suppress(BrokenPipeError):
                    pipe.close()

    def __enter__(self) -> Running:
        return self

    def __exit__(self, *_: object) -> None:
        if self._ended is None:  # whoever listened has failed
            self._ended = Ended(128 + signal.SIGKILL, "stopped")
            self._close()
            self._shut()


def _signal(process: subprocess.Popen[bytes], number: int) -> None:
    with suppress(ProcessLookupError, PermissionError):  # macOS says the latter of a group of zombies
        os.killpg(process.pid, number)


def size(folder: Path) -> int:
    """The bytes of all files under a folder, and ``ENTRY`` for each: empty ones use up a disk, too. What vanishes
    meanwhile, or may not be read, counts nothing more."""
    total, todo = 0, [str(folder)]
    while todo:  # no recursion: a stranger decides how deep the folders are
        with suppress(OSError), os.scandir(todo.pop()) as entries:
            for entry in entries:
                total += ENTRY
                with suppress(OSError):
                    if entry.is_dir(follow_symlinks=False):
                        todo.append(entry.path)
                    else:
                        total += entry.stat(follow_symlinks=False).st_size
    return total
