"""The rules AWS holds a pipeline to: one file for each noun, and all of them asked at once.

A rule is a function ``breaches(pipeline, book)`` that yields every breach it finds; ``book`` is the
catalog, with the readings that were chosen for it. No rule knows another, so that one breach never hides the next.
"""

from __future__ import annotations

from cp_teach.pipeline.interpretations import SUGGESTED, Readings
from cp_teach.pipeline.model.pipeline import Pipeline
from cp_teach.pipeline.violation import Breach, InvalidPipeline, in_order


def check(
    pipeline: Pipeline, catalog: str = "today", readings: Readings = SUGGESTED, region: str = ""
) -> list[Breach]:
    """Every breach of this pipeline and every warning, in the order in which AWS would meet them."""
    from cp_teach.pipeline import catalogs
    from cp_teach.pipeline.rules import (
        action_rules,
        artifact_rules,
        condition_rules,
        region_rules,
        stage_rules,
        structure_rules,
        trigger_rules,
        v2_feature_rules,
        value_rules,
        variable_rules,
    )

    book = catalogs.catalog(catalog).read(readings, region)
    rules = (
        value_rules,
        structure_rules,
        region_rules,
        variable_rules,
        trigger_rules,
        v2_feature_rules,
        stage_rules,
        condition_rules,
        action_rules,
        artifact_rules,
    )
    return in_order([breach for rule in rules for breach in rule.breaches(pipeline, book)])


def admit(
    pipeline: Pipeline,
    breaches: list[Breach],
    catalog: str = "today",
    readings: Readings = SUGGESTED,
    region: str = "",
) -> Pipeline:
    """The pipeline, if AWS would take it; otherwise raises ``InvalidPipeline`` with every breach.

    ``breaches`` is what reading found already: what stands for a missing value is not complained about again.
    """
    told = {breach.path for breach in breaches}
    found = [
        breach
        for breach in check(pipeline, catalog, readings, region)
        if not any(breach.path == path or breach.path.startswith(path + ".") for path in told)
    ]
    every = in_order([*breaches, *found])
    if any(breach.level == "error" for breach in every):
        raise InvalidPipeline(every, pipeline)
    object.__setattr__(pipeline, "admitted", True)
    return pipeline
