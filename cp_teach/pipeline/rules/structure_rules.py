"""Rules for the whole pipeline: number of stages and actions, and the place of source actions (S1 to S4)."""

from __future__ import annotations

from collections.abc import Iterator

from cp_teach.pipeline.catalogs import Catalog
from cp_teach.pipeline.location import Location
from cp_teach.pipeline.model.declaration import PipelineDeclaration
from cp_teach.pipeline.violation import Violation


def check(pipeline: PipelineDeclaration, catalog: Catalog) -> Iterator[Violation]:
    """Yield violations of S1 (user guide: limits), S2, S3, and S4 (user guide: reference-pipeline-structure)."""
    stages, quota = pipeline.stages, catalog.quotas["stages"]
    location = Location().member("stages").called("pipeline")
    if len(stages) < quota.least:
        yield location.structure(
            f"Pipeline has only {len(stages)} stage(s). "
            f"There should be a minimum of {quota.least} stages in a pipeline",
            "Add a stage: at least one stage must follow the source stage.",
        )
    if len(stages) > quota.most:
        yield location.structure(
            f"Pipeline has too many stages. There can only be up to {quota.most} stages in a pipeline",
            f"It has {len(stages)} stages: combine actions in one stage, or create a second pipeline.",
        )
    total, most = sum(len(stage.actions) for stage in stages), catalog.quotas.get("actions_per_pipeline")
    if most and total > most.most:
        yield location.structure(
            f"Pipeline has too many actions. There can only be up to {most.most} actions in a pipeline",
            f"It has {total} actions: create a second pipeline.",
        )
    yield from _sources(pipeline)


def _sources(pipeline: PipelineDeclaration) -> Iterator[Violation]:
    stages = pipeline.stages
    if stages and not (
        stages[0].actions and all(action.category == "Source" for action in stages[0].actions)
    ):
        others = [action.name for action in stages[0].actions if action.category != "Source"]
        yield (
            Location()
            .stage(0, stages[0].name)
            .structure(
                "Pipeline should start with a stage that only contains source actions",
                f"Move {', '.join(others)} to a later stage." if others else "Put a source action here.",
            )
        )
    for index, stage in enumerate(stages[1:], start=1):
        for position, action in enumerate(stage.actions):
            if action.category == "Source":
                location = Location().stage(index, stage.name).action(position, action.name)
                yield location.structure(
                    "Source actions can only be included in the first stage of the pipeline",
                    f"Move this action to the first stage, {stages[0].name}.",
                )
    categories = {action.category for stage in stages for action in stage.actions}
    if categories == {"Source"}:
        yield (
            Location()
            .member("stages")
            .called("pipeline")
            .structure(
                "Pipeline should contain at least 1 action whose category is not Source",
                "Add an action that builds, tests, deploys, invokes or asks for approval.",
            )
        )
