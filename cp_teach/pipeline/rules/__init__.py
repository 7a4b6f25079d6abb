"""AWS's rules for pipelines: one module for each subject, and ``check``, which applies all of them.

Each module has a function ``check(pipeline, catalog)`` that yields every violation; ``catalog`` carries the chosen
readings. The rules are independent, so one violation never hides another.
"""

from __future__ import annotations

from typing import TypeVar

from cp_teach.pipeline import catalogs
from cp_teach.pipeline.formats.json_codec import write
from cp_teach.pipeline.formats.unknown_values import unknown_paths
from cp_teach.pipeline.interpretations import Readings
from cp_teach.pipeline.model.declaration import PipelineDeclaration
from cp_teach.pipeline.rules import (
    action_rules,
    artifact_rules,
    condition_rules,
    region_rules,
    structure_rules,
    trigger_rules,
    v2_feature_rules,
    value_rules,
    variable_rules,
)
from cp_teach.pipeline.violation import InvalidPipeline, Violation, in_order

P = TypeVar("P", bound=PipelineDeclaration)

RULES = (
    value_rules,
    structure_rules,
    region_rules,
    variable_rules,
    trigger_rules,
    v2_feature_rules,
    condition_rules,
    action_rules,
    artifact_rules,
)


def check(
    pipeline: PipelineDeclaration, catalog_name: str, readings: Readings, region: str = ""
) -> list[Violation]:
    """Return every violation and every warning, in the order in which AWS would report them."""
    catalog = catalogs.catalog(catalog_name).with_readings(readings, region)
    unknown = unknown_paths(write(pipeline))
    return in_order(
        [
            violation
            for rule in RULES
            for violation in rule.check(pipeline, catalog)
            if violation.path not in unknown  # nothing can be said about a value that only a stack has
        ]
    )


def admit(pipeline: P, violations: list[Violation], catalog_name: str, readings: Readings, region: str) -> P:
    """Return the pipeline if AWS would accept it; otherwise raise ``InvalidPipeline`` with every violation.

    ``violations`` are those that reading the JSON has already reported. Nothing at or below their paths is reported
    again, because the values there are only placeholders.
    """
    reported = {violation.path for violation in violations}
    others = [
        violation
        for violation in check(pipeline, catalog_name, readings, region)
        if not any(f"{violation.path}.".startswith(f"{path}.") for path in reported)
    ]
    every = in_order([*violations, *others])
    if any(violation.level == "error" for violation in every):
        raise InvalidPipeline(every, pipeline)
    return pipeline
