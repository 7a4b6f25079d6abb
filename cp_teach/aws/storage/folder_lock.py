"""One owner for a folder: a lock of the operating system, which goes with the process however the process ends."""

from __future__ import annotations

import contextlib
import errno
import os
import sys
from pathlib import Path

LOCK_FILE = "cp_teach.lock"
_LOCKED_BYTE = 1 << 30
"""The byte that is locked. It lies far behind the text, because Windows lets nobody read a locked byte."""

_TAKEN = (errno.EACCES, errno.EAGAIN, errno.EDEADLK)
"""What the systems say where another process has the lock; anything else is another fault."""

_held: set[Path] = set()
"""Folders of this process: POSIX gives the same lock to the same process as often as it asks."""


class FolderInUse(RuntimeError):
    """Another server owns the folder; the message names the folder and says what to do."""


class FolderLock:
    """Owns a folder until ``release``, or until the process ends, also by ``kill -9``.

    Raises ``FolderInUse``, or ``OSError`` where no file can be made in the folder.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder.resolve()
        if self._folder in _held:
            raise FolderInUse(_words(folder, "this process"))
        # Not opened by name in write mode: an owner's text must outlive the attempt of a second server.
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
            raise FolderInUse(_words(folder, process)) from None
        _held.add(self._folder)
        with contextlib.suppress(
            OSError
        ):  # a full disk: the lock holds without the number, which only helps a reader
            os.write(self._file, f"{os.getpid():<20}\n".encode())

    def release(self) -> None:
        """Let another server have the folder."""
        if self._folder in _held:
            _held.discard(self._folder)
            os.close(self._file)  # this lets go of the lock, too


def _words(folder: Path, owner: str) -> str:
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
        # A record lock and not flock: a child that outlives a killed server must not inherit it.
        fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, _LOCKED_BYTE)
