"""Rules for stages: unique names, and the number and names of their actions (S5, S6)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from cp_teach.pipeline.catalogs import Catalog
from cp_teach.pipeline.location import Location
from cp_teach.pipeline.model.declaration import PipelineDeclaration
from cp_teach.pipeline.model.stage import Stage
from cp_teach.pipeline.violation import Violation


def check(pipeline: PipelineDeclaration, catalog: Catalog) -> Iterator[Violation]:
    """Yield violations of S5 (probed against the service), S6, and the quota of actions in a stage (user guide:
    limits)."""
    seen: set[str] = set()
    for index, stage in enumerate(pipeline.stages):
        location = Location().stage(index, stage.name)
        if stage.name in seen:
            yield location.member("name").in_stage(
                f"Stage name '{stage.name}' is used more than once", "Give this stage another name."
            )
        seen.add(stage.name)
        yield from _action_counts(stage, location, catalog)
        yield from _duplicate_names(stage, location)


def _action_counts(stage: Stage, location: Location, catalog: Catalog) -> Iterator[Violation]:
    quota, location = catalog.quotas["actions_per_stage"], location.member("actions")
    if len(stage.actions) < quota.least:
        # The service's own message is not known; this one is modeled on its other messages.
        yield location.in_stage(
            f"Stage '{stage.name}' has no actions. "
            f"There should be a minimum of {quota.least} action in a stage",
            "Add an action to this stage, or remove the stage.",
        )
    if len(stage.actions) > quota.most:
        yield location.in_stage(
            f"Stage '{stage.name}' has too many actions. "
            f"There can only be up to {quota.most} actions in a stage",
            f"It has {len(stage.actions)} actions: spread them over more stages.",
        )
    widest = max((len(group) for group in stage.groups), default=0)
    for name, count, word in (
        ("parallel_actions", widest, "parallel"),
        ("sequential_actions", len(stage.groups), "sequential"),
    ):
        limit = catalog.quotas.get(name)
        if limit and count > limit.most:
            yield location.in_stage(
                f"Stage '{stage.name}' has too many {word} actions. "
                f"There can only be up to {limit.most} {word} actions in a stage",
                f"It has {count}: spread them over more stages.",
            )


def _duplicate_names(stage: Stage, location: Location) -> Iterator[Violation]:
    seen: Counter[str] = Counter()
    for position, action in enumerate(stage.actions):
        seen[action.name] += 1
        if seen[action.name] > 1:
            yield (
                location.action(position, action.name)
                .member("name")
                .in_action(
                    f"Action name '{action.name}' is used more than once in stage '{stage.name}'",
                    "Give this action another name; in another stage it may be used again.",
                )
            )
