"""Advance the service's clock in every account and Region."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from cp_teach.aws.backend.region_backend import LOCK, Region
from cp_teach.aws.config.service_clock import Clock


def regions() -> list[Region]:
    """The backend of every account and Region that has received a request."""
    from moto.codepipeline.models import codepipeline_backends

    backends = [backend for _, _, backend in list(codepipeline_backends.iter_backends())]
    return [backend.service for backend in backends if hasattr(backend, "service")]


@contextmanager
def transaction() -> Iterator[list[Region]]:
    """All regions, under the service's lock, in one transaction of their stores. Raises ``StoreFailed``."""
    with LOCK, ExitStack() as stack:
        every_region = regions()
        for region in every_region:
            stack.enter_context(region.transaction())
        yield every_region


def pass_time(clock: Clock, seconds: float) -> None:
    """Advance the clock by that many seconds, then do everything that has become due.

    Raises ``ValueError`` for a negative number, and ``StoreFailed``.
    """
    with transaction() as every_region:
        clock.tick(seconds)
        for region in every_region:
            region.everybody()
