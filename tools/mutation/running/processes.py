"""Child processes that run tests: with limits, in a temporary folder, and without orphans."""

from __future__ import annotations

import contextlib
import ctypes
import os
import resource
import select
import shutil
import signal
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

MEMORY = 4 << 30
"""The limit of a process, in bytes: a fault that fills the memory fails its test."""
MAX_PROCESSES = 400
"""The limit of processes in the confinement: a fault can turn a call that starts a process into a loop."""
SUBREAPER = 36  # PR_SET_CHILD_SUBREAPER of prctl(2)


class TimeLimit(Exception):
    """The child exceeded a limit."""


def adopt_orphans() -> None:
    """Become the parent of orphaned descendants, so that ``end_children`` finds them."""
    ctypes.CDLL(None).prctl(SUBREAPER, 1, 0, 0, 0)


def end_children() -> None:
    """Kill every child of this process, and the orphans that it adopts by that."""
    me = os.getpid()
    while True:
        children = Path(f"/proc/{me}/task/{me}/children").read_text(encoding="ascii").split()
        if not children:
            return
        for child in children:
            with contextlib.suppress(ProcessLookupError):
                os.kill(int(child), signal.SIGKILL)
            with contextlib.suppress(ChildProcessError):
                os.waitpid(int(child), 0)


def fork_for(work: Callable[[], str], seconds: float, processor: float) -> str:
    """The result of ``work`` in a child process.

    Raises ``TimeLimit`` if it takes more than ``seconds``, or more than ``processor`` seconds of CPU time, and
    ``ChildProcessError`` if the child ends without a result.
    """
    reading, writing = os.pipe()
    folder = tempfile.mkdtemp(prefix="m")
    child = os.fork()
    if child == 0:
        os.close(reading)
        _work(work, writing, folder, processor)
    os.close(writing)
    try:
        answer = _answer(reading, time.monotonic() + seconds)
    finally:
        os.close(reading)
        with contextlib.suppress(ProcessLookupError):
            os.kill(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
        end_children()
        shutil.rmtree(folder, ignore_errors=True)
    if not answer and os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGXCPU:
        raise TimeLimit(f"{processor:.0f} s of the processor")
    if not answer:
        raise ChildProcessError(f"ended without an answer ({status})")
    return answer[1:].decode()


def _answer(reading: int, until: float) -> bytes:
    answer = b""
    while True:
        ready, _, _ = select.select([reading], [], [], 0.25)
        if not ready and time.monotonic() > until:
            raise TimeLimit("the clock")
        if not ready and sum(name.isdigit() for name in os.listdir("/proc")) > MAX_PROCESSES:  # noqa: PTH208 - quick
            raise TimeLimit(f"{MAX_PROCESSES} processes")
        if not ready:
            continue
        piece = os.read(reading, 65536)
        if not piece:
            return answer
        answer += piece
        if answer.endswith(b"\n"):  # a process that the test left behind can hold the pipe open
            return answer.rstrip(b"\n")


def _work(work: Callable[[], str], writing: int, folder: str, processor: float) -> NoReturn:
    try:
        os.setsid()
        empty = os.open(os.devnull, os.O_RDWR)
        for number in (0, 1, 2):
            os.dup2(empty, number)
        os.environ["TMPDIR"] = tempfile.tempdir = folder
        resource.setrlimit(resource.RLIMIT_DATA, (MEMORY, MEMORY))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        limit = int(processor) + 1
        resource.setrlimit(resource.RLIMIT_CPU, (limit, limit + 5))
        os.write(writing, f"={work()}\n".encode())
    finally:
        os._exit(0)
