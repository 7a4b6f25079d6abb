"""Where artifacts lie: the bucket of an action's region, and AWS's key in it."""

from __future__ import annotations

from typing import Any

from cp_teach.aws.backend.hosted_pipeline import Hosted
from cp_teach.engine.history.records import ActionRow, Artifact
from cp_teach.pipeline import Action, ArtifactStore, Pipeline


def store_of(pipeline: Pipeline, region: str) -> ArtifactStore | None:
    """The artifact store for actions in that region."""
    stores = dict(pipeline.artifact_stores or ())
    return stores.get(region) or pipeline.artifact_store or next(iter(stores.values()), None)


def bucket_of(pipeline: Pipeline, region: str) -> str:
    """The bucket for actions in that region."""
    store = store_of(pipeline, region)
    return store.location if store is not None else ""


def key_of(hosted: Hosted, artifact: Artifact) -> str:
    """The key of an artifact."""
    return artifact.key(hosted.run.id, hosted.name)


def reserved(row: ActionRow, action: Action) -> list[Artifact]:
    """The output artifacts of a run of an action, made or still to be made: their places are known at once."""
    return list(row.outputs) or [
        Artifact(name, row.execution, row.stage, row.action, row.position, row.fork, ())
        for name in action.output_names
    ]


def located(hosted: Hosted, region: str, artifacts: Any) -> list[dict[str, Any]]:
    """Artifacts as history shows them (model: ArtifactDetail)."""
    return [
        {
            "name": artifact.name,
            "s3location": {"bucket": bucket_of(hosted.pipeline, region), "key": key_of(hosted, artifact)},
        }
        for artifact in artifacts
    ]
