"""Repaint scheduling: changes of a run mark the console dirty, and its pictures follow at a bounded rate."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

VIEW_INTERVAL = 0.05
"""Seconds between two pictures while one cell changes the run many times; the last change is always painted."""

WORK_INTERVAL = 0.2
"""Seconds between two updates of fleets and logs, however many progress notes arrive."""


class Repaints:
    """Calls ``paint`` and ``paint_work`` on the thread of the kernel's loop; without a loop it calls them at once.

    ``request`` and ``request_work`` may be called from any thread.
    """

    def __init__(self, paint: Callable[[], None], paint_work: Callable[[], None]) -> None:
        self._paint, self._paint_work = paint, paint_work
        self._thread, self.loop = threading.get_ident(), _running_loop()
        self._painted = self._work_painted = 0.0
        self._scheduled = self._work_scheduled = self._held = False

    @contextmanager
    def held(self) -> Iterator[None]:
        """Paint nothing inside the block; paint once at its end."""
        self._held = True
        try:
            yield
        finally:
            self._held = False
            self._paint()

    def painted(self) -> None:
        """Record that everything was painted just now."""
        self._scheduled = False
        self._painted = self._work_painted = time.monotonic()

    def work_painted(self) -> None:
        """Record that fleets and logs were painted just now."""
        self._work_scheduled = False
        self._work_painted = time.monotonic()

    def request(self) -> None:
        """Paint the console: now, or soon if the last picture is so new that another would only flicker."""
        if self._held:
            return
        on_own_thread = threading.get_ident() == self._thread
        if self.loop is None or (on_own_thread and time.monotonic() - self._painted > VIEW_INTERVAL):
            self._paint()
        elif not self._scheduled and not self.loop.is_closed():
            self._scheduled = True
            self.loop.call_soon_threadsafe(self._paint)

    def request_work(self) -> None:
        """Paint fleets and logs, and nothing else, within ``WORK_INTERVAL`` seconds."""
        if self.loop is None:
            self._paint_work()
        elif not self._work_scheduled and not self.loop.is_closed():
            self._work_scheduled = True
            self.loop.call_soon_threadsafe(self._next_frame, self.loop)

    def _next_frame(self, loop: asyncio.AbstractEventLoop) -> None:
        loop.call_later(max(0.0, WORK_INTERVAL - (time.monotonic() - self._work_painted)), self._paint_work)


def _running_loop() -> asyncio.AbstractEventLoop | None:
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None
