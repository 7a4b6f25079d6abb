"""Write the progress of one action execution to the journal, at most a few times a second."""

from __future__ import annotations

import json
import logging
import re
import threading
from collections import deque
from collections.abc import Callable
from functools import partial

from cp_teach.engine import ActionRow
from cp_teach.engine.history import progress_notes
from cp_teach.engine.history.progress_notes import note_name

FLUSH_SECONDS = 0.2
"""Seconds between flushes, so that verbose builds do not flood listeners."""
MAX_LINES = 200
"""The number of output lines that are kept in the journal; ``LocalPipeline.output`` has all."""
MAX_LENGTH = 500
"""The number of characters at which a line is cut."""
CONTROL_CHARACTERS = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|[\x00-\x08\x0b-\x1f\x7f]")
"""The colors and cursor movements of a terminal, which a page does not have."""

LOG = logging.getLogger(__name__)
Log = Callable[[ActionRow, str], None]
"""A listener to the output."""
Note = Callable[[str, Callable[[str], str]], None]


class ProgressWriter:
    """The progress of one action execution. ``note`` is the Run's; ``flush`` writes everything that is buffered."""

    def __init__(self, row: ActionRow, note: Note) -> None:
        self._row, self._note = row, note
        self._facts: dict[str, object] = {}
        self._lines: deque[str] = deque(maxlen=MAX_LINES)
        self._count = 0
        self._lock, self._writing = threading.Lock(), threading.Lock()
        self._timer: threading.Timer | None = None

    def add_line(self, line: str) -> None:
        """Buffer a line of output."""
        short = CONTROL_CHARACTERS.sub("", line.rstrip("\r\n").replace("\t", "    "))
        with self._lock:
            self._count += 1
            self._lines.append(short if len(short) <= MAX_LENGTH else f"{short[: MAX_LENGTH - 1]}…")
            self._schedule()

    def set_fact(self, what: str, fact: object) -> None:
        """Buffer a fact in plain JSON, which replaces the previous one of this name."""
        with self._lock:
            self._facts[what] = fact
            self._schedule()

    def _schedule(self) -> None:
        if self._timer is None:
            self._timer = threading.Timer(FLUSH_SECONDS, self.flush)
            self._timer.daemon = True
            self._timer.start()

    def flush(self) -> None:
        """Write everything that is buffered. Only one thread writes at a time, so the newest note is the last."""
        with self._writing:
            with self._lock:
                if self._timer is not None:
                    self._timer.cancel()
                    self._timer = None
                facts, self._facts = self._facts, {}
                lines, count = list(self._lines), self._count
                self._lines.clear()
            for what, fact in facts.items():
                self._note(
                    note_name(what, self._row), partial(_replace, json.dumps(fact, ensure_ascii=False))
                )
            if lines:
                self._note(
                    note_name(progress_notes.LOG, self._row), lambda before: _append(before, lines, count)
                )


def _replace(text: str, before: str) -> str:
    return text


def _append(before: str, lines: list[str], count: int) -> str:
    earlier = json.loads(before)[1] if before else []
    return json.dumps([count, [*earlier, *lines][-MAX_LINES:]], ensure_ascii=False)


def ignoring_errors(log: Log) -> Log:
    """A listener whose exceptions do not end the work; the first one is logged."""
    failed = threading.Event()

    def line(row: ActionRow, text: str) -> None:
        try:
            log(row, text)
        except Exception:  # a failing listener must not end the work
            if not failed.is_set():
                failed.set()
                LOG.exception("The listener to the output of %s failed", row.action)

    return line
