"""Where every command prints: stdout and stderr, with the text of strangers made harmless on the way.

``main`` puts these streams in place for as long as a command runs, so that no ``print`` can forget it: names from
files, output of builds, error messages and usage alike go through ``escape_controls``.
"""

from __future__ import annotations

import io
import os
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import TracebackType
from typing import Any, TextIO

from cp_teach.security.output.terminal import escape_controls


class EscapingStream(io.TextIOBase):
    """A stream in front of another; control characters become visible on the way."""

    def __init__(self, stream: TextIO) -> None:
        self.stream = stream

    def write(self, text: str) -> int:
        """Write the text with its control characters escaped."""
        self.stream.write(escape_controls(text))
        return len(text)

    def flush(self) -> None:
        """Hand on what is buffered."""
        self.stream.flush()

    def isatty(self) -> bool:
        """Whether a person reads it."""
        return self.stream.isatty()

    def fileno(self) -> int:
        """The descriptor behind it."""
        return self.stream.fileno()

    def writable(self) -> bool:
        """It is."""
        return True

    @property
    def encoding(self) -> str:  # type: ignore[override]  # TextIOBase has an attribute there
        """That of the stream behind."""
        return self.stream.encoding

    @property
    def errors(self) -> str | None:  # type: ignore[override]  # TextIOBase has an attribute there
        """That of the stream behind."""
        return self.stream.errors

    def __getattr__(self, name: str) -> Any:
        return getattr(self.stream, name)


def erase_line(stream: TextIO, width: int = 0) -> None:
    """Go to the beginning of the line and wipe ``width`` characters: for a count that is shown again and again.

    The one place where a command of ours moves the cursor.
    """
    behind = stream.stream if isinstance(stream, EscapingStream) else stream
    behind.write(f"\r{' ' * width}\r")


@contextmanager
def escaped_output() -> Iterator[None]:
    """Put the streams in place, and the old ones back at the end."""
    before = sys.stdin, sys.stdout, sys.stderr
    # A stream that was closed (`>&-`) is None. With something there, its number is not given to a file that we open.
    if sys.stdin is None:
        sys.stdin = open(os.devnull, encoding="utf-8")  # noqa: PTH123, SIM115  # stays open like the real one
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            stream = open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123, SIM115  # stays open like the real one
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")  # an old terminal that has no arrow gets a question mark
        setattr(sys, name, EscapingStream(stream))
    hook, sys.excepthook = sys.excepthook, _print_traceback
    try:
        yield
    except Exception:
        raise  # the hook stays: a fault of ours can quote a stranger, too
    except BaseException:
        sys.excepthook = hook
        raise
    else:
        sys.excepthook = hook
    finally:
        sys.stdin, sys.stdout, sys.stderr = before


def _print_traceback(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    if sys.stderr is not None:
        sys.stderr.write(escape_controls("".join(traceback.format_exception(kind, error, trace))))


@contextmanager
def plain_output() -> Iterator[None]:
    """The streams as they were: for a program of others that prints with colors of its own."""
    before = sys.stdout, sys.stderr
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        setattr(sys, name, stream.stream if isinstance(stream, EscapingStream) else stream)
    try:
        yield
    finally:
        sys.stdout, sys.stderr = before


def drop_unwritable() -> None:
    """Send what cannot be written nowhere, where a reader has gone or a disk is full.

    Python would try to write it once more at its end, and complain.
    """
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError:
            with suppress(OSError, ValueError):
                os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
