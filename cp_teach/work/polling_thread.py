"""Call a function every 0.2 s in a background thread until stopped."""

from __future__ import annotations

import threading
from collections.abc import Callable

INTERVAL = 0.2
"""Seconds between two calls."""


class PollingThread:
    """Calls ``poll`` every ``INTERVAL`` seconds until ``stop()``."""

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
