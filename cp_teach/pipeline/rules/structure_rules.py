"""The pipeline as a whole: how many stages, and where source actions may stand (S1 to S4)."""

from __future__ import annotations

from collections.abc import Iterator

from cp_teach.pipeline.catalogs import Catalog
from cp_teach.pipeline.model.location import Place
from cp_teach.pipeline.model.pipeline import Pipeline
from cp_teach.pipeline.violation import Breach


def breaches(pipeline: Pipeline, book: Catalog) -> Iterator[Breach]:
    """S1 (user guide: limits), S2, S3, S4 (user guide: reference-pipeline-structure)."""
    stages, quota = pipeline.stages, book.quotas["stages"]
    here = Place().member("stages").called("pipeline")
    if len(stages) < quota.least:
        yield here.structure(
            f"Pipeline has only {len(stages)} stage(s). "
            f"There should be a minimum of {quota.least} stages in a pipeline",
            "Add a stage: after the source there must be one that does something with it.",
        )
    if len(stages) > quota.most:
        yield here.structure(
            f"Pipeline has too many stages. There can only be up to {quota.most} stages in a pipeline",
            f"It has {len(stages)} stages: put actions together into one stage, or make a second pipeline.",
        )
    total, most = sum(len(stage.actions) for stage in stages), book.quotas.get("actions_per_pipeline")
    if most and total > most.most:
        yield here.structure(
            f"Pipeline has too many actions. There can only be up to {most.most} actions in a pipeline",
            f"It has {total} actions: make a second pipeline.",
        )
    yield from _sources(pipeline)


def _sources(pipeline: Pipeline) -> Iterator[Breach]:
    stages = pipeline.stages
    if stages and not (
        stages[0].actions and all(action.category == "Source" for action in stages[0].actions)
    ):
        others = [action.name for action in stages[0].actions if action.category != "Source"]
        yield (
            Place()
            .stage(0, stages[0].name)
            .structure(
                "Pipeline should start with a stage that only contains source actions",
                f"Move {', '.join(others)} to a later stage." if others else "Put a source action here.",
            )
        )
    for index, stage in enumerate(stages[1:], start=1):
        for position, action in enumerate(stage.actions):
            if action.category == "Source":
                yield (
                    Place()
                    .stage(index, stage.name)
                    .action(position, action.name)
                    .structure(
                        "Source actions can only be included in the first stage of the pipeline",
                        f"Move this action to the first stage, {stages[0].name}.",
                    )
                )
    if any(stage.actions for stage in stages) and all(
        action.category == "Source" for stage in stages for action in stage.actions
    ):
        yield (
            Place()
            .member("stages")
            .called("pipeline")
            .structure(
                "Pipeline should contain at least 1 action whose category is not Source",
                "Add an action that builds, tests, deploys, invokes or asks for approval.",
            )
        )
