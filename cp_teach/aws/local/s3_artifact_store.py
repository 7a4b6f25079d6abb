"""An artifact store in S3 buckets on moto, where clients can see the artifacts of each action."""

from __future__ import annotations

import tempfile
import uuid
from collections.abc import Iterable
from pathlib import Path

from cp_teach.aws.account.moto_account import MotoAccount
from cp_teach.aws.server.loopback_server import ACCOUNT
from cp_teach.pipeline import Pipeline
from cp_teach.security.network.endpoints import REGION
from cp_teach.work.artifacts.local_artifact_store import FolderStore
from cp_teach.work.artifacts.zip_artifacts import InvalidArtifact


def buckets_of(pipeline: Pipeline) -> list[str]:
    """The artifact buckets of a pipeline, one for each of its Regions."""
    stores = [pipeline.artifact_store, *dict(pipeline.artifact_stores or ()).values()]
    return list(dict.fromkeys(store.location for store in stores if store is not None))


class BucketStore:
    """Stores artifacts in the artifact buckets of a pipeline, on moto: a store for ``ActionExecutor(store=…)``.

    If an artifact is deleted or replaced in its bucket, the next action sees that. Buckets that do not exist are
    created. With several buckets, one for each Region, every artifact is copied to all, as AWS does; a Lambda function
    can upload to any of them. ``folder`` holds the copies that actions read; a temporary one is the default. Raises
    ``ValueError`` without a bucket.
    """

    def __init__(self, buckets: Iterable[str], folder: Path | None = None, *, region: str = REGION) -> None:
        self.buckets = list(buckets)
        if not self.buckets:
            raise ValueError("The pipeline has no artifact store. Name its bucket: artifactStore.location.")
        self.world = MotoAccount(ACCOUNT, region)
        if folder is None:
            self._temporary = tempfile.TemporaryDirectory(prefix="cp_teach-artifacts-")
            folder = Path(self._temporary.name)
        self._copies = FolderStore(folder)
        self._folder = folder

    def put(self, key: str, path: Path) -> None:
        """See ``ArtifactStore``."""
        self._copies.put(key, path)  # this also checks the key and the file
        data = self._copies.get(key).read_bytes()
        for bucket in self.buckets:
            self.world.make_bucket(bucket)  # each time, because a reset of moto deletes buckets
            if not self.world.put(bucket, key, data):
                raise InvalidArtifact(
                    f"The bucket {bucket} does not exist and cannot be created. Choose another name for the pipeline."
                )

    def get(self, key: str) -> Path:
        """See ``ArtifactStore``."""
        contents = (self.world.read(bucket, key) for bucket in self.buckets)
        data = next((content for content in contents if content is not None), None)
        if data is None:
            raise InvalidArtifact(
                f"The artifact bucket {self.buckets[0]} has no object {key}: "
                "its action has not uploaded it, or it has been deleted."
            )
        upload = self._folder / f"got-{uuid.uuid4().hex}"
        self._folder.mkdir(parents=True, exist_ok=True)
        try:
            upload.write_bytes(data)
            self._copies.put(key, upload)
        finally:
            upload.unlink(missing_ok=True)
        return self._copies.get(key)

    def __repr__(self) -> str:
        return f"BucketStore({', '.join(self.buckets)})"
