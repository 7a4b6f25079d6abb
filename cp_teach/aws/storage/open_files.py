"""Seeing that the open files of the database are still those in the folder.

SQLite writes to a file that was deleted or moved away as before, and all of it is gone with the process.
"""

from __future__ import annotations

from pathlib import Path


class OpenFiles:
    """The database and its write-ahead log, as they were when they were opened."""

    def __init__(self, path: Path) -> None:
        self._paths = (path, path.with_name(path.name + "-wal"))
        self._known: dict[Path, tuple[int, int]] = {}
        self.remember()

    def remember(self) -> None:
        """Note each file that is there for the first time: the log comes with the first transaction."""
        for path in self._paths:
            if path not in self._known and (identity := _identity(path)) is not None:
                self._known[path] = identity

    def check(self) -> None:
        """Raises ``OSError`` where a file is no longer the one that was opened."""
        for path, identity in self._known.items():
            if _identity(path) != identity:
                raise OSError(
                    f"{path} was deleted, moved or replaced while it was in use. Restart the server"
                )


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino
