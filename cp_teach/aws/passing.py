"""Letting time pass for a whole service: every account and region that somebody has asked for."""

from __future__ import annotations

from cp_teach.aws.region import LOCK, Region
from cp_teach.aws.timing import Clock


def regions() -> list[Region]:
    """Every account and region that somebody has asked for."""
    from moto.codepipeline.models import codepipeline_backends

    found = [backend for _, _, backend in list(codepipeline_backends.iter_backends())]
    return [backend.service for backend in found if hasattr(backend, "service")]


def pass_time(clock: Clock, seconds: float) -> None:
    """Let that many seconds pass at once, and let happen what falls due in them."""
    with LOCK:
        clock.tick(seconds)
        for region in regions():
            region.everybody()
