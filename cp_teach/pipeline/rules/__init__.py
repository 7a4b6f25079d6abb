"""The rules AWS holds a pipeline to: one file for each noun."""

from __future__ import annotations

from cp_teach.pipeline.blueprint import Pipeline
from cp_teach.pipeline.breach import Breach, InvalidPipeline, in_order


def check(pipeline: Pipeline, catalogue: str = "today") -> list[Breach]:
    return []


def admit(pipeline: Pipeline, breaches: list[Breach], catalogue: str = "today") -> Pipeline:
    """The pipeline, if AWS would take it; otherwise raises ``InvalidPipeline`` with every breach."""
    found = in_order([*breaches, *check(pipeline, catalogue)])
    if any(breach.level == "error" for breach in found):
        raise InvalidPipeline(found, pipeline)
    return pipeline
