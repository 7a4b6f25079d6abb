"""The output of a command: read from its pipe, and told line by line."""

from __future__ import annotations

import os
import selectors
from collections.abc import Callable
from contextlib import suppress
from typing import IO

LINE = 4000
"""Where a line of output is cut, in bytes."""


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

    def more(self, most: int) -> None:
        """Allow so many bytes more."""
        self._left += most

    def close(self) -> None:
        """Nothing more is read."""
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
