"""What follows a change and cannot be taken back: messages, events, objects in buckets. It waits for the commit."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable

log = logging.getLogger("cp_teach.store")

MAX_EFFECTS = 1000
"""How many effects follow one request. A rule that starts the pipeline it listens to would go on for ever."""

Effect = Callable[[], object]


class EffectQueue:
    """Effects in the order in which they were caused. Its caller holds the service's lock."""

    def __init__(self) -> None:
        self._pending: list[tuple[Effect, Effect | None]] = []
        """Of the transaction that is open, each with what takes its traces away."""
        self._due: deque[Effect] = deque()
        self._waiting: list[Effect] = []
        """Until the store can be written."""
        self._performing = False

    def add_pending(self, effect: Effect, undo: Effect | None) -> None:
        """Add what follows if the open transaction is written; ``undo`` follows if it is taken back."""
        self._pending.append((effect, undo))

    def add(self, effect: Effect, *, wait: bool) -> None:
        """Add what follows in any case, now or when the store can be written."""
        if wait:
            self._waiting.append(effect)
        else:
            self._due.append(effect)

    def commit(self) -> None:
        """The transaction is written."""
        self._due.extend(effect for effect, _ in self._pending)
        self._pending.clear()

    def roll_back(self) -> None:
        """The transaction is taken back."""
        undos = [undo for _, undo in self._pending if undo is not None]
        self._pending.clear()
        for undo in reversed(undos):
            undo()

    def perform(self, *, writable: bool) -> None:
        """Let happen what is due; an effect can begin a transaction of its own, and add more."""
        if self._performing:
            return
        if writable:
            self._due.extend(self._waiting)
            self._waiting.clear()
        self._performing = True
        try:
            for _ in range(MAX_EFFECTS):
                if not self._due:
                    break
                effect = self._due.popleft()
                try:
                    effect()
                except Exception as error:  # whatever moto says: the others must happen all the same
                    log.warning("An effect of a change failed: %r (%r)", error, effect)
        finally:
            self._performing = False
