"""Options for points on which AWS's sources contradict each other; the likelier reading is the default.

The user guide, the service model, and recordings of the service do not always agree. To choose another reading, give it
by name: ``Readings(edited="Failed")``.
"""

from __future__ import annotations

from typing import NamedTuple


class Readings(NamedTuple):
    """One choice for each contradiction; ``SUGGESTED`` is the default everywhere."""

    edited: str = "Cancelled"
    """The final status of an execution in progress when its pipeline is edited: "Cancelled" (service model, events) or
    "Failed" (user guide, "Edit a pipeline")."""
    doors_after_edit: str = "kept"
    """Transitions after an edit: "kept" by the name of their stage, or all "enabled" (undocumented)."""
    source_rollback: str = "refused"
    """Rolling back the source stage: "refused" (user guide) or "allowed" (recordings)."""
    parallel_rollback: str = "refused"
    """Rolling back in PARALLEL mode: "refused" (user guide) or "allowed" (recordings)."""
    on_success: str = "not met"
    """When the result of an onSuccess condition applies: when its rules are "not met", or "met" (the guide says
    both)."""
    on_failure: str = "met"
    """When the result of an onFailure condition applies: when its rules are "met" (user guide), or "not met" as with
    the other conditions."""
    v1_with_variables: str = "infer"
    """Variables or triggers in a pipeline that names no type: "infer" V2 (user guide), or "strict": it is V1 and is
    refused (a probe of the service)."""
    actions_per_stage: int = 50
    """50 or 100 actions in a stage: the page of quotas says both."""
    action_provider_length: int = 35
    """The longest name of a provider: 35 (service model) or 25 (user guide)."""

    def problem(self) -> str:
        """Return the first invalid value as a sentence; "" if all are valid."""
        for name, value in zip(self._fields, self, strict=True):
            if value not in CHOICES[name]:
                choices = " or ".join(repr(choice) for choice in CHOICES[name])
                return f"Readings, {name}: {value!r:.40} is not a valid value. Use {choices}."
        return ""


CHOICES: dict[str, tuple[str | int, ...]] = {
    "edited": ("Cancelled", "Failed"),
    "doors_after_edit": ("kept", "enabled"),
    "source_rollback": ("refused", "allowed"),
    "parallel_rollback": ("refused", "allowed"),
    "on_success": ("not met", "met"),
    "on_failure": ("met", "not met"),
    "v1_with_variables": ("infer", "strict"),
    "actions_per_stage": (50, 100),
    "action_provider_length": (35, 25),
}

SUGGESTED = Readings()
