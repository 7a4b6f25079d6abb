"""How many transactions were acknowledged, in a file of its own beside the database.

The database tells the same number. Where it tells less, something acknowledged is missing, whatever took it away: a
lost or garbled write-ahead log, an older copy of the file, an emptied one. SQLite alone opens such a store in silence.
"""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

COUNT_FILE = "cp_teach.commits"
_WIDTH = 20


class CommitCount:
    """The file with the number. It always has the same length, so that a full disk does not keep it from growing."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / COUNT_FILE
        self._file: int | None = None

    def read(self) -> int | None:
        """The number; None where the file is missing or holds something else."""
        try:
            text = self.path.read_bytes()[: 2 * _WIDTH].decode("ascii").strip()
        except (OSError, UnicodeDecodeError):
            return None
        return int(text) if text.isdecimal() and len(text) <= _WIDTH else None

    def write(self, count: int) -> None:
        """Write the number over the old one.

        A failure is passed over: the transaction is written, and a number that is too small accuses nobody wrongly.
        """
        with contextlib.suppress(OSError):
            if self._file is None:
                self._file = os.open(self.path, os.O_WRONLY | os.O_CREAT, 0o644)
            os.lseek(self._file, 0, os.SEEK_SET)
            os.write(self._file, f"{count:>{_WIDTH}}\n".encode())

    def close(self) -> None:
        """Let go of the file."""
        if self._file is not None:
            os.close(self._file)
            self._file = None
