"""Options for points on which AWS's sources contradict each other; the likelier reading is the default.

The user guide, the service model, and recordings of the service do not always agree. To choose another reading, give it
by name: ``Readings(edited="Failed")``.
"""

from __future__ import annotations

from typing import Literal, NamedTuple, get_args, get_type_hints


class Readings(NamedTuple):
    """One choice for each contradiction; ``SUGGESTED`` is the default everywhere."""

    edited: Literal["Cancelled", "Failed"] = "Cancelled"
    """The final status of an execution in progress when its pipeline is edited: "Cancelled" (service model, events) or
    "Failed" (user guide, "Edit a pipeline")."""
    doors_after_edit: Literal["kept", "enabled"] = "kept"
    """Transitions after an edit: "kept" by the name of their stage, or all "enabled" (undocumented)."""
    source_rollback: Literal["refused", "allowed"] = "refused"
    """Rolling back the source stage: "refused" (user guide) or "allowed" (recordings)."""
    parallel_rollback: Literal["refused", "allowed"] = "refused"
    """Rolling back in PARALLEL mode: "refused" (user guide) or "allowed" (recordings)."""
    on_success: Literal["not met", "met"] = "not met"
    """When the result of an onSuccess condition applies: when its rules are "not met", or "met" (the guide says
    both)."""
    on_failure: Literal["met", "not met"] = "met"
    """When the result of an onFailure condition applies: when its rules are "met" (user guide), or "not met" as with
    the other conditions."""
    v1_with_variables: Literal["infer", "strict"] = "infer"
    """Variables or triggers in a pipeline that names no type: "infer" V2 (user guide), or "strict": it is V1 and is
    refused (a probe of the service)."""
    actions_per_stage: Literal[50, 100] = 50
    """50 or 100 actions in a stage: the page of quotas says both."""
    action_provider_length: Literal[35, 25] = 35
    """The longest name of a provider: 35 (service model) or 25 (user guide)."""

    def problem(self) -> str:
        """Return the first invalid value as a sentence; "" if all are valid."""
        for name, value in zip(self._fields, self, strict=True):
            if value not in CHOICES[name]:
                choices = " or ".join(repr(choice) for choice in CHOICES[name])
                return f"Readings, {name}: {value!r:.40} is not a valid value. Use {choices}."
        return ""


CHOICES: dict[str, tuple[str | int, ...]] = {
    name: get_args(choices) for name, choices in get_type_hints(Readings).items()
}
"""Name of a reading -> its possible values."""

SUGGESTED = Readings()
