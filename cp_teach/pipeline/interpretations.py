"""Options for points on which AWS's sources contradict each other; the likelier reading is the default.

The user guide, the service model, and recordings of the service do not always agree. To choose another reading, give it
by name: ``Readings(edited="Failed")``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, NamedTuple, get_args, get_type_hints


class Readings(NamedTuple):
    """One choice for each contradiction; ``SUGGESTED`` is the default everywhere."""

    edited: Literal["Cancelled", "Failed"] = "Cancelled"
    """The final status of an execution in progress when its pipeline is edited: "Cancelled" (service model, events) or
    "Failed" (user guide, "Edit a pipeline")."""
    doors_after_edit: Literal["kept", "enabled"] = "kept"
    """Transitions after an edit: "kept" by the name of their stage, or all "enabled" (undocumented)."""
    approval_after_edit: Literal["in progress", "ended"] = "in progress"
    """A manual approval that waits while its pipeline is edited: it and its execution stay "in progress" until the
    execution is stopped (recordings), or it fails and the execution has "ended" (user guide, "Edit a pipeline")."""
    source_rollback: Literal["allowed", "refused"] = "allowed"
    """Rolling back the source stage: "allowed" (recordings) or "refused" (user guide)."""
    parallel_rollback: Literal["allowed", "refused"] = "allowed"
    """Rolling back in PARALLEL mode: "allowed" (recordings) or "refused" (user guide)."""
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

_BEFORE = {"approval_after_edit": "ended", "source_rollback": "refused", "parallel_rollback": "refused"}
"""The defaults of readings when saved runs did not name them."""


def saved_readings(record: Mapping[str, Any]) -> Readings:
    """Return the readings of a saved run, which is replayed by the defaults of its time.

    Raises ``TypeError`` for an unknown name.
    """
    return Readings(**{**_BEFORE, **record})
