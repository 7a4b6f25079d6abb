"""What a store must take so that nothing is lost, and the store that keeps nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from cp_teach.aws.hosted import Hosted
    from cp_teach.aws.job import Job
    from cp_teach.aws.region import Region
    from cp_teach.engine.journal import Entry


class Store(Protocol):
    """Keeps what happens, as it happens; whoever calls holds the service's lock."""

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


class Nothing:
    """Keeps nothing: with ``mock_aws``, and where no folder was given."""

    def pipeline(self, region: Region, hosted: Hosted) -> None:
        """Forget it."""

    def entry(self, region: Region, hosted: Hosted, entry: Entry) -> None:
        """Forget it."""

    def gone(self, region: Region, hosted: Hosted) -> None:
        """Forget it."""

    def job(self, region: Region, job: Job) -> None:
        """Forget it."""

    def thing(self, region: Region, kind: str, key: str, value: dict[str, Any] | None) -> None:
        """Forget it."""

    def artifact(self, region: Region, bucket: str, key: str, data: bytes) -> None:
        """Forget it."""

    def restore(self, region: Region) -> None:
        """Nothing was kept."""
