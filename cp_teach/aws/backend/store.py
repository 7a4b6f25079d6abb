"""The store interface, which is also the store that saves nothing."""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import Any, NamedTuple

from cp_teach.aws.backend.job_records import Job
from cp_teach.aws.protocol.errors import AwsError
from cp_teach.engine import Run
from cp_teach.engine.history.journal import Entry


class StoreFailed(AwsError):
    """A change could not be written, so it was rolled back in the store and in memory.

    AWS's name for this is ``ServiceUnavailable``, status 503: a temporary failure that every SDK retries. A retry is
    right, because the refused request has left no trace.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(
            "ServiceUnavailable",
            f"The change could not be written to the store, so it was rolled back: {reason}. Try again when the store "
            "is writable.",
        )


class Saved(NamedTuple):
    """The contents of a store for one account and Region."""

    artifacts: list[tuple[str, str, bytes]]
    """(bucket, key, data)"""
    jobs: list[Job]
    things: list[tuple[str, tuple[str, ...], dict[str, Any]]]
    """Webhooks and action types: (kind, the parts of the key, value)."""
    pipelines: list[tuple[Run, dict[str, Any], int]]
    """(the replayed run, its record, the number of its saved entries)"""


Load = Callable[[Saved, Container[str]], None]
"""Puts saved contents into memory, in the place of the pipelines with these runs and of everything but pipelines."""


class Store:
    """A store that keeps everything in memory only: for ``mock_aws``, and for a server without a folder.

    Nothing can fail, so effects happen at once. A store on disk overrides every method. The caller must hold the
    service's lock. ``account`` and ``region`` say where the saved thing is.
    """

    @property
    def paused(self) -> bool:
        """True while nothing can be written. Time then stands still, because due events could not be saved."""
        return False

    def transaction(self) -> AbstractContextManager[None]:
        """Write all changes inside together at the end, or roll all of them back. Raises ``StoreFailed``.

        A nested transaction belongs to the outer one.
        """
        return nullcontext()

    def after_commit(self, effect: Callable[[], object], undo: Callable[[], object] | None = None) -> None:
        """Perform an effect that cannot be undone, such as sending a message, once the transaction is written.

        ``undo`` is called instead if the transaction is rolled back. Outside a transaction, the effect waits until
        the store is writable.
        """
        effect()

    def pipeline(self, account: str, region: str, run: str, name: str, record: Mapping[str, Any]) -> None:
        """Save a new pipeline, or a change of it that is not in its journal. ``run`` is the ID of its run."""

    def entry(self, account: str, region: str, run: str, number: int, entry: Entry) -> None:
        """Save a new entry of a pipeline's journal; ``number`` counts from 1."""

    def gone(self, account: str, region: str, run: str) -> None:
        """Delete a pipeline."""

    def job(self, account: str, region: str, job: Job) -> None:
        """Save a new or changed job."""

    def thing(self, account: str, region: str, kind: str, key: str, value: Mapping[str, Any] | None) -> None:
        """Save a new or changed webhook or action type, or (None) delete it."""

    def artifact(self, account: str, region: str, bucket: str, key: str, data: bytes) -> None:
        """Save an artifact that was put into a bucket."""

    def restore(self, account: str, region: str, load: Load) -> None:
        """Load the saved contents into a new Region, and reset that Region whenever a transaction is rolled back."""
