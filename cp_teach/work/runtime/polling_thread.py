"""A look that is taken again and again, in a thread of its own, until nobody wants it any more."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import TypeVar

BEAT = 0.2
"""Seconds between two looks."""
LOG = logging.getLogger(__name__)
T = TypeVar("T")


class Looking:
    """Calls ``look`` every ``BEAT`` seconds until ``stop()``. It can be used in a ``with``."""

    def __init__(self, look: Callable[[], None], name: str) -> None:
        self._look = look
        self.ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Look no more: afterwards nothing is told again."""
        self.ended.set()
        if threading.current_thread() is not self._thread:
            self._thread.join()

    def _run(self) -> None:
        while not self.ended.wait(BEAT):
            self._look()

    def __enter__(self) -> Looking:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


def tell(heard: Callable[[T], None], news: T) -> None:
    """Tell a listener. A fault of the listener is logged: it must not end the looking."""
    try:
        heard(news)
    except Exception:
        LOG.exception("What was to happen after %s went wrong", news)
