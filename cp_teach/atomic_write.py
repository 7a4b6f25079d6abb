"""Write a file completely or not at all: a full disk or the end of the process leaves the old file unchanged.

The module is outside the rooms because rooms that do not import each other need it.
"""

from __future__ import annotations

import os
import stat
import uuid
from pathlib import Path


def write_atomically(path: Path, data: bytes | str) -> Path:
    """Write ``data`` (text as UTF-8) to ``path``, replacing an existing file, and return the path.

    A symbolic link itself is replaced, not its target. An existing file keeps its permissions. On ``OSError`` the old
    file is unchanged.
    """
    content = data.encode("utf-8") if isinstance(data, str) else data
    part = path.with_name(f".{path.name[:60]}-{uuid.uuid4().hex}.part")
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    handle = os.open(
        part, flags, 0o666
    )  # not tempfile: a new file has the permissions that its folder's user expects
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())  # some file systems report only now that the disk is full
        _keep_permissions(path, part)
        part.replace(path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    return path


def _keep_permissions(path: Path, part: Path) -> None:
    try:
        old = path.lstat()
    except OSError:
        return
    if stat.S_ISREG(old.st_mode):
        part.chmod(stat.S_IMODE(old.st_mode) & 0o777)
