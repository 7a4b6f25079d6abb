"""A lock that gives a folder one owner; the operating system releases it when the process ends, however it ends."""

from __future__ import annotations

import contextlib
import errno
import os
import sys
from pathlib import Path

LOCK_FILE = "cp_teach.lock"
_LOCKED_BYTE = 1 << 30
"""The locked byte. It is far behind the text, because a locked byte cannot be read on Windows."""

_TAKEN = (errno.EACCES, errno.EAGAIN, errno.EDEADLK)
"""Error numbers that mean that another process has the lock; any other number is a different error."""

_held: set[Path] = set()
"""Folders that this process has locked. POSIX grants a lock to the same process repeatedly."""


class FolderInUse(RuntimeError):
    """Another server owns the folder; the message names both and says what to do."""


class FolderLock:
    """Owns a folder until ``release`` or the end of the process, even by ``kill -9``.

    Raises ``FolderInUse``, or ``OSError`` if no file can be created in the folder.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder.resolve()
        if self._folder in _held:
            raise FolderInUse(_in_use_message(folder, "this process"))
        # Not opened in truncating mode: a second server must not erase the owner's text.
        self._file = os.open(self._folder / LOCK_FILE, os.O_RDWR | os.O_CREAT, 0o644)
        try:
            _lock(self._file)
        except OSError as error:
            if error.errno not in _TAKEN:
                os.close(self._file)
                raise
            os.lseek(self._file, 0, os.SEEK_SET)
            owner = os.read(self._file, 20).decode("ascii", "replace").strip()
            os.close(self._file)
            process = f"process {owner}" if owner.isdecimal() else "another process"
            raise FolderInUse(_in_use_message(folder, process)) from None
        _held.add(self._folder)
        with contextlib.suppress(
            OSError
        ):  # on a full disk the lock works without the number, which is only for people
            os.write(self._file, f"{os.getpid():<20}\n".encode())

    def release(self) -> None:
        """Release the folder for another server."""
        if self._folder in _held:
            _held.discard(self._folder)
            os.close(self._file)  # this also releases the lock


def _in_use_message(folder: Path, owner: str) -> str:
    return (
        f"The folder {folder} is in use by {owner}: a store can have only one server at a time. Stop the other server "
        "first, or give this one its own folder: --state DIR"
    )


if sys.platform == "win32":
    import msvcrt

    def _lock(file: int) -> None:
        os.lseek(file, _LOCKED_BYTE, os.SEEK_SET)
        msvcrt.locking(file, msvcrt.LK_NBLCK, 1)
        os.lseek(file, 0, os.SEEK_SET)

else:
    import fcntl

    def _lock(file: int) -> None:
        # A record lock, not flock: a child that outlives a killed server must not inherit it.
        fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, _LOCKED_BYTE)
