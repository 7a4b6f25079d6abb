"""What a store must take so that nothing acknowledged is lost, and the store that keeps everything in memory alone."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Any, Protocol

from cp_teach.aws.error import AwsError

if TYPE_CHECKING:
    from cp_teach.aws.hosted import Hosted
    from cp_teach.aws.job import Job
    from cp_teach.aws.region import Region
    from cp_teach.engine.journal import Entry


class StoreFailed(AwsError):
    """A change could not be written, so it was taken back, in the store and in memory.

    AWS calls this ``ServiceUnavailable``, status 503: a failure that is temporary and that every SDK retries. A retry
    is right here, because the refused request has left no trace.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(
            "ServiceUnavailable",
            f"The change could not be written to the store, so it was rolled back: {reason}. Try again when the store "
            "is writable.",
        )


class Store(Protocol):
    """Keeps what happens. Its caller holds the service's lock."""

    @property
    def paused(self) -> bool:
        """True while nothing can be written. Time stands still then, because what falls due could not be kept."""

    def transaction(self) -> AbstractContextManager[None]:
        """Write all that happens inside together when it ends, or take all of it back. Raises ``StoreFailed``.

        One inside another belongs to the outer one.
        """

    def after_commit(self, effect: Callable[[], object], undo: Callable[[], object] | None = None) -> None:
        """Do something that cannot be taken back, such as sending a message, once the transaction is written.

        ``undo`` is called instead when the transaction is taken back. Outside a transaction the effect waits until
        the store can be written.
        """

    def pipeline(self, region: Region, hosted: Hosted) -> None:
        """A pipeline is new, or something of it changed that is not in its journal."""

    def entry(self, region: Region, hosted: Hosted, entry: Entry) -> None:
        """The journal of a pipeline has one more entry."""

    def gone(self, region: Region, hosted: Hosted) -> None:
        """A pipeline was deleted."""

    def job(self, region: Region, job: Job) -> None:
        """A job is new, or has changed."""

    def thing(self, region: Region, kind: str, key: str, value: dict[str, Any] | None) -> None:
        """A webhook or an action type is new, has changed, or (None) is gone."""

    def artifact(self, region: Region, bucket: str, key: str, data: bytes) -> None:
        """An artifact was put into a bucket."""

    def restore(self, region: Region) -> None:
        """Put back into a new region what was kept of it."""


class MemoryOnly:
    """Writes nothing: with ``mock_aws``, and where no folder was given. Nothing can fail, so effects happen at once."""

    paused = False

    def transaction(self) -> AbstractContextManager[None]:
        """Nothing is to be written, and nothing to be taken back."""
        return nullcontext()

    def after_commit(self, effect: Callable[[], object], undo: Callable[[], object] | None = None) -> None:
        """Do it now."""
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
        """Nothing was kept."""
