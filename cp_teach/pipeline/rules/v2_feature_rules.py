"""What only a V2 pipeline has (S16; user guide: pipeline-types; asked of the service)."""

from __future__ import annotations

from collections.abc import Iterator

from cp_teach.pipeline.catalogs import Catalog, catalog
from cp_teach.pipeline.model.location import Place
from cp_teach.pipeline.model.pipeline import Action, Pipeline, Stage
from cp_teach.pipeline.violation import Breach

ADVICE = 'Write "pipelineType": "V2", or take it out.'


def needs_v2(pipeline: Pipeline) -> bool:
    """True if the pipeline has what only V2 has."""
    return bool(
        pipeline.variables
        or pipeline.triggers
        or pipeline.execution_mode in ("QUEUED", "PARALLEL")
        or any(_conditions(stage) or any(map(_newer, stage.actions)) for stage in pipeline.stages)
    )


def _conditions(stage: Stage) -> bool:
    return bool(stage.before_entry or stage.on_success or stage.on_failure)


def _newer(action: Action) -> bool:
    provider = catalog("today").find(action.type)
    return provider is not None and provider.v2


def breaches(pipeline: Pipeline, book: Catalog) -> Iterator[Breach]:
    """A V1 pipeline with V2 features.

    Where no type is written, what the pipeline has decides it (user guide: pipeline-types), or it is V1 in the
    strict reading (asked of the service).
    """
    if "V2" not in book.types and pipeline.pipeline_type == "V2":
        yield (
            Place()
            .member("pipelineType")
            .structure(
                "Pipeline type V2 is not available",
                "Take pipelineType out: in the course there is only one type.",
            )
        )
    strict = book.readings.v1_with_variables == "strict"
    kind = pipeline.pipeline_type or ("V1" if strict else pipeline.type)
    if kind == "V2" and "V2" in book.types:
        return
    todo = ADVICE if "V2" in book.types else "Take it out: the course does not have it yet."
    if pipeline.variables:
        yield (
            Place()
            .member("variables")
            .structure("Pipeline variable can only be used with V2 pipelines", todo)
        )
    if pipeline.triggers:
        yield Place().member("triggers").structure("Triggers on tag can only be used with V2 pipelines", todo)
    if pipeline.execution_mode in ("QUEUED", "PARALLEL"):
        yield (
            Place()
            .member("executionMode")
            .structure("QUEUED or PARALLEL mode can only be used with V2 pipelines", todo)
        )
    for index, stage in enumerate(pipeline.stages):
        here = Place().stage(index, stage.name)
        if _conditions(stage):
            yield here.in_stage("Stage level conditions can only be used with V2 pipelines.", todo)
        for position, action in enumerate(stage.actions):
            if _newer(action):
                yield here.action(position, action.name).in_action(
                    f"{action.provider} Action can only be used with V2 pipelines.", todo
                )
