"""Write a file completely or not at all: a full disk or the end of the process leaves the old file unchanged.

The module is outside the rooms because rooms that do not import each other need it.
"""

from __future__ import annotations

import os
import shutil
import stat
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO


def write_atomically(path: Path, data: bytes | str) -> Path:
    """Write ``data`` (text as UTF-8) to ``path``, replacing an existing file, and return the path.

    A symbolic link itself is replaced, not its target. An existing file keeps its permissions. On ``OSError`` the old
    file is unchanged.
    """
    with _replacing(path) as file:
        file.write(data.encode("utf-8") if isinstance(data, str) else data)
    return path


def copy_atomically(source: Path, path: Path) -> Path:
    """Copy the contents of ``source`` to ``path`` like ``write_atomically``, without reading them into memory."""
    with source.open("rb") as data, _replacing(path) as file:
        shutil.copyfileobj(data, file)
    return path


@contextmanager
def _replacing(path: Path) -> Iterator[IO[bytes]]:
    """A new file beside ``path`` that takes its place at the end."""
    part = path.with_name(f".{path.name[:60]}-{uuid.uuid4().hex}.part")
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    # Not tempfile, because a new file must have the permissions that its folder's user expects.
    handle = os.open(part, flags, 0o666)
    try:
        with os.fdopen(handle, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())  # some file systems report only now that the disk is full
        _keep_permissions(path, part)
        part.replace(path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise


def _keep_permissions(path: Path, part: Path) -> None:
    try:
        old = path.lstat()
    except OSError:
        return
    if stat.S_ISREG(old.st_mode):
        part.chmod(stat.S_IMODE(old.st_mode) & 0o777)
