"""Atomic writes: a file is written completely or not at all, even if the disk is full or the process ends.

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
from typing import BinaryIO


def write_atomically(path: Path, data: bytes | str) -> Path:
    """Write ``data`` (text as UTF-8) to ``path``, replacing an existing file, and return the path.

    A symbolic link itself is replaced, not its target. An existing file keeps its permissions. On ``OSError`` the old
    file is unchanged.
    """
    content = data.encode("utf-8") if isinstance(data, str) else data
    with _replacing(path, path.parent) as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())  # some file systems report only now that the disk is full
    return path


def copy_atomically(source: Path, path: Path, folder: Path | None = None) -> Path:
    """Copy the content of ``source`` to ``path`` like ``write_atomically``, and return the path.

    ``folder`` has the incomplete file; it must be on the same file system, and is by default that of ``path``.
    """
    with source.open("rb") as original, _replacing(path, folder or path.parent) as file:
        shutil.copyfileobj(original, file)
    return path


@contextmanager
def _replacing(path: Path, folder: Path) -> Iterator[BinaryIO]:
    part = folder / f".{path.name[:40]}-{uuid.uuid4().hex}.part"
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    # Not tempfile, because a new file must have the permissions that its folder's user expects.
    handle = os.open(part, flags, 0o666)
    try:
        with os.fdopen(handle, "wb") as file:
            yield file
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
