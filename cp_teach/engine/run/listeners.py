"""Who listens to a Run, and what they have yet to hear: each change once, in the order of the journal."""

from __future__ import annotations

import threading
import warnings
from collections import deque
from collections.abc import Callable

from cp_teach.engine.run.result import Change

Listener = Callable[[Change], None]


class News:
    """The listeners of one run (``of`` is its name) and a queue of changes."""

    def __init__(self, of: str) -> None:
        self._of = of
        self._listeners: dict[object, Listener] = {}
        self._waiting: deque[Change] = deque()
        self._telling = False
        self._lock = threading.Lock()

    def listen(self, listener: Listener) -> Callable[[], None]:
        """Add a listener. Returns a function that takes this one, and no other, away again."""
        token = object()
        self._listeners[token] = listener

        def stop() -> None:
            self._listeners.pop(token, None)

        return stop

    def add(self, change: Change) -> None:
        """Put a change at the end of the queue; the run does so while it holds its lock."""
        self._waiting.append(change)

    def tell(self) -> None:
        """Tell all that waits, unless somebody is at it: one teller at a time keeps the order."""
        raised: list[str] = []
        while self._waiting:
            with self._lock:
                if self._telling:
                    break  # the other one, or a caller of ours, goes on until the queue is empty
                self._telling = True
            try:
                while self._waiting:
                    raised += self._tell_all(self._waiting.popleft())
            finally:
                self._telling = False
            # Somebody may have acted while the door was closing: look again.
        for words in raised:  # only now: a warning may be turned into an error, and no news may be lost by it
            warnings.warn(words, RuntimeWarning, stacklevel=3)

    def _tell_all(self, change: Change) -> list[str]:
        raised = []
        for token, listener in tuple(self._listeners.items()):
            if token not in self._listeners:
                continue  # one before it has taken it away
            try:
                listener(change)
            except Exception as error:  # whatever it is: the others have a right to the news
                raised.append(
                    f"a listener of {self._of} raised {error!r}; it goes on listening: {listener!r}"
                )
        return raised
