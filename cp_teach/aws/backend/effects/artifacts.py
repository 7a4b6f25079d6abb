"""Artifacts in S3: outputs of simulated actions, and copies for actions in other Regions.

Source: user guide, "Add a cross-Region action": before a cross-region action starts, the service copies its input
artifacts to the artifact bucket of that Region.
"""

from __future__ import annotations

from cp_teach.aws.account.artifact_buckets import artifact_bucket_of, artifact_store_of
from cp_teach.aws.account.moto_account import Unreadable
from cp_teach.aws.backend.artifact_locations import key_of
from cp_teach.aws.backend.effects.simulated_artifacts import artifact_zip
from cp_teach.aws.backend.hosted_pipeline import HostedPipeline
from cp_teach.aws.backend.region_backend import RegionBackend
from cp_teach.engine.history.records import ActionRow, Artifact
from cp_teach.pipeline import Action
from cp_teach.work.runtime.provider_worker import ProviderWorker


def copy_inputs(region: RegionBackend, hosted: HostedPipeline, row: ActionRow, action: Action) -> None:
    """Copy the inputs from the Regions of their producers to the action's Region. A missing input is skipped: the
    action then fails and reports it."""
    pipeline = hosted.run.history.executions[row.execution].pipeline
    target = artifact_bucket_of(pipeline, action.region or region.name)
    for artifact in row.inputs:
        key = key_of(hosted, artifact)
        source = artifact_bucket_of(pipeline, _producer_region(hosted, artifact) or region.name)
        if source != target and (data := region.account_services.read(source, key)) is not None:
            _put(region, hosted, target, key, data)


def write_outputs(region: RegionBackend, hosted: HostedPipeline, row: ActionRow, action: Action) -> None:
    """Write the outputs of an action that succeeded, unless something else has made them."""
    worker = hosted.run.worker
    if isinstance(worker, ProviderWorker) and worker.provider_of(row, action) is not None:
        return  # the provider really ran: its own outputs count, and a missing one stays missing
    job = region.jobs.of(hosted.run.id, row)
    if job is not None and job.ended:
        return  # the job worker has uploaded its outputs itself, or the next action will miss them
    bucket = artifact_bucket_of(hosted.pipeline, action.region or region.name)
    if not bucket or not region.account_services.has_bucket(bucket):
        return
    for artifact in row.outputs:
        data = _source_object(region, hosted, row, action)
        if data is None:
            inputs = [region.account_services.read(bucket, key_of(hosted, each)) for each in row.inputs]
            data = artifact_zip(hosted, row, action, artifact, [each for each in inputs if each is not None])
        _put(region, hosted, bucket, key_of(hosted, artifact), data)


def _source_object(
    region: RegionBackend, hosted: HostedPipeline, row: ActionRow, action: Action
) -> bytes | None:
    """The object that an S3 source copies unchanged; None for a simulated source and for other actions."""
    if action.category != "Source" or action.provider != "S3":
        return None
    execution = hosted.run.history.executions[row.execution]
    fetched = hosted.run.history.revision(row)
    revision = fetched.id if fetched is not None else ""
    keys = [o.value for o in execution.overrides if o.action == action.name and o.type == "S3_OBJECT_KEY"]
    key = keys[0] if keys else action.settings.get("S3ObjectKey", "")
    try:
        return region.account_services.fetch(action.settings.get("S3Bucket", ""), key, revision).data
    except Unreadable:
        return None


def _put(region: RegionBackend, hosted: HostedPipeline, bucket: str, key: str, data: bytes) -> None:
    """Write an artifact, encrypted with the key of its artifact store, and save it."""
    world = region.account_services
    stores = [store for _, store in hosted.pipeline.artifact_stores or ()]
    default = artifact_store_of(hosted.pipeline, region.name)
    store = next((store for store in stores if store.location == bucket), default)
    kms = store.encryption_key.id if store is not None and store.encryption_key is not None else ""
    if not world.has_bucket(bucket):
        return
    region.store.artifact(region.account, region.name, bucket, key, data)
    # Later actions can read the artifact at once; the bucket shows it when the transaction is written.
    world.uncommitted_artifacts[bucket, key] = data

    def show() -> None:
        world.uncommitted_artifacts.pop((bucket, key), None)
        world.put(bucket, key, data, kms)

    region.store.after_commit(show, undo=lambda: world.uncommitted_artifacts.pop((bucket, key), None))


def _producer_region(hosted: HostedPipeline, artifact: Artifact) -> str | None:
    """The Region of the action that made an artifact, by the definition of that execution; None for the pipeline's
    own Region."""
    stages = hosted.run.history.executions[artifact.execution].pipeline.stages
    producers = (
        a for s in stages if s.name == artifact.stage for a in s.actions if a.name == artifact.action
    )
    return next((action.region for action in producers), None)
