"""stdout and stderr for every command, with the control characters of untrusted text escaped.

``main`` installs these streams while a command runs, so no ``print`` can bypass them. File names, build output, error
messages, and usage texts all go through ``escape_controls``.
"""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from types import TracebackType
from typing import Any, TextIO

from cp_teach.security.output.terminal import escape_controls


class EscapingStream:
    """A stream that escapes control characters and writes to another stream, which does everything else."""

    def __init__(self, stream: TextIO) -> None:
        self.stream = stream

    def write(self, text: str) -> int:
        """Write the text with its control characters escaped."""
        self.stream.write(escape_controls(text))
        return len(text)

    def writelines(self, lines: Iterable[str]) -> None:
        """Write each of the lines with its control characters escaped."""
        for line in lines:
            self.write(line)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.stream, name)


def erase_line(stream: TextIO, width: int = 0) -> None:
    """Go to the start of the line and erase ``width`` characters, for a counter that is updated in place.

    No other code of the commands moves the cursor.
    """
    behind = stream.stream if isinstance(stream, EscapingStream) else stream
    behind.write(f"\r{' ' * width}\r")


@contextmanager
def escaped_output() -> Iterator[None]:
    """Install the streams, and restore the old ones at the end."""
    before = sys.stdin, sys.stdout, sys.stderr
    # A closed stream (`>&-`) is None. Open something there, so that no file of ours gets its number.
    if sys.stdin is None:
        sys.stdin = open(os.devnull, encoding="utf-8")  # noqa: PTH123, SIM115  # stays open like the real one
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            stream = open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123, SIM115  # stays open like the real one
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")  # an old terminal without arrows gets a question mark
        setattr(sys, name, EscapingStream(stream))
    hook, sys.excepthook = sys.excepthook, _print_traceback
    try:
        yield
    except Exception:
        raise  # keep the hook, because our own errors can also quote untrusted text
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
    """Restore the original streams, for an external program that prints its own colors."""
    before = sys.stdout, sys.stderr
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        setattr(sys, name, stream.stream if isinstance(stream, EscapingStream) else stream)
    try:
        yield
    finally:
        sys.stdout, sys.stderr = before


def drop_unwritable() -> None:
    """Discard output that cannot be written, because the reader is gone or the disk is full.

    Python would otherwise try to write it again at exit, and report an error.
    """
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError:
            with suppress(OSError, ValueError):
                os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
