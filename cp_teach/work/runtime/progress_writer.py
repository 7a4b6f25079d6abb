"""What one run of an action tells while it goes on, written on the journal a few times a second at the most."""

from __future__ import annotations

import json
import logging
import re
import threading
from collections import deque
from collections.abc import Callable
from functools import partial
from typing import Any

from cp_teach.engine import ActionRow
from cp_teach.engine.history import progress_notes
from cp_teach.engine.history.progress_notes import note_name

BEAT = 0.2
"""Seconds in which news are gathered before they are written: a chatty build must not keep those busy who look."""
LINES = 200
"""So many of the newest lines are kept for those who look; ``Workplace.output`` has all."""
LONGEST = 500
"""So many letters of a line are shown."""
CONTROL = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|[\x00-\x08\x0b-\x1f\x7f]")
"""Colours and movements of a terminal, which a page does not have."""

LOG = logging.getLogger(__name__)
Log = Callable[[ActionRow, str], None]
"""Who listens to the output."""
Note = Callable[[str, Callable[[str], str]], None]


class Progress:
    """The news of one run of an action. ``note`` is the Run's; ``flush`` writes now what was gathered."""

    def __init__(self, row: ActionRow, note: Note) -> None:
        self._row, self._note = row, note
        self._facts: dict[str, Any] = {}
        self._lines: deque[str] = deque(maxlen=LINES)
        self._count = 0
        self._lock, self._writing = threading.Lock(), threading.Lock()
        self._timer: threading.Timer | None = None

    def say(self, line: str) -> None:
        """A line of output."""
        short = CONTROL.sub("", line.rstrip("\r\n").replace("\t", "    "))
        with self._lock:
            self._count += 1
            self._lines.append(short if len(short) <= LONGEST else f"{short[: LONGEST - 1]}…")
            self._soon()

    def tell(self, what: str, fact: Any) -> None:
        """A fact as plain JSON, which takes the place of the one before."""
        with self._lock:
            self._facts[what] = fact
            self._soon()

    def _soon(self) -> None:
        if self._timer is None:
            self._timer = threading.Timer(BEAT, self.flush)
            self._timer.daemon = True
            self._timer.start()

    def flush(self) -> None:
        """Write what was gathered. Two never write at once: the newest must be the last."""
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
                    note_name(what, self._row), partial(_instead, json.dumps(fact, ensure_ascii=False))
                )
            if lines:
                self._note(
                    note_name(progress_notes.LOG, self._row), lambda before: _longer(before, lines, count)
                )


def _instead(text: str, before: str) -> str:
    return text


def _longer(before: str, lines: list[str], count: int) -> str:
    known = json.loads(before)[1] if before else []
    return json.dumps([count, [*known, *lines][-LINES:]], ensure_ascii=False)


def harmless(log: Log) -> Log:
    """A listener whose faults end no work: the first of them is logged."""
    failed = threading.Event()

    def line(row: ActionRow, text: str) -> None:
        try:
            log(row, text)
        except Exception:  # of whoever listens, who may do anything: the work goes on
            if not failed.is_set():
                failed.set()
                LOG.exception("Who listens to the output of %s has failed", row.action)

    return line
