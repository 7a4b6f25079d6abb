"""What every part of one CodePipeline service shares: its settings, its store, its lock, and its timers.

A server and a ``mock_aws`` each have their own, so two of them in one process do not affect each other.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from cp_teach.aws.backend.store import Store, StoreFailed
from cp_teach.aws.config.service_timers import Timers
from cp_teach.aws.config.settings import Settings

current_context: ContextVar[ServiceContext | None] = ContextVar("current_context", default=None)
"""The service that this thread works for; None outside ``ServiceContext.entered``."""


class ServiceContext:
    """Settings, store, lock, and timers of one service."""

    def __init__(self, settings: Settings | None = None, store: Store | None = None) -> None:
        self.settings = Settings() if settings is None else settings
        self.store = Store() if store is None else store
        self.lock = threading.RLock()
        """One lock for all Regions, because an upload in one Region can start a pipeline in another."""
        self.timers = Timers()

    @contextmanager
    def entered(self) -> Iterator[None]:
        """Make this the service that moto's backends use in this thread."""
        token = current_context.set(self)
        try:
            yield
        finally:
            current_context.reset(token)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Run a block under the lock as one transaction: all of its changes remain, or none. Raises
        ``StoreFailed``."""
        settings = self.settings
        with self.lock, self.entered():
            chosen, timers = (settings.workers, settings.seconds), self.timers.snapshot()
            try:
                with self.store.transaction():
                    yield
            except StoreFailed:
                settings.workers, settings.seconds = chosen
                self.timers.restore(timers)
                raise

    def fire_timers(self) -> None:
        """Do what was due at given times until now, each thing at its own time. Call this in a transaction."""
