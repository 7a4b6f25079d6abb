"""The stages: their names, how many actions they hold, and the names of these (S5, S6)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from cp_teach.pipeline.catalogs import Catalog
from cp_teach.pipeline.model.location import Place
from cp_teach.pipeline.model.pipeline import Pipeline, Stage
from cp_teach.pipeline.violation import Breach


def breaches(pipeline: Pipeline, book: Catalog) -> Iterator[Breach]:
    """S5 (asked of the service), S6 (user guide: limits), actions in a stage (user guide: limits)."""
    seen: set[str] = set()
    for index, stage in enumerate(pipeline.stages):
        here = Place().stage(index, stage.name)
        if stage.name in seen:
            yield here.member("name").in_stage(
                f"Stage name '{stage.name}' is used more than once", "Give this stage another name."
            )
        seen.add(stage.name)
        yield from _amount(stage, here, book)
        yield from _names(stage, here)


def _amount(stage: Stage, here: Place, book: Catalog) -> Iterator[Breach]:
    quota, here = book.quotas["actions_per_stage"], here.member("actions")
    if len(stage.actions) < quota.least:
        # What the service writes here is not known; the words are modelled on its other messages.
        yield here.in_stage(
            f"Stage '{stage.name}' has no actions. "
            f"There should be a minimum of {quota.least} action in a stage",
            "Put an action into this stage, or take the stage out.",
        )
    if len(stage.actions) > quota.most:
        yield here.in_stage(
            f"Stage '{stage.name}' has too many actions. "
            f"There can only be up to {quota.most} actions in a stage",
            f"It has {len(stage.actions)} actions: spread them over more stages.",
        )
    widest = max((len(group) for group in stage.groups), default=0)
    for name, count, word in (
        ("parallel_actions", widest, "parallel"),
        ("sequential_actions", len(stage.groups), "sequential"),
    ):
        limit = book.quotas.get(name)
        if limit and count > limit.most:
            yield here.in_stage(
                f"Stage '{stage.name}' has too many {word} actions. "
                f"There can only be up to {limit.most} {word} actions in a stage",
                f"It has {count}: spread them over more stages.",
            )


def _names(stage: Stage, here: Place) -> Iterator[Breach]:
    seen: Counter[str] = Counter()
    for position, action in enumerate(stage.actions):
        seen[action.name] += 1
        if seen[action.name] > 1:
            yield (
                here.action(position, action.name)
                .member("name")
                .in_action(
                    f"Action name '{action.name}' is used more than once in stage '{stage.name}'",
                    "Give this action another name; in another stage it may be used again.",
                )
            )
