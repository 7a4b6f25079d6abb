"""Artifacts in S3: outputs of simulated actions, and copies for actions in other Regions.

Source: user guide, "Add a cross-Region action": before a cross-region action starts, the service copies its input
artifacts to the artifact bucket of that Region.
"""

from __future__ import annotations

from cp_teach.aws.account.artifact_buckets import artifact_bucket_of, artifact_store_of
from cp_teach.aws.account.moto_account import Unreadable
from cp_teach.aws.backend.artifact_locations import key_of
from cp_teach.aws.backend.effects.scope import EffectScope, execution_of_action
from cp_teach.aws.backend.effects.simulated_artifacts import artifact_zip
from cp_teach.aws.backend.hosted_pipeline import HostedPipeline
from cp_teach.engine.history.journal import Entry
from cp_teach.engine.history.records import ActionRow, Artifact
from cp_teach.engine.model import events as e
from cp_teach.pipeline import Action
from cp_teach.work.runtime.provider_worker import ProviderWorker


class ArtifactEffects:
    """Copies the inputs of an action that starts, and writes the outputs of an action that succeeded."""

    def __init__(self, scope: EffectScope) -> None:
        self._scope, self._world = scope, scope.world

    def __call__(self, hosted: HostedPipeline, entry: Entry, event: e.Event) -> None:
        """Handle one event."""
        if isinstance(event, e.ActionStarted):
            self._copy_inputs(hosted, *execution_of_action(hosted, event))
        elif isinstance(event, e.ActionSucceeded):
            self._write_outputs(hosted, *execution_of_action(hosted, event))

    def _copy_inputs(self, hosted: HostedPipeline, row: ActionRow, action: Action) -> None:
        """Copy the inputs from the Regions of their producers to the action's Region. A missing input is skipped: the
        action then fails and reports it."""
        region = self._scope.region
        pipeline = hosted.run.history.executions[row.execution].pipeline
        target = artifact_bucket_of(pipeline, action.region or region)
        for artifact in row.inputs:
            source, key = (
                artifact_bucket_of(pipeline, _producer_region(hosted, artifact) or region),
                key_of(hosted, artifact),
            )
            if source != target and (data := self._world.read(source, key)) is not None:
                self._put(hosted, target, key, data)

    def _write_outputs(self, hosted: HostedPipeline, row: ActionRow, action: Action) -> None:
        worker = hosted.run.worker
        if isinstance(worker, ProviderWorker) and worker.provider_of(row, action) is not None:
            return  # the provider really ran: its own outputs count, and a missing one stays missing
        job = self._scope.jobs.of(hosted.run.id, row)
        if job is not None and job.ended:
            return  # the job worker has uploaded its outputs itself, or the next action will miss them
        bucket = artifact_bucket_of(hosted.pipeline, action.region or self._scope.region)
        if not bucket or not self._world.has_bucket(bucket):
            return
        for artifact in row.outputs:
            data = self._source_object(hosted, row, action)
            if data is None:
                inputs = [self._world.read(bucket, key_of(hosted, each)) for each in row.inputs]
                data = artifact_zip(
                    hosted, row, action, artifact, [each for each in inputs if each is not None]
                )
            self._put(hosted, bucket, key_of(hosted, artifact), data)

    def _source_object(self, hosted: HostedPipeline, row: ActionRow, action: Action) -> bytes | None:
        """The object that an S3 source copies unchanged; None for a simulated source and for other actions."""
        if action.category != "Source" or action.provider != "S3":
            return None
        execution = hosted.run.history.executions[row.execution]
        revision = next((r.id for r in execution.revisions if r.action == action.name), "")
        keys = [o.value for o in execution.overrides if o.action == action.name and o.type == "S3_OBJECT_KEY"]
        key = keys[0] if keys else action.settings.get("S3ObjectKey", "")
        try:
            return self._world.fetch(action.settings.get("S3Bucket", ""), key, revision).data
        except Unreadable:
            return None

    def _put(self, hosted: HostedPipeline, bucket: str, key: str, data: bytes) -> None:
        """Write an artifact, encrypted with the key of its artifact store, and save it."""
        scope, world = self._scope, self._world
        stores = [store for _, store in hosted.pipeline.artifact_stores or ()]
        default = artifact_store_of(hosted.pipeline, scope.region)
        store = next((store for store in stores if store.location == bucket), default)
        kms = store.encryption_key.id if store is not None and store.encryption_key is not None else ""
        if not world.has_bucket(bucket):
            return
        scope.store.artifact(scope.account, scope.region, bucket, key, data)
        # Later actions can read the artifact at once; the bucket shows it when the transaction is written.
        world.uncommitted_artifacts[bucket, key] = data

        def show() -> None:
            world.uncommitted_artifacts.pop((bucket, key), None)
            world.put(bucket, key, data, kms)

        scope.store.after_commit(show, undo=lambda: world.uncommitted_artifacts.pop((bucket, key), None))


def _producer_region(hosted: HostedPipeline, artifact: Artifact) -> str | None:
    """The Region of the action that made an artifact, by the definition of that execution; None for the pipeline's
    own Region."""
    stages = hosted.run.history.executions[artifact.execution].pipeline.stages
    producers = (
        a for s in stages if s.name == artifact.stage for a in s.actions if a.name == artifact.action
    )
    return next((action.region for action in producers), None)
