"""Read the output of a command from its pipe, and pass it on line by line."""

from __future__ import annotations

import os
import selectors
from collections.abc import Callable
from contextlib import suppress
from typing import IO

MAX_LINE = 4000
"""The size in bytes at which a line of output is cut."""


class OutputReader:
    """Reads a pipe and passes each line to ``log``, up to ``limit`` bytes in total."""

    def __init__(self, pipe: IO[bytes], limit: int, log: Callable[[str], None]) -> None:
        self.open = True
        self.full = False
        self._left = limit
        self._line = bytearray()
        self._log = log
        self._fd = pipe.fileno()
        os.set_blocking(self._fd, False)
        self._ready = selectors.DefaultSelector()
        self._ready.register(self._fd, selectors.EVENT_READ)

    def read(self, seconds: float) -> bool:
        """Read the available output, waiting for at most ``seconds``; whether there was any."""
        if not self._ready.select(seconds):
            return False
        with suppress(BlockingIOError):
            data = os.read(self._fd, 65536)
            if not data:
                self.open = False
            self._split(data)
            return bool(data)
        return False

    def read_rest(self) -> None:
        """Read the remaining output after the command has ended, with a last line that has no line feed."""
        while self.open and not self.full and self.read(0):
            pass
        if self._line:
            self._log_line()

    def allow(self, limit: int) -> None:
        """Increase the limit by this number of bytes."""
        self._left += limit

    def close(self) -> None:
        """Stop reading."""
        self._ready.close()

    def _split(self, data: bytes) -> None:
        kept, self._left = data[: self._left], self._left - len(data)
        if self._left < 0:
            self.full, self._left = True, 0
        *whole, last = kept.split(b"\n")
        for part in whole:
            self._add(part)
            self._log_line()
        self._add(last)

    def _add(self, part: bytes) -> None:
        self._line += part[: MAX_LINE + 1 - len(self._line)]

    def _log_line(self) -> None:
        text = self._line[:MAX_LINE].decode(errors="replace").rstrip("\r")
        self._log(text + (" … (line cut)" if len(self._line) > MAX_LINE else ""))
        self._line.clear()
