"""Rules for stages and their actions: how many, with which names, and where source actions are (S1 to S6).

Sources: user guide, "limits" and "reference-pipeline-structure"; S5 probed against the service.
"""

from __future__ import annotations

from collections.abc import Iterator

from cp_teach.pipeline.catalogs import Catalog
from cp_teach.pipeline.location import Location, placed_actions, placed_stages
from cp_teach.pipeline.model.declaration import PipelineDeclaration
from cp_teach.pipeline.model.stage import Stage
from cp_teach.pipeline.violation import Violation


def check(pipeline: PipelineDeclaration, catalog: Catalog) -> Iterator[Violation]:
    """Yield violations of the pipeline as a whole, then those of each stage."""
    yield from _quotas(pipeline, catalog)
    yield from _sources(pipeline)
    yield from _duplicate_names(pipeline)
    for stage, location in placed_stages(pipeline):
        yield from _stage_quotas(stage, location.member("actions"), catalog)


def _quotas(pipeline: PipelineDeclaration, catalog: Catalog) -> Iterator[Violation]:
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


def _sources(pipeline: PipelineDeclaration) -> Iterator[Violation]:
    for stage, location in [*placed_stages(pipeline)][:1]:
        others = [action.name for action in stage.actions if action.category != "Source"]
        if others or not stage.actions:
            yield location.structure(
                "Pipeline should start with a stage that only contains source actions",
                f"Move {', '.join(others)} to a later stage." if others else "Put a source action here.",
            )
    for action, _, location, index, _ in placed_actions(pipeline):
        if action.category == "Source" and index > 0:
            yield location.structure(
                "Source actions can only be included in the first stage of the pipeline",
                f"Move this action to the first stage, {pipeline.stages[0].name}.",
            )
    if {action.category for action, *_ in placed_actions(pipeline)} == {"Source"}:
        yield (
            Location()
            .member("stages")
            .called("pipeline")
            .structure(
                "Pipeline should contain at least 1 action whose category is not Source",
                "Add an action that builds, tests, deploys, invokes or asks for approval.",
            )
        )


def _stage_quotas(stage: Stage, location: Location, catalog: Catalog) -> Iterator[Violation]:
    total = catalog.quotas["actions_per_stage"]
    if len(stage.actions) < total.least:
        # The service's own message is not known; this one is modeled on its other messages.
        yield location.in_stage(
            f"Stage '{stage.name}' has no actions. "
            f"There should be a minimum of {total.least} action in a stage",
            "Add an action to this stage, or remove the stage.",
        )
    widest = max((len(group) for group in stage.groups), default=0)
    for quota, count, noun in (
        (total, len(stage.actions), "actions"),
        (catalog.quotas.get("parallel_actions"), widest, "parallel actions"),
        (catalog.quotas.get("sequential_actions"), len(stage.groups), "sequential actions"),
    ):
        if quota and count > quota.most:
            yield location.in_stage(
                f"Stage '{stage.name}' has too many {noun}. "
                f"There can only be up to {quota.most} {noun} in a stage",
                f"It has {count} {noun}: spread them over more stages.",
            )


def _duplicate_names(pipeline: PipelineDeclaration) -> Iterator[Violation]:
    seen: set[object] = set()
    for stage, location in placed_stages(pipeline):
        if stage.name in seen:
            yield location.member("name").in_stage(
                f"Stage name '{stage.name}' is used more than once", "Give this stage another name."
            )
        seen.add(stage.name)
    for action, stage, location, index, _ in placed_actions(pipeline):
        if (index, action.name) in seen:
            yield location.member("name").in_action(
                f"Action name '{action.name}' is used more than once in stage '{stage.name}'",
                "Give this action another name; in another stage it may be used again.",
            )
        seen.add((index, action.name))
