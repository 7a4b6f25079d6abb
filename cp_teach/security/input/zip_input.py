"""Reading a zip file that a stranger has made: with the two methods of compression that can be read in bounds.

``zipfile`` gives bzip2 and LZMA as much as they like to unpack in one step: 758 bytes of bzip2 take 1.7 GB of memory,
whatever size the entry says it has. Their decoders also raise errors of their own, which are no ``BadZipFile``.
"""

from __future__ import annotations

import struct
import zipfile
import zlib
from typing import IO, Any

METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
"""Stored and deflated: what ``zip``, git, Java and AWS make."""

UNREADABLE: tuple[type[Exception], ...] = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    OSError,
    EOFError,
    RuntimeError,
    NotImplementedError,
    ValueError,
    OverflowError,
)
"""What a zip file that is damaged, encrypted or odd raises while it is opened or read."""


class PlainZip(zipfile.ZipFile):
    """A zip file to be read. An entry in another compression than ``METHODS`` raises ``BadZipFile``."""

    def open(self, name: Any, *args: Any, **kwargs: Any) -> IO[bytes]:
        """Open one entry; ``read`` and ``extract`` come here, too."""
        info = name if isinstance(name, zipfile.ZipInfo) else self.getinfo(name)
        if info.compress_type not in METHODS:
            raise zipfile.BadZipFile(
                f"{info.orig_filename!r} is compressed with method {info.compress_type}; only stored and deflated "
                "entries are read"
            )
        return super().open(name, *args, **kwargs)
