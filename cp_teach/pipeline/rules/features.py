"""What only a V2 pipeline has."""

from __future__ import annotations

from cp_teach.pipeline.blueprint import Pipeline


def needs_v2(pipeline: Pipeline) -> bool:
    """True if the pipeline has what only V2 has."""
    return bool(
        pipeline.variables
        or pipeline.triggers
        or pipeline.execution_mode in ("QUEUED", "PARALLEL")
        or any(s.before_entry or s.on_success or s.on_failure for s in pipeline.stages)
    )
