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
import selectors
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from threading import Event
from typing import IO, NamedTuple

from cp_teach.work.jail import PATIENCE, clean_env, first_process, jail, working_bwrap, wrapped

__all__ = ["Ended", "Limits", "NotAllowed", "allow", "clean_env", "jail", "run"]

TICK = 0.05
"""How often time, disk and the wish to stop are looked at, in seconds."""
GRACE = 0.5
"""How long a command may tidy up between SIGTERM and SIGKILL, in seconds."""
LINE = 4000
"""Where a line of output is cut, in bytes."""
MARK = "CP_TEACH_RUN"
"""The environment variable by which a process that left its group is found again."""


class Limits(NamedTuple):
    """How much a stranger's command may use before it is ended."""

    seconds: float = 600.0
    output: int = 1_000_000
    """Bytes of output that are kept."""
    disk: int = 200_000_000
    """Bytes under its folder, what was there before counted in."""


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
    if os.name != "posix":
        raise NotAllowed("Commands run on Linux and macOS only; on Windows, use WSL.")
    if stop.is_set():
        return Ended(128 + signal.SIGTERM, "stopped")
    folder, mark = folder.resolve(), uuid.uuid4().hex
    info, told = os.pipe()
    inside, outer = wrapped(argv, folder, (cwd or folder).resolve(), env, network=network, info=told)
    # A shell sets the limits, because Python code between fork and exec may hang where there are threads.
    # The unit of -f is 512 bytes.
    bounds = f"ulimit -c 0; ulimit -f {-(-limits.disk // 512)}"
    limited = ["/bin/sh", "-c", f'{{ {bounds}; }} 2>/dev/null; exec "$@"', "sh", *inside]
    jailed = inside[0] == working_bwrap()
    try:
        process = subprocess.Popen(
            limited,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            cwd=cwd or folder,
            env={**outer, MARK: mark},
            start_new_session=True,
            pass_fds=[told] if jailed else [],
        )
    except BaseException:
        os.close(info)
        raise
    finally:
        os.close(told)
    with process, os.fdopen(info, "rb"):
        assert process.stdout is not None
        lines = Lines(process.stdout, limits.output, log)
        why = ""
        first = None
        try:
            first = first_process(info) if jailed else None
            why = _watch(process, lines, folder, limits, stop)
            if why:
                _signal(process, signal.SIGTERM)
                with suppress(subprocess.TimeoutExpired):
                    process.wait(GRACE)
        finally:
            # Also after a normal end: what the command left in the background would hold the pipe and live on.
            _signal(process, signal.SIGKILL)
            process.wait()
            if first is None:
                _kill_strays(mark)
            else:
                select.select([first], [], [], PATIENCE)
                os.close(first)
        lines.rest()
    # A burst between two looks at the disk is seen here; one huge file stops at exactly the limit.
    if not why:
        why = "output" if lines.full else "disk" if size(folder) >= limits.disk else ""
    code = process.returncode
    return Ended(code if code >= 0 else 128 - code, why)


def _watch(process: subprocess.Popen[bytes], lines: Lines, folder: Path, limits: Limits, stop: Event) -> str:
    """Wait for the end of the process, or for a reason to end it."""
    began = looked = time.monotonic()
    pause = 4 * TICK
    while True:
        if lines.open:
            lines.read(TICK)
        else:  # it closed its output, most likely because it ends
            with suppress(subprocess.TimeoutExpired):
                process.wait(TICK)
        if process.poll() is not None:
            return ""
        now = time.monotonic()
        if stop.is_set():
            return "stopped"
        if lines.full:
            return "output"
        if now - began >= limits.seconds:
            return "time"
        if now - looked >= pause:
            if size(folder) >= limits.disk:
                return "disk"
            looked = time.monotonic()
            pause = max(4 * TICK, 10 * (looked - now))  # a folder of many files is looked at less often


def _signal(process: subprocess.Popen[bytes], number: int) -> None:
    with suppress(ProcessLookupError, PermissionError):  # macOS says the latter of a group of zombies
        os.killpg(process.pid, number)


def _kill_strays(mark: str) -> None:
    """Kill what left the group. The jail's own processes end with it; elsewhere /proc still shows the mark."""
    for _ in range(20):  # one that forks meanwhile is met in the next round
        found = list(_strays(mark)) if sys.platform == "linux" else []
        for pid in found:
            with suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)
        if not found:
            return


def _strays(mark: str) -> Iterator[int]:
    wanted = f"{MARK}={mark}".encode()
    for entry in os.scandir("/proc"):
        if entry.name.isdigit():
            with suppress(OSError):
                if wanted in Path(entry.path, "environ").read_bytes():
                    yield int(entry.name)


def size(folder: Path) -> int:
    """The bytes of all files under a folder. What vanishes meanwhile, or may not be read, counts nothing."""
    total, todo = 0, [str(folder)]
    while todo:  # no recursion: a stranger decides how deep the folders are
        with suppress(OSError), os.scandir(todo.pop()) as entries:
            for entry in entries:
                with suppress(OSError):
                    if entry.is_dir(follow_symlinks=False):
                        todo.append(entry.path)
                    else:
                        total += entry.stat(follow_symlinks=False).st_size
    return total


class Lines:
    """Reads a pipe and tells each line, up to a number of bytes in all."""

    def __init__(self, pipe: IO[bytes], most: int, log: Callable[[str], None]) -> None:
        self.open = True
        self.full = False
        self._left = most
        self._line = bytearray()
        self._log = log
        self._fd = pipe.fileno()
        os.set_blocking(self._fd, False)
        self._ready = selectors.DefaultSelector()
        self._ready.register(self._fd, selectors.EVENT_READ)

    def read(self, seconds: float) -> bool:
        """Take what is there, waiting so long at most; whether anything was."""
        if not self._ready.select(seconds):
            return False
        with suppress(BlockingIOError):
            data = os.read(self._fd, 65536)
            if not data:
                self.open = False
            self._take(data)
            return bool(data)
        return False

    def rest(self) -> None:
        """Take what is left after the end, and tell the last line although nothing ends it."""
        while self.open and not self.full and self.read(0):
            pass
        if self._line:
            self._tell()
        self._ready.close()

    def _take(self, data: bytes) -> None:
        kept, self._left = data[: self._left], self._left - len(data)
        if self._left < 0:
            self.full, self._left = True, 0
        *whole, last = kept.split(b"\n")
        for part in whole:
            self._add(part)
            self._tell()
        self._add(last)

    def _add(self, part: bytes) -> None:
        self._line += part[: LINE + 1 - len(self._line)]

    def _tell(self) -> None:
        text = self._line[:LINE].decode(errors="replace").rstrip("\r")
        self._log(text + (" … (line cut)" if len(self._line) > LINE else ""))
        self._line.clear()
