"""Which artifact store and bucket a pipeline uses in a Region."""

from __future__ import annotations

from cp_teach.pipeline import ArtifactStore, Pipeline


def artifact_store_of(pipeline: Pipeline, region: str) -> ArtifactStore | None:
    """The artifact store for actions in that Region."""
    stores = dict(pipeline.artifact_stores or ())
    return stores.get(region) or pipeline.artifact_store or next(iter(stores.values()), None)


def artifact_bucket_of(pipeline: Pipeline, region: str) -> str:
    """The artifact bucket for actions in that Region; "" if the pipeline declares none."""
    store = artifact_store_of(pipeline, region)
    return store.location if store is not None else ""
