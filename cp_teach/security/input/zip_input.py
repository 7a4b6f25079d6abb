"""Read untrusted zip files, with the two compression methods that need bounded memory.

``zipfile`` does not limit the output of one step of bzip2 or LZMA: 758 bytes of bzip2 take 1.7 GB of memory, regardless
of the declared size of the entry. Their decoders also raise errors other than ``BadZipFile``.
"""

from __future__ import annotations

import struct
import zipfile
import zlib
from typing import IO, Any

METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
"""Stored and deflated, the methods of ``zip``, git, Java, and AWS."""

ZIP_ERRORS: tuple[type[Exception], ...] = (
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
"""Exceptions that a damaged, encrypted, or unusual zip file raises while it is opened or read."""


class PlainZip(zipfile.ZipFile):
    """A zip file for reading. An entry with another compression method than ``METHODS`` raises ``BadZipFile``."""

    def open(self, name: Any, *args: Any, **kwargs: Any) -> IO[bytes]:
        """Open one entry; ``read`` and ``extract`` call this method, too."""
        info = name if isinstance(name, zipfile.ZipInfo) else self.getinfo(name)
        if info.compress_type not in METHODS:
            raise zipfile.BadZipFile(
                f"{info.orig_filename!r} is compressed with method {info.compress_type}; only stored and deflated "
                "entries are read"
            )
        return super().open(name, *args, **kwargs)
