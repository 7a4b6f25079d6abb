"""What people do around a pipeline: when they are there, how they answer, retry and repair."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from cp_teach.engine import ALL_ACTIONS, FAILED_ACTIONS
from cp_teach.flow.inputs.distribution import Distribution, constant, distribution, exponential, number
from cp_teach.flow.inputs.weekly_hours import OFFICE, Hours

MODES = ("SUPERSEDED", "QUEUED", "PARALLEL")
RECOVERIES = ("next", "hotfix")


@dataclass(frozen=True)
class Policy:
    """How a team works. Times are minutes; those of people pass only in ``hours``.

    Raises ``ValueError`` when made with what cannot be; what is not given stays as below.
    """

    mode: str | None = None
    """SUPERSEDED, QUEUED or PARALLEL; None for the mode of the pipeline."""
    hours: Hours = OFFICE
    """When somebody is there to approve, to retry, to repair: words such as "Mon-Fri 9-17", or ``Hours``."""
    approval: Distribution = field(default_factory=lambda: exponential(60))
    """How long an approval is waited for, in hours in which somebody is there."""
    closed: Mapping[str, Hours] = field(default_factory=dict)
    """Stage -> the hours in which its inbound transition is disabled: {"Prod": "Fri 12:00 - Mon 9:00"}."""
    retries: int = 0
    """How often somebody retries a failed stage, as long as nothing newer has entered it."""
    reaction: Distribution = field(default_factory=lambda: constant(30))
    """How long after a failure that is, in hours in which somebody is there."""
    retry_mode: str = FAILED_ACTIONS
    """FAILED_ACTIONS or ALL_ACTIONS."""
    flaky: Mapping[str, float] = field(default_factory=dict)
    """Action, "Stage/Action" or category -> the probability that a run of it fails for no reason: the next may pass."""
    change_failure: float = 0.0
    """The probability that a change, once deployed, fails in production."""
    detection: Distribution = field(default_factory=lambda: constant(30))
    """How long until that is noticed, day and night."""
    repair: Distribution = field(default_factory=lambda: exponential(120))
    """How long until the repair is committed, in hours in which somebody is there."""
    recovery: str = "next"
    """"next": the repair goes out with the first regular revision that is released after it is ready. "hotfix": it is
    released by itself, at once: a deployment that nobody has planned (rework)."""

    def __post_init__(self) -> None:
        settle = object.__setattr__  # the words that were given become what they mean, once
        _one_of("mode", self.mode, (None, *MODES))
        _one_of("retry_mode", self.retry_mode, (FAILED_ACTIONS, ALL_ACTIONS))
        _one_of("recovery", self.recovery, RECOVERIES)
        settle(self, "hours", _hours("hours", self.hours))
        settle(self, "closed", {stage: _hours(f"closed[{stage!r}]", h) for stage, h in self.closed.items()})
        for stage, shut in self.closed.items():
            if shut.always:
                raise ValueError(f"closed[{stage!r}] is the whole week: nothing would ever enter {stage}")
        for name in ("approval", "reaction", "detection", "repair"):
            settle(self, name, distribution(f"policy.{name}", getattr(self, name)))
        if isinstance(self.retries, bool) or not isinstance(self.retries, int) or not 0 <= self.retries <= 10:
            raise ValueError(f"retries has to be a whole number from 0 to 10, not {self.retries!r}")
        settle(self, "flaky", {k: probability(f"flaky[{k!r}]", v) for k, v in self.flaky.items()})
        settle(self, "change_failure", probability("change_failure", self.change_failure))

    @classmethod
    def of(cls, given: Policy | Mapping[str, Any] | None) -> Policy:
        """A policy, or one made from its settings by name. Raises ``ValueError`` for a name that there is not."""
        if given is None:
            return cls()
        if isinstance(given, Policy):
            return given
        known = [f.name for f in fields(cls)]
        for name in given:
            if name not in known:
                raise ValueError(f"a policy has no {name!r}. It has: {', '.join(known)}.")
        return cls(**given)


def probability(what: str, value: float) -> float:
    """That number. Raises ``ValueError`` when it lies outside 0 to 1."""
    try:
        found = number(what, value)
    except ValueError:
        found = 2.0
    if found > 1:
        raise ValueError(f"{what} is a probability, from 0 to 1, not {value!r}")
    return found


def _hours(what: str, given: Hours | str) -> Hours:
    if isinstance(given, Hours):
        return given
    if isinstance(given, str):
        return Hours.of(given)
    raise ValueError(f'{what} has to be hours, such as "Mon-Fri 9-17", not {given!r}')


def _one_of(what: str, given: object, choices: tuple[object, ...]) -> None:
    if given not in choices:
        words = ", ".join(str(one) for one in choices if one is not None)
        raise ValueError(f"{what} is one of {words}, not {given!r}")
