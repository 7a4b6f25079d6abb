"""The artifact store that AWS has: a bucket, in which everybody can look at what the actions hand on."""

from __future__ import annotations

import tempfile
import uuid
from collections.abc import Iterable
from pathlib import Path

from cp_teach.aws.account.moto_account import World
from cp_teach.pipeline import Pipeline
from cp_teach.work.artifacts.local_artifact_store import FolderStore
from cp_teach.work.artifacts.zip_artifacts import BadArtifact

REGION, ACCOUNT = "us-east-1", "123456789012"


def buckets_of(pipeline: Pipeline) -> list[str]:
    """The artifact buckets of a pipeline, one for each region in which it works."""
    stores = [pipeline.artifact_store, *dict(pipeline.artifact_stores or ()).values()]
    return list(dict.fromkeys(store.location for store in stores if store is not None))


class BucketStore:
    """Keeps artifacts in the artifact buckets of a pipeline, on moto: a store for ``Workshop(store=…)``.

    The bucket decides: who deletes an artifact there, or puts another, changes what the next action takes. Buckets
    that do not exist are made. Of several, one for each region, all get every artifact, as AWS copies them; a Lambda
    function may have put its own into any. ``folder`` takes the copies that actions read; a temporary one if not given.
    """

    def __init__(
        self,
        buckets: Iterable[str],
        folder: Path | None = None,
        *,
        region: str = REGION,
        account: str = ACCOUNT,
    ) -> None:
        self.buckets = list(buckets)
        if not self.buckets:
            raise ValueError("The pipeline has no artifact store. Name its bucket: artifactStore.location.")
        self.world = World(account, region)
        if folder is None:
            self._temporary = tempfile.TemporaryDirectory(prefix="cp_teach-artifacts-")
            folder = Path(self._temporary.name)
        self._copies = FolderStore(folder)
        self._folder = folder

    def put(self, key: str, path: Path) -> None:
        """See ``ArtifactStore``."""
        self._copies.put(key, path)  # it also looks whether this is a key, and a file
        data = self._copies.get(key).read_bytes()
        for bucket in self.buckets:
            self.world.make_bucket(
                bucket
            )  # again each time: whoever empties moto has emptied it of buckets, too
            if not self.world.put(bucket, key, data):
                raise BadArtifact(
                    f"There is no bucket {bucket}, and none of that name can be made. Choose another for the pipeline."
                )

    def get(self, key: str) -> Path:
        """See ``ArtifactStore``."""
        found = (self.world.read(bucket, key) for bucket in self.buckets)
        data = next((each for each in found if each is not None), None)
        if data is None:
            raise BadArtifact(
                f"The artifact bucket {self.buckets[0]} has no object {key}: "
                "the action that should have made it has not uploaded it, or somebody has deleted it."
            )
        coming = self._folder / f"got-{uuid.uuid4().hex}"
        self._folder.mkdir(parents=True, exist_ok=True)
        try:
            coming.write_bytes(data)
            self._copies.put(key, coming)
        finally:
            coming.unlink(missing_ok=True)
        return self._copies.get(key)

    def __repr__(self) -> str:
        return f"BucketStore({', '.join(self.buckets)})"
