"""Listeners of a run, and the queue of changes not yet delivered: each is delivered once, in journal order."""

from __future__ import annotations

import threading
import warnings
from collections import deque
from collections.abc import Callable

from cp_teach.engine.run.result import Change

Listener = Callable[[Change], None]


class ListenerQueue:
    """The listeners of one run and a queue of changes. ``run_name`` appears in warnings."""

    def __init__(self, run_name: str) -> None:
        self._run_name = run_name
        self._listeners: dict[object, Listener] = {}
        self._queue: deque[Change] = deque()
        self._delivering = False
        self._lock = threading.Lock()

    def listen(self, listener: Listener) -> Callable[[], None]:
        """Add a listener. Returns a function that removes it; a listener that was added twice stays once."""
        token = object()
        self._listeners[token] = listener

        def stop() -> None:
            self._listeners.pop(token, None)

        return stop

    def add(self, change: Change) -> None:
        """Put a change at the end of the queue; the run holds its lock meanwhile."""
        self._queue.append(change)

    def deliver(self) -> None:
        """Deliver all queued changes, unless another call is doing so: one at a time keeps the order."""
        problems: list[str] = []
        while self._queue:
            with self._lock:
                if self._delivering:
                    break  # that call, in another thread or further up the stack, empties the queue
                self._delivering = True
            try:
                while self._queue:
                    problems += self._deliver(self._queue.popleft())
            finally:
                self._delivering = False
            # A change may have been added after the queue was empty, so look again.
        for (
            problem
        ) in problems:  # only now: a filter may turn a warning into an error, and no change may be lost
            warnings.warn(problem, RuntimeWarning, stacklevel=3)

    def _deliver(self, change: Change) -> list[str]:
        problems = []
        for token, listener in tuple(self._listeners.items()):
            if token not in self._listeners:
                continue  # an earlier listener has removed it
            try:
                listener(change)
            except Exception as error:  # a failing listener must not stop the others
                problems.append(
                    f"a listener of {self._run_name} raised {error!r}; it stays registered: {listener!r}"
                )
        return problems
