"""Read a complete request body, up to a limit, before the request is processed.

moto has no limit on bodies and trusts their headers. This module counts the bytes as it reads them and keeps large
bodies in a temporary file.
"""

from __future__ import annotations

import io
import re
import tempfile
from collections.abc import Iterator
from typing import IO
from wsgiref.types import WSGIEnvironment

from cp_teach.aws.server.http.aws_errors import Fault, Kind, is_admin

API = 6_000_000
"""Maximum bytes of an API request; CodePipeline's largest structures have 100,000."""
UPLOAD = 100_000_000
"""Maximum bytes of one upload to S3, or of a function's code. A larger object needs a multipart upload."""
IN_MEMORY = 1_000_000
"""Maximum bytes of a body in memory. A longer body is kept in a temporary file."""
PIECE = 1 << 16
PER_SECOND = 20_000
"""Bytes per second that a client must send on average, after ``PATIENCE`` seconds."""
PATIENCE = 20.0

_LENGTH = re.compile(r"[0-9]{1,15}")
_CHUNK = re.compile(rb"[0-9A-Fa-f]{1,15}")


def limit_of(environ: WSGIEnvironment, service: str) -> int:
    """The maximum number of bytes of this request's body."""
    if (
        is_admin(environ.get("PATH_INFO", ""))
        or "HTTP_X_AMZ_TARGET" in environ
        or "HTTP_SMITHY_PROTOCOL" in environ
    ):
        return API
    return UPLOAD if service in ("s3", "lambda", "") else API


def read_body(environ: WSGIEnvironment, limit: int) -> IO[bytes]:
    """The complete body. ``environ`` gets its length, and the returned file as its ``wsgi.input``.

    Raises ``Fault`` if the body is too large or ends early, or if the headers do not give its length.
    """
    coding, length = environ.pop("HTTP_TRANSFER_ENCODING", None), environ.get("CONTENT_LENGTH")
    source: IO[bytes] = environ["wsgi.input"]
    within = environ.get("cp_teach.time_limit", lambda seconds: None)
    if coding is None and length in (None, "", "0"):
        body: IO[bytes] = io.BytesIO()
    elif coding is not None:
        if length is not None or coding.strip().lower() != "chunked":
            raise Fault(
                Kind.MALFORMED,
                "Send either Content-Length or Transfer-Encoding: chunked, and no other coding.",
            )
        within(PATIENCE + limit / PER_SECOND)
        body = _spooled(_chunks(source, limit), limit)
    else:
        if not _LENGTH.fullmatch(length or ""):
            raise Fault(Kind.MALFORMED, "The Content-Length header is not a number of bytes.")
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
        Kind.TOO_LARGE,
        f"The request body is too large: the limit is {limit:,} bytes. Upload a large object in parts.",
    )


def _spooled(pieces: Iterator[bytes], limit: int) -> IO[bytes]:
    """The pieces as a file, in memory while they are small. The file frees its storage when it is closed or
    collected."""
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
            raise Fault(Kind.CUT_SHORT, "The request body ended before its Content-Length.")
        length -= len(piece)
        yield piece


def _chunks(source: IO[bytes], limit: int) -> Iterator[bytes]:
    """Decode chunks (RFC 9112, section 7.1); extensions and trailers are skipped."""
    while True:
        line = source.readline(1024)
        size, _, _ = line.partition(b";")
        if not line.endswith(b"\n") or not _CHUNK.fullmatch(size.strip()):
            raise Fault(Kind.CUT_SHORT, "A chunk of the body does not begin with its size.")
        length = int(size, 16)
        if length > limit:
            raise _too_large(limit)
        if not length:
            break
        yield from _pieces(source, length)
        if source.readline(3) not in (b"\r\n", b"\n"):
            raise Fault(Kind.CUT_SHORT, "A chunk of the body is longer than its size.")
    for _ in range(100):
        if source.readline(8192) in (b"\r\n", b"\n", b""):
            return
    raise Fault(Kind.MALFORMED, "The body has more than 100 trailers.")
