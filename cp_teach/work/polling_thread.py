"""Call a function every 0.2 s in a background thread until stopped."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import TypeVar

INTERVAL = 0.2
"""Seconds between two calls."""
LOG = logging.getLogger(__name__)
T = TypeVar("T")


class PollingThread:
    """Calls ``poll`` every ``INTERVAL`` seconds until ``stop()``, or until the end of a ``with`` statement."""

    def __init__(self, poll: Callable[[], None], name: str) -> None:
        self._poll = poll
        self.ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop polling. When this returns, the last call has ended, except if the call itself stops the thread."""
        self.ended.set()
        if threading.current_thread() is not self._thread:
            self._thread.join()

    def _run(self) -> None:
        while not self.ended.wait(INTERVAL):
            self._poll()

    def __enter__(self) -> PollingThread:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


def notify(listener: Callable[[T], None], change: T) -> None:
    """Call a listener. An exception is logged, because it must not end the polling."""
    try:
        listener(change)
    except Exception:
        LOG.exception("A listener failed on %s", change)
