"""Protocols: what the view model uses of some runs, beyond ``cp_teach.engine.run.protocols``."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

from cp_teach.engine import Worker
from cp_teach.engine.run.result import CommandResult


@runtime_checkable
class Worked(Protocol):
    """A run whose worker decides when actions end."""

    worker: Worker


@runtime_checkable
class Remote(Protocol):
    """A pipeline behind the API. ``birth`` (epoch seconds) distinguishes it from a deleted one of the same name."""

    birth: float


@runtime_checkable
class Losable(Protocol):
    """A pipeline that can disappear. ``away`` says why it cannot be used; empty if it can."""

    away: str


@runtime_checkable
class Releasing(Protocol):
    """A run that knows how each source names its newest revision."""

    def release(self, message: str = "") -> CommandResult:
        """Start an execution with the newest revisions."""
