"""The body of a request, read to its end within a bound before anything looks at it.

moto reads bodies as long as they come, and trusts their headers. Here a body is counted as it is read, and large ones
wait in a file.
"""

from __future__ import annotations

import io
import re
import tempfile
from collections.abc import Iterator
from typing import IO, Any

from cp_teach.aws.http_server.aws_errors import CUT_SHORT, MALFORMED, TOO_LARGE, Fault, is_admin

API = 6_000_000
"""Bytes that a request of an API can have: the largest structures of CodePipeline have 100,000."""
UPLOAD = 100_000_000
"""Bytes that one upload to S3, or the code of a function, can have. A larger object takes a multipart upload."""
IN_MEMORY = 1_000_000
"""A longer body waits in a temporary file."""
PIECE = 1 << 16
PER_SECOND = 20_000
"""Bytes that a client must send each second, as a mean, once it has had ``PATIENCE``."""
PATIENCE = 20.0

_LENGTH = re.compile(r"[0-9]{1,15}")
_CHUNK = re.compile(rb"[0-9A-Fa-f]{1,15}")


def limit_of(environ: dict[str, Any], service: str) -> int:
    """How many bytes the body of this request can have."""
    if is_admin(environ.get("PATH_INFO", "")) or "HTTP_X_AMZ_TARGET" in environ:
        return API
    return UPLOAD if service in ("s3", "lambda", "") else API


def read_body(environ: dict[str, Any], limit: int) -> IO[bytes]:
    """The whole body; ``environ`` then describes it by its length, and its ``wsgi.input`` is what is returned.

    Raises ``Fault`` for a body that is too large, that ends early, or whose headers do not say where it ends.
    """
    coding, length = environ.pop("HTTP_TRANSFER_ENCODING", None), environ.get("CONTENT_LENGTH")
    source: IO[bytes] = environ["wsgi.input"]
    within = environ.get("cp_teach.time_limit", lambda seconds: None)
    if coding is None and length in (None, "", "0"):
        body: IO[bytes] = io.BytesIO()
    elif coding is not None:
        if length is not None or coding.strip().lower() != "chunked":
            raise Fault(
                MALFORMED, "Send either Content-Length or Transfer-Encoding: chunked, and no other coding."
            )
        within(PATIENCE + limit / PER_SECOND)
        body = _spooled(_chunks(source, limit), limit)
    else:
        if not _LENGTH.fullmatch(length or ""):
            raise Fault(MALFORMED, "The Content-Length header is not a number of bytes.")
        if int(length or 0) > limit:
            raise _too_large(limit)
        within(PATIENCE + int(length or 0) / PER_SECOND)
        body = _spooled(_pieces(source, int(length or 0)), limit)
    size = body.seek(0, io.SEEK_END)
    body.seek(0)
    environ["CONTENT_LENGTH"] = str(size)
    environ["wsgi.input"] = body
    environ.pop("wsgi.input_terminated", None)
    return body


def _too_large(limit: int) -> Fault:
    return Fault(
        TOO_LARGE,
        f"The request body is too large: the limit is {limit:,} bytes. Upload a large object in parts.",
    )


def _spooled(pieces: Iterator[bytes], limit: int) -> IO[bytes]:
    """The pieces, in memory as long as they are few. Whoever reads the result to its end and drops it frees it."""
    body: IO[bytes] = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115
    size = 0
    try:
        for piece in pieces:
            size += len(piece)
            if size > limit:
                raise _too_large(limit)
            body.write(piece)
    except BaseException:
        body.close()
        raise
    return body


def _pieces(source: IO[bytes], length: int) -> Iterator[bytes]:
    while length:
        piece = source.read(min(PIECE, length))
        if not piece:
            raise Fault(CUT_SHORT, "The request body ended before its Content-Length.")
        length -= len(piece)
        yield piece


def _chunks(source: IO[bytes], limit: int) -> Iterator[bytes]:
    """RFC 9112, section 7.1; extensions and trailers are passed over."""
    while True:
        line = source.readline(1024)
        size, _, _ = line.partition(b";")
        if not line.endswith(b"\n") or not _CHUNK.fullmatch(size.strip()):
            raise Fault(CUT_SHORT, "A chunk of the body does not begin with its size.")
        length = int(size, 16)
        if length > limit:
            raise _too_large(limit)
        if not length:
            break
        yield from _pieces(source, length)
        if source.readline(3) not in (b"\r\n", b"\n"):
            raise Fault(CUT_SHORT, "A chunk of the body is longer than its size.")
    for _ in range(100):
        if source.readline(8192) in (b"\r\n", b"\n", b""):
            return
    raise Fault(MALFORMED, "The body has more than 100 trailers.")
