"""Deployment configurations: how many instances must stay healthy, hence how many are deployed to at a time.

>>> fleet = [Standing(f"i-{n}") for n in range(1, 10)]
>>> plan(fleet, configuration("CodeDeployDefault.HalfAtATime"), {}).deploy
('i-1', 'i-2', 'i-3', 'i-4')

Source: CodeDeploy user guide, instances-health and deployment-configurations.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

Kind = Literal["HOST_COUNT", "FLEET_PERCENT", "MOST_CONCURRENCY"]
Outcome = Literal["Succeeded", "Failed"]
Revision = Literal["unknown", "old", "current"]

ORDER: tuple[Revision, ...] = ("unknown", "old", "current")


@dataclass(frozen=True)
class Configuration:
    """How many instances must stay healthy.

    ``kind`` and ``value``: HOST_COUNT and a number of instances, or FLEET_PERCENT and a percentage from 0 to 100.
    CodeDeployDefault.OneAtATime alone is a MOST_CONCURRENCY of 1: so many at a time, the others must stay healthy.
    """

    name: str
    kind: Kind
    value: int

    def __post_init__(self) -> None:
        """A number that cannot be is told at once."""
        whole = isinstance(self.value, int) and not isinstance(self.value, bool)
        if self.kind not in ("HOST_COUNT", "FLEET_PERCENT", "MOST_CONCURRENCY"):
            raise ValueError(f"There is no kind {self.kind!r}. Use HOST_COUNT or FLEET_PERCENT.")
        if not whole or self.value < (self.kind == "MOST_CONCURRENCY"):
            raise ValueError(f"{self.value!r} is no number of instances: write a whole number from 0 on.")
        if self.kind == "FLEET_PERCENT" and self.value > 100:
            raise ValueError(f"{self.value} is no percentage of instances: write 0 to 100.")

    def minimum(self, count: int) -> int:
        """How many of ``count`` instances must stay healthy: counted once, when the deployment starts.

        Of a percentage a fraction is rounded up: 40% of 9 are 4.
        """
        if self.kind == "FLEET_PERCENT":
            return -(-count * self.value // 100)
        if self.kind == "MOST_CONCURRENCY":
            return max(0, count - self.value)
        return self.value


DEFAULTS = {
    each.name: each
    for each in (
        Configuration("CodeDeployDefault.AllAtOnce", "HOST_COUNT", 0),
        Configuration("CodeDeployDefault.HalfAtATime", "FLEET_PERCENT", 50),
        Configuration("CodeDeployDefault.OneAtATime", "MOST_CONCURRENCY", 1),
    )
}
"""The guide calls OneAtATime 99%, which rounded up would leave no instance to deploy to in a fleet of less than 100;
the service itself shows MOST_CONCURRENCY 1, and the guide's own examples follow that."""

ONE_AT_A_TIME = "CodeDeployDefault.OneAtATime"


def configuration(name: str) -> Configuration:
    """A configuration that AWS has made: CodeDeployDefault.AllAtOnce, .HalfAtATime or .OneAtATime."""
    if name in DEFAULTS:
        return DEFAULTS[name]
    raise ValueError(
        f"There is no deployment configuration {name!r}. Use one of {', '.join(DEFAULTS)}, "
        "or make your own: Configuration(name, 'HOST_COUNT', 2)."
    )


class Standing(NamedTuple):
    """An instance as it is when the deployment starts. One that never had a successful deployment is unhealthy,
    and so is one that is switched off."""

    name: str
    healthy: bool = True
    revision: Revision = "current"


class Next(NamedTuple):
    """What a deployment does next: deploy to these instances, or end with ``verdict``."""

    deploy: tuple[str, ...] = ()
    verdict: Literal["", "Succeeded", "Failed"] = ""
    error: Literal["", "NO_INSTANCES", "HEALTH_CONSTRAINTS_INVALID", "HEALTH_CONSTRAINTS"] = ""
    message: str = ""


def plan(fleet: Sequence[Standing], configuration: Configuration, outcomes: Mapping[str, Outcome]) -> Next:
    """Who is deployed to next, once those in ``outcomes`` are done; or how the deployment ends.

    Instances go in the order: unhealthy, unknown revision, old, current. A batch is never larger than what may be
    missing: the instances that have not failed, less the minimum. Unhealthy instances go in batches of that size,
    too, for "up to half of the instances at a time" is said of every deployment.
    """
    if not fleet:
        return _failed("NO_INSTANCES", "The deployment group has no instances. Add some to its fleet.")
    count, minimum = len(fleet), configuration.minimum(len(fleet))
    if minimum >= count:
        words = (
            f"{minimum} of {count} instances must stay healthy, so none can be deployed to. "
            "Choose a smaller minimum, or add instances."
        )
        return _failed("HEALTH_CONSTRAINTS_INVALID", words)
    failed = sum(outcomes.get(each.name) == "Failed" for each in fleet)
    left = [each for each in sorted(fleet, key=_turn) if each.name not in outcomes]
    room = count - failed - minimum
    if left and room > 0:
        return Next(tuple(each.name for each in left[:room]))
    if left:
        words = (
            f"{failed} of {count} instances failed, and {minimum} must stay healthy: "
            f"{len(left)} were not deployed to any more."
        )
        return _failed("HEALTH_CONSTRAINTS", words)
    if failed == count:
        return _failed(
            "HEALTH_CONSTRAINTS", "No instance was deployed to successfully. One at least must be."
        )
    return Next(verdict="Succeeded")


def _turn(each: Standing) -> tuple[bool, int]:
    return each.healthy, ORDER.index(each.revision)


def _failed(
    error: Literal["NO_INSTANCES", "HEALTH_CONSTRAINTS_INVALID", "HEALTH_CONSTRAINTS"], message: str
) -> Next:
    return Next((), "Failed", error, message)
