"""The store interface, and a store that keeps everything in memory only."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Any, Protocol

from cp_teach.aws.protocol.errors import AwsError

if TYPE_CHECKING:
    from cp_teach.aws.backend.hosted_pipeline import Hosted
    from cp_teach.aws.backend.job_records import Job
    from cp_teach.aws.backend.region_backend import Region
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


class Store(Protocol):
    """Saves every change. The caller must hold the service's lock."""

    @property
    def paused(self) -> bool:
        """True while nothing can be written. Time then stands still, because due events could not be saved."""

    def transaction(self) -> AbstractContextManager[None]:
        """Write all changes inside together at the end, or roll all of them back. Raises ``StoreFailed``.

        A nested transaction belongs to the outer one.
        """

    def after_commit(self, effect: Callable[[], object], undo: Callable[[], object] | None = None) -> None:
        """Perform an effect that cannot be undone, such as sending a message, once the transaction is written.

        ``undo`` is called instead if the transaction is rolled back. Outside a transaction, the effect waits until
        the store is writable.
        """

    def pipeline(self, region: Region, hosted: Hosted) -> None:
        """Save a new pipeline, or a change of it that is not in its journal."""

    def entry(self, region: Region, hosted: Hosted, entry: Entry) -> None:
        """Save a new entry of a pipeline's journal."""

    def gone(self, region: Region, hosted: Hosted) -> None:
        """Delete a pipeline."""

    def job(self, region: Region, job: Job) -> None:
        """Save a new or changed job."""

    def thing(self, region: Region, kind: str, key: str, value: dict[str, Any] | None) -> None:
        """Save a new or changed webhook or action type, or (None) delete it."""

    def artifact(self, region: Region, bucket: str, key: str, data: bytes) -> None:
        """Save an artifact that was put into a bucket."""

    def restore(self, region: Region) -> None:
        """Load the saved contents of a region into a new region."""


class MemoryOnly:
    """Writes nothing; for ``mock_aws``, and for a server without a folder. Nothing can fail, so effects happen at
    once."""

    paused = False

    def transaction(self) -> AbstractContextManager[None]:
        """There is nothing to write or to roll back."""
        return nullcontext()

    def after_commit(self, effect: Callable[[], object], undo: Callable[[], object] | None = None) -> None:
        """Perform the effect now."""
        effect()

    def pipeline(self, region: Region, hosted: Hosted) -> None:
        """Memory has it already."""

    def entry(self, region: Region, hosted: Hosted, entry: Entry) -> None:
        """Memory has it already."""

    def gone(self, region: Region, hosted: Hosted) -> None:
        """Memory has it already."""

    def job(self, region: Region, job: Job) -> None:
        """Memory has it already."""

    def thing(self, region: Region, kind: str, key: str, value: dict[str, Any] | None) -> None:
        """Memory has it already."""

    def artifact(self, region: Region, bucket: str, key: str, data: bytes) -> None:
        """Memory has it already."""

    def restore(self, region: Region) -> None:
        """Nothing was saved."""
