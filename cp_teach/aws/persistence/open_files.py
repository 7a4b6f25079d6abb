"""Check that the open database files are still those in the folder.

SQLite keeps writing to a file that was deleted or moved away, and all of it is lost when the process ends.
"""

from __future__ import annotations

from pathlib import Path


class OpenFiles:
    """The database and its write-ahead log, identified when they were opened."""

    def __init__(self, path: Path) -> None:
        self._paths = (path, path.with_name(path.name + "-wal"))
        self._identities: dict[Path, tuple[int, int]] = {}
        self.remember()

    def remember(self) -> None:
        """Record each file that is new; the log appears with the first transaction."""
        for path in self._paths:
            if path not in self._identities and (identity := _identity(path)) is not None:
                self._identities[path] = identity

    def check(self) -> None:
        """Raise ``OSError`` if a file is not the same as when it was opened."""
        for path, identity in self._identities.items():
            if _identity(path) != identity:
                raise OSError(
                    f"{path} was deleted, moved or replaced while it was in use. Restart the server"
                )


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino
