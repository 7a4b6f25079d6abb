"""Artifacts on their way between regions: each region has a bucket, and an action finds its inputs in its own.

Source: user guide, "Add a cross-Region action": before a cross-region action starts, the service copies its input
artifacts to the artifact bucket of that region.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cp_teach.aws.backend.artifact_locations import bucket_of, key_of, store_of
from cp_teach.aws.backend.hosted_pipeline import Hosted
from cp_teach.engine.history.records import ActionRow, Artifact
from cp_teach.pipeline import Action

if TYPE_CHECKING:
    from cp_teach.aws.backend.region_backend import Region


def copy_inputs(region: Region, hosted: Hosted, row: ActionRow, action: Action) -> None:
    """Bring the inputs of an action that begins into the bucket of its region, from where they were made.

    What is not there is not brought: the action will miss it, and say so.
    """
    pipeline = hosted.run.history.executions[row.execution].pipeline
    there = bucket_of(pipeline, action.region or region.name)
    for artifact in row.inputs:
        here, key = bucket_of(pipeline, _made_in(hosted, artifact) or region.name), key_of(hosted, artifact)
        if here == there:
            continue
        data = region.world.read(here, key)
        if data is not None and region.world.has_bucket(there):
            put(region, hosted, there, key, data)


def _made_in(hosted: Hosted, artifact: Artifact) -> str | None:
    """The region of the action that made it; None for the pipeline's own. A definition may have changed since, so it
    is the one of the execution that made it."""
    stages = hosted.run.history.executions[artifact.execution].pipeline.stages
    made_by = (a for s in stages if s.name == artifact.stage for a in s.actions if a.name == artifact.action)
    return next((action.region for action in made_by), None)


def put(region: Region, hosted: Hosted, bucket: str, key: str, data: bytes) -> None:
    """Put an artifact into its bucket, encrypted as its store says, and keep it where things are kept."""
    stores = [store for _, store in hosted.pipeline.artifact_stores or ()]
    store = next((one for one in stores if one.location == bucket), store_of(hosted.pipeline, region.name))
    kms = store.encryption_key.id if store is not None and store.encryption_key is not None else ""
    if not region.world.has_bucket(bucket):
        return
    region.store.artifact(region, bucket, key, data)
    # Later actions can read the artifact at once; the bucket shows it when the transaction is written.
    region.world.coming[bucket, key] = data

    def show() -> None:
        region.world.coming.pop((bucket, key), None)
        region.world.put(bucket, key, data, kms)

    region.store.after_commit(show, undo=lambda: region.world.coming.pop((bucket, key), None))
