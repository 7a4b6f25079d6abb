"""Artifact keys, and artifacts with their S3 locations as the API shows them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from cp_teach.aws.account.artifact_buckets import artifact_bucket_of
from cp_teach.aws.backend.hosted_pipeline import HostedPipeline
from cp_teach.engine.history.records import ActionRow, Artifact
from cp_teach.pipeline import Action


def key_of(hosted: HostedPipeline, artifact: Artifact) -> str:
    """The key of an artifact in its bucket."""
    return artifact.key(hosted.run.id, hosted.name)


def reserved(hosted: HostedPipeline, row: ActionRow, action: Action) -> list[Artifact]:
    """The output artifacts of an action execution. Their keys are known before the action has written them."""
    return list(row.outputs) or [hosted.run.history.reserved(row, name) for name in action.output_names]


def located(hosted: HostedPipeline, region: str, artifacts: Iterable[Artifact]) -> list[dict[str, Any]]:
    """Artifacts with their S3 locations (model: ArtifactDetail)."""
    return [
        {
            "name": artifact.name,
            "s3location": {
                "bucket": artifact_bucket_of(hosted.pipeline, region),
                "key": key_of(hosted, artifact),
            },
        }
        for artifact in artifacts
    ]
