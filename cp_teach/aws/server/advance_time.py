"""Letting time pass for a whole service: every account and region that somebody has asked for."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from cp_teach.aws.backend.region_backend import LOCK, Region
from cp_teach.aws.config.service_clock import Clock


def regions() -> list[Region]:
    """Every account and region that somebody has asked for."""
    from moto.codepipeline.models import codepipeline_backends

    found = [backend for _, _, backend in list(codepipeline_backends.iter_backends())]
    return [backend.service for backend in found if hasattr(backend, "service")]


@contextmanager
def transaction() -> Iterator[list[Region]]:
    """All regions, under the service's lock, in one transaction of their stores. Raises ``StoreFailed``."""
    with LOCK, ExitStack() as stack:
        found = regions()
        for region in found:
            stack.enter_context(region.transaction())
        yield found


def pass_time(clock: Clock, seconds: float) -> None:
    """Let that many seconds pass at once, and let happen what falls due in them."""
    with transaction() as found:
        clock.tick(seconds)
        for region in found:
            region.everybody()
