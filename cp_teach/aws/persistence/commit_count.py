"""The number of acknowledged transactions, in its own file beside the database.

The database holds the same number. If the database has a smaller one, acknowledged changes are missing. The cause can
be a lost or corrupt write-ahead log, an older copy of the file, or an emptied one. SQLite alone opens such a
store without an error.
"""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

COUNT_FILE = "cp_teach.commits"
_WIDTH = 20


class CommitCount:
    """The file with the number. It has a fixed length, so a full disk cannot prevent an update."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / COUNT_FILE
        self._file: int | None = None

    def read(self) -> int | None:
        """The number; None if the file is missing or invalid."""
        try:
            text = self.path.read_bytes()[: 2 * _WIDTH].decode("ascii").strip()
        except (OSError, UnicodeDecodeError):
            return None
        return int(text) if text.isdecimal() and len(text) <= _WIDTH else None

    def write(self, count: int) -> None:
        """Write the number over the old one.

        A failure is ignored: the transaction is written, and a number that is too small raises no false alarm.
        """
        with contextlib.suppress(OSError):
            if self._file is None:
                self._file = os.open(self.path, os.O_WRONLY | os.O_CREAT, 0o644)
            os.lseek(self._file, 0, os.SEEK_SET)
            os.write(self._file, f"{count:>{_WIDTH}}\n".encode())

    def close(self) -> None:
        """Close the file."""
        if self._file is not None:
            os.close(self._file)
            self._file = None
