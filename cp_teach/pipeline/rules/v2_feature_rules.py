"""Rules for features that only V2 pipelines have (S16; user guide: pipeline-types; probed against the service)."""

from __future__ import annotations

from collections.abc import Iterator

from cp_teach.pipeline import catalogs
from cp_teach.pipeline.catalogs import Catalog
from cp_teach.pipeline.location import Location, placed_actions, placed_stages
from cp_teach.pipeline.model.action import Action
from cp_teach.pipeline.model.declaration import PipelineDeclaration
from cp_teach.pipeline.model.stage import Stage
from cp_teach.pipeline.violation import Violation


def needs_v2(pipeline: PipelineDeclaration) -> bool:
    """Whether the pipeline has a feature that only V2 has."""
    return bool(
        pipeline.variables
        or pipeline.triggers
        or pipeline.execution_mode in ("QUEUED", "PARALLEL")
        or any(_has_conditions(stage) or any(map(_is_v2_action, stage.actions)) for stage in pipeline.stages)
    )


def _has_conditions(stage: Stage) -> bool:
    return bool(stage.before_entry or stage.on_success or stage.on_failure)


def _is_v2_action(action: Action) -> bool:
    provider = catalogs.catalog("today").find(action.type)
    return provider is not None and provider.v2


def check(pipeline: PipelineDeclaration, catalog: Catalog) -> Iterator[Violation]:
    """Yield a violation for each V2 feature of a V1 pipeline.

    A pipeline without a type gets its type from its features (user guide: pipeline-types); in the strict reading it
    is V1 (probed against the service).
    """
    if "V2" not in catalog.types and pipeline.pipeline_type == "V2":
        todo = "Remove pipelineType: the course has only one type."
        yield Location().member("pipelineType").structure("Pipeline type V2 is not available", todo)
    strict = catalog.readings.v1_with_variables == "strict"
    is_v2 = pipeline.pipeline_type == "V2" or (
        not pipeline.pipeline_type and not strict and needs_v2(pipeline)
    )
    if is_v2 and "V2" in catalog.types:
        return
    todo = 'Write "pipelineType": "V2", or remove it.'
    if "V2" not in catalog.types:
        todo = "Remove it: the course does not have it yet."
    for member, is_used, message in (
        ("variables", pipeline.variables, "Pipeline variable can only be used with V2 pipelines"),
        ("triggers", pipeline.triggers, "Triggers on tag can only be used with V2 pipelines"),
        (
            "executionMode",
            pipeline.execution_mode in ("QUEUED", "PARALLEL"),
            "QUEUED or PARALLEL mode can only be used with V2 pipelines",
        ),
    ):
        if is_used:
            yield Location().member(member).structure(message, todo)
    for stage, location in placed_stages(pipeline):
        if _has_conditions(stage):
            yield location.in_stage("Stage level conditions can only be used with V2 pipelines.", todo)
    for action, _, location, *_ in placed_actions(pipeline):
        if _is_v2_action(action):
            yield location.in_action(f"{action.provider} Action can only be used with V2 pipelines.", todo)
