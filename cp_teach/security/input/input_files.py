"""Read an untrusted file: only a regular file or a pipe, in UTF-8 or UTF-16, up to a size limit.

``/dev/zero`` has no end, a named pipe waits for a writer, and a text of several gigabytes fills the memory. This
module turns each of these into an error message.
"""

from __future__ import annotations

import codecs
import json
import stat
from pathlib import Path
from typing import Any, BinaryIO

from cp_teach.security.input.json_input import InvalidJson, parse_json

MAX_BYTES = 256_000_000
"""Default size limit of a file. A run of 100,000 entries has about 50 MB."""


class UnreadableFile(ValueError):
    """The file cannot be read; the message names it and says why."""


class NoFile(UnreadableFile):
    """There is no content to read: it is a folder, a device, or a pipe, is too large, or cannot be opened."""


def is_folder(path: Path) -> bool:
    """Whether the path is a folder; False for a name that no file can have, which ``read_input_file`` refuses."""
    try:
        return path.is_dir()
    except (OSError, ValueError):
        return False


def read_input_file(path: Path, most: int = MAX_BYTES) -> bytes:
    """The content of a regular file of at most ``most`` bytes.

    Raises ``FileNotFoundError`` if the file is missing, and ``NoFile`` if it is a folder, a device, or a pipe, is too
    large, or cannot be opened.
    """
    try:
        # Check the kind first, because opening a named pipe waits for a writer.
        kind = path.stat().st_mode
        if stat.S_ISDIR(kind):
            raise NoFile(f"{path} is a folder; give a file.")
        handed_over = stat.S_ISFIFO(kind) and str(path).startswith("/dev/fd/")  # a shell's <(command)
        if not stat.S_ISREG(kind) and not handed_over:
            name = "a pipe" if stat.S_ISFIFO(kind) else "a socket" if stat.S_ISSOCK(kind) else "a device"
            raise NoFile(f"{path} is not a regular file, but {name}; give a file.")
        with path.open("rb") as file:
            return read_bounded(file, str(path), most)
    except (FileNotFoundError, UnreadableFile):
        raise
    except OSError as error:
        raise NoFile(f"{path} cannot be read: {error.strerror or error}.") from error
    except ValueError as error:
        raise NoFile(f"{str(path)!r} is not a valid file name: {error}.") from error


def read_bounded(file: BinaryIO, name: str, most: int = MAX_BYTES) -> bytes:
    """The rest of a stream of at most ``most`` bytes. Raises ``UnreadableFile`` for a longer one."""
    data = file.read(most + 1)
    if len(data) > most:
        raise NoFile(f"{name} is too large: the limit is {most:,} bytes.")
    return data


def read_text_file(path: Path, most: int = MAX_BYTES) -> str:
    """The text of a file. Raises like ``read_input_file``, and like ``decode_text``."""
    return decode_text(read_input_file(path, most), str(path))


def decode_text(data: bytes, name: str) -> str:
    """The text in the content of file ``name``: UTF-8, or UTF-16 or UTF-32 with a byte order mark.

    ``>`` writes UTF-16 in Windows PowerShell. Raises ``UnreadableFile`` for anything else.
    """
    encoding = next((encoding for mark, encoding in _MARKS if data.startswith(mark)), "")
    if not encoding:  # a text of ASCII characters without a mark has a zero in every second byte
        encoding = {b"\0": "utf-16-be"}.get(data[:1]) or {b"\0": "utf-16-le"}.get(data[1:2]) or "utf-8"
    try:
        return data.decode(encoding).removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        kind = "UTF-8" if encoding == "utf-8" else encoding.upper()[:6]
        raise UnreadableFile(
            f"{name} is not a text file: it is not {kind} text (byte {error.start})."
        ) from error


_MARKS = (  # those of UTF-32 first, because they begin with those of UTF-16
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
    (codecs.BOM_UTF8, "utf-8"),
)


def parse_input_json(text: str, name: str) -> Any:
    """The value of the JSON text of file ``name``, within the limits of ``parse_json``. Raises ``UnreadableFile``."""
    try:
        return parse_json(text)
    except InvalidJson as error:
        cause = error.__cause__
        if isinstance(cause, json.JSONDecodeError):
            place = f"line {cause.lineno}, column {cause.colno}"
            raise UnreadableFile(f"{name} is not JSON: {cause.msg} at {place}.") from cause
        raise UnreadableFile(f"{name} cannot be read. {error}") from error
