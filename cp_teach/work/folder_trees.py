"""Measure and remove folders that an untrusted command has filled.

No function recurses or follows a link, because the command decides how deep a folder is and what is in it.
"""

from __future__ import annotations

import errno
import os
import stat
import sys
import uuid
from contextlib import suppress
from pathlib import Path

ENTRY = 256
"""Bytes that each file or folder counts in addition to its contents."""


def size(*folders: Path, most: int = sys.maxsize) -> int:
    """The bytes of all files in the folders, plus ``ENTRY`` for each file and folder, because empty ones use disk
    space, too. Entries that vanish meanwhile do not count. A path that is too long to read counts as ``sys.maxsize``,
    because its contents are unknown. The search stops when the sum reaches ``most``."""
    total, todo = 0, [str(folder) for folder in folders]
    while todo and total < most:  # no recursion: the command decides how deep the folders are
        place = todo.pop()
        try:
            entries = _entries(place)
        except OSError as error:
            if error.errno == errno.ENAMETOOLONG:
                return sys.maxsize
            continue
        for entry in entries:
            total += ENTRY
            with suppress(OSError):
                if entry.is_dir(follow_symlinks=False):
                    todo.append(entry.path)
                total += disk_bytes(entry.stat(follow_symlinks=False))
    return total


def _entries(place: str) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(place) as entries:
            return list(entries)
    except PermissionError:
        _make_readable(place)
        with os.scandir(place) as entries:
            return list(entries)


def _make_readable(place: str) -> None:
    """Make a folder readable for its owner. Otherwise a command could hide in it how much it writes."""
    # Use a descriptor, because the command may put a link in the folder's place meanwhile.
    opened = os.open(place, getattr(os, "O_PATH", os.O_RDONLY) | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        Path(f"/proc/self/fd/{opened}").chmod(
            stat.S_IMODE(os.fstat(opened).st_mode) | stat.S_IRUSR | stat.S_IXUSR
        )
    finally:
        os.close(opened)


def disk_bytes(status: os.stat_result) -> int:
    """The bytes of a file: its size, or its disk usage if that is larger (fallocate)."""
    return max(status.st_size, 512 * getattr(status, "st_blocks", 0))


def remove(path: Path) -> None:
    """Remove a file, a link (not its target), or a folder with its contents, even if a script took away the
    permission. No process that can change it must be running."""
    if path.is_symlink() or not path.is_dir():
        path.unlink(missing_ok=True)
        return
    path.chmod(0o700)
    top = str(path)
    waiting = [top]
    while waiting:
        folder = waiting[-1]
        inner = []
        for entry in _entries(folder):
            if not entry.is_dir(follow_symlinks=False):
                os.unlink(entry.path)  # noqa: PTH108 - there may be many, and Path is slow
                continue
            below = entry.path
            try:
                os.rmdir(below)  # noqa: PTH106
                continue
            except OSError:  # something is in it
                os.chmod(below, 0o700)  # noqa: PTH101 - so that it can be emptied and moved
            if folder != top:  # move it to the top, so that no path gets too long
                below = f"{top}/{uuid.uuid4().hex}"
                os.rename(entry.path, below)  # noqa: PTH104
            inner.append(below)
        if folder == top and inner:
            waiting += inner
            continue
        os.rmdir(folder)  # noqa: PTH106
        waiting.pop()
        waiting += inner


def beginning(path: Path, most: int) -> bytes:
    """The first bytes of a file that an untrusted command could write; b"" for a link, a pipe, a device, or a file in
    a folder that is a link.

    The file is opened first and checked afterwards, because a running command could replace it between two accesses by
    path.
    """
    opened: list[int] = []
    try:
        opened.append(os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW))
        opened.append(os.open(path.name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=opened[0]))
        if not stat.S_ISREG(os.fstat(opened[1]).st_mode):
            return b""
        with os.fdopen(opened.pop(), "rb") as file:
            return file.read(most)
    except OSError:
        return b""
    finally:
        for each in opened:
            os.close(each)
