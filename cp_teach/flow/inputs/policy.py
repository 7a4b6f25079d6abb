"""Team policy: working hours, approvals, retries, repairs, and disabled transitions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields

from cp_teach.engine import ALL_ACTIONS, FAILED_ACTIONS
from cp_teach.flow.inputs.distribution import Distribution, constant, exponential, to_distribution
from cp_teach.flow.inputs.weekly_hours import OFFICE, Hours, to_hours
from cp_teach.flow.numerics.checked_numbers import checked_count, checked_probability

MODES = ("SUPERSEDED", "QUEUED", "PARALLEL")
RECOVERIES = ("next", "hotfix")


@dataclass(frozen=True)
class Policy:
    """How a team works. Times are minutes; where a setting says working minutes, they pass only in ``hours``.

    Raises ``ValueError`` for an impossible setting.
    """

    mode: str | None = None
    """SUPERSEDED, QUEUED or PARALLEL; None for the mode of the pipeline."""
    hours: Hours = OFFICE
    """The working hours of those who approve, retry, and repair: ``Hours``, or a text like "Mon-Fri 9-17"."""
    approval: Distribution = field(default_factory=lambda: exponential(60))
    """Working minutes until an approval is answered."""
    closed: Mapping[str, Hours] = field(default_factory=dict)
    """Stage -> the hours in which its inbound transition is disabled: {"Prod": "Fri 12:00 - Mon 9:00"}."""
    retries: int = 0
    """How often a failed stage is retried by hand, until a newer execution enters it."""
    reaction: Distribution = field(default_factory=lambda: constant(30))
    """Working minutes from a failure to its retry."""
    retry_mode: str = FAILED_ACTIONS
    """FAILED_ACTIONS or ALL_ACTIONS."""
    flaky: Mapping[str, float] = field(default_factory=dict)
    """Action, "Stage/Action" or category -> the probability that a run fails by chance, so that a retry may pass."""
    change_failure: float = 0.0
    """The probability that a deployed change fails in production."""
    detection: Distribution = field(default_factory=lambda: constant(30))
    """Minutes, day and night, until that failure is detected."""
    repair: Distribution = field(default_factory=lambda: exponential(120))
    """Working minutes from the detection until the repair is committed."""
    recovery: str = "next"
    """"next": the first regular revision after the repair carries it. "hotfix": the repair is released at once, as an
    unplanned deployment (rework)."""

    def __post_init__(self) -> None:
        convert = object.__setattr__  # texts and numbers become hours and distributions, once
        _check_choice("mode", self.mode, (None, *MODES))
        _check_choice("retry_mode", self.retry_mode, (FAILED_ACTIONS, ALL_ACTIONS))
        _check_choice("recovery", self.recovery, RECOVERIES)
        convert(self, "hours", _read_hours("hours", self.hours))
        convert(
            self, "closed", {name: _read_hours(f"closed[{name!r}]", h) for name, h in self.closed.items()}
        )
        for stage, disabled in self.closed.items():
            if disabled.always:
                raise ValueError(
                    f"closed[{stage!r}] is the whole week, so that no execution would ever enter {stage}"
                )
        for name in ("approval", "reaction", "detection", "repair"):
            convert(self, name, to_distribution(f"policy.{name}", getattr(self, name)))
        convert(self, "retries", checked_count("retries", self.retries, 0, 10))
        convert(self, "flaky", {k: checked_probability(f"flaky[{k!r}]", v) for k, v in self.flaky.items()})
        convert(self, "change_failure", checked_probability("change_failure", self.change_failure))

    @classmethod
    def of(cls, settings: Policy | Mapping[str, object] | None) -> Policy:
        """Return a policy as it is, or make one from settings by name. Raises ``ValueError`` for an unknown name."""
        if isinstance(settings, Policy):
            return settings
        names = [f.name for f in fields(cls)]
        for name in settings or {}:
            if name not in names:
                raise ValueError(f"a policy has no setting {name!r}; it has {', '.join(names)}")
        return cls(**(settings or {}))  # type: ignore[arg-type]  # __post_init__ checks the values


def _read_hours(what: str, hours: Hours | str) -> Hours:
    if isinstance(hours, Hours | str):
        return to_hours(hours)
    raise ValueError(f'{what} must be hours, such as "Mon-Fri 9-17", not {hours!r}')


def _check_choice(what: str, value: object, choices: tuple[object, ...]) -> None:
    if value not in choices:
        options = ", ".join(str(choice) for choice in choices if choice is not None)
        raise ValueError(f"{what} must be one of {options}, not {value!r}")
