"""Why a pipeline cannot be given that new definition."""

from __future__ import annotations

from cp_teach.engine.model import commands as c
from cp_teach.engine.model.state import State, unwalkable
from cp_teach.engine.rules.errors import Refused


def edit(state: State, command: c.EditPipeline) -> Refused | None:
    """The judge of EditPipeline (model: UpdatePipeline): AWS must take the definition, under the same name."""
    new = command.pipeline
    if new is state.pipeline:  # what runs here already is not judged once more
        return None
    if new.name != state.pipeline.name:
        return Refused(
            "PipelineNotFoundException",
            f"The pipeline is named {state.pipeline.name}, not {new.name}.",
            "An edit keeps the name; on AWS a new name means a new pipeline.",
        )
    if wrong := unwalkable(new):
        return Refused("InvalidStructureException", wrong, "pipeline.check() tells everything that is wrong.")
    if new.admitted:  # it was checked when it was read, and cannot have changed
        return None
    errors = [breach for breach in new.check(readings=state.readings) if breach.level == "error"]
    if errors:
        more = f" ({len(errors) - 1} more: see pipeline.check())" if len(errors) > 1 else ""
        first = errors[0]
        return Refused(first.exception, f"{first.where}: {first.message}{more}", first.todo)
    return None
