"""Queue for effects that cannot be undone (messages, events, objects in buckets): they wait for the commit."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable

log = logging.getLogger("cp_teach.store")

MAX_EFFECTS = 1000
"""Maximum effects of one request. Without it, a rule that starts the pipeline it listens to would never end."""

Effect = Callable[[], object]


class EffectQueue:
    """Effects in the order of their causes. The caller must hold the service's lock."""

    def __init__(self) -> None:
        self._pending: list[tuple[Effect, Effect | None]] = []
        """Effects of the open transaction, each with its undo function."""
        self._due: deque[Effect] = deque()
        self._waiting: list[Effect] = []
        """Effects that wait until the store is writable."""
        self._performing = False

    def add_pending(self, effect: Effect, undo: Effect | None) -> None:
        """Add an effect of the open transaction; ``undo`` is called instead if the transaction is rolled back."""
        self._pending.append((effect, undo))

    def add(self, effect: Effect, *, wait: bool) -> None:
        """Add an effect outside a transaction, due now or (``wait``) when the store is writable."""
        if wait:
            self._waiting.append(effect)
        else:
            self._due.append(effect)

    def commit(self) -> None:
        """Make the effects of the written transaction due."""
        self._due.extend(effect for effect, _ in self._pending)
        self._pending.clear()

    def roll_back(self) -> None:
        """Drop the effects of the open transaction and undo their traces."""
        undos = [undo for _, undo in self._pending if undo is not None]
        self._pending.clear()
        for undo in reversed(undos):
            undo()

    def perform(self, *, writable: bool) -> None:
        """Perform the effects that are due; an effect can begin a transaction and add more effects."""
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
                except Exception as error:  # the other effects must still happen
                    log.warning("An effect of a change failed: %r (%r)", error, effect)
        finally:
            self._performing = False
