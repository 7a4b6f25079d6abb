"""Deployment configurations: the minimum number of healthy instances, which limits the size of a batch.

>>> instances = [InstanceState(f"i-{n}") for n in range(1, 10)]
>>> next_batch(instances, configuration("CodeDeployDefault.HalfAtATime"), {}).deploy
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
    """The minimum number of healthy instances during a deployment.

    ``kind`` and ``value``: HOST_COUNT and a number of instances, or FLEET_PERCENT and a percentage from 0 to 100. Only
    CodeDeployDefault.OneAtATime is a MOST_CONCURRENCY of 1: a batch has at most that many instances.

    Raises ``ValueError`` for an invalid kind or value.
    """

    name: str
    kind: Kind
    value: int

    def __post_init__(self) -> None:
        """Validate the kind and the value."""
        is_integer = isinstance(self.value, int) and not isinstance(self.value, bool)
        if self.kind not in ("HOST_COUNT", "FLEET_PERCENT", "MOST_CONCURRENCY"):
            raise ValueError(f"The kind {self.kind!r} does not exist. Use HOST_COUNT or FLEET_PERCENT.")
        if not is_integer or self.value < (self.kind == "MOST_CONCURRENCY"):
            raise ValueError(
                f"{self.value!r} is not a valid number of instances: use a whole number of at least 0."
            )
        if self.kind == "FLEET_PERCENT" and self.value > 100:
            raise ValueError(f"{self.value} is not a valid percentage of instances: use 0 to 100.")

    def minimum(self, count: int) -> int:
        """The minimum number of healthy instances out of ``count``, which is determined when the deployment starts.

        A percentage is rounded up: 40% of 9 are 4.
        """
        if self.kind == "FLEET_PERCENT":
            return -(-count * self.value // 100)
        if self.kind == "MOST_CONCURRENCY":
            return max(0, count - self.value)
        return self.value


DEFAULTS = {
    instance.name: instance
    for instance in (
        Configuration("CodeDeployDefault.AllAtOnce", "HOST_COUNT", 0),
        Configuration("CodeDeployDefault.HalfAtATime", "FLEET_PERCENT", 50),
        Configuration("CodeDeployDefault.OneAtATime", "MOST_CONCURRENCY", 1),
    )
}
"""The guide describes OneAtATime as 99%, which, rounded up, would allow no batch in a fleet of fewer than 100
instances. The service itself shows MOST_CONCURRENCY 1, and the guide's examples agree with that."""

ONE_AT_A_TIME = "CodeDeployDefault.OneAtATime"


def configuration(name: str) -> Configuration:
    """A predefined configuration: CodeDeployDefault.AllAtOnce, .HalfAtATime, or .OneAtATime. Raises ``ValueError``."""
    if name in DEFAULTS:
        return DEFAULTS[name]
    raise ValueError(
        f"The deployment configuration {name!r} does not exist. Use one of {', '.join(DEFAULTS)}, "
        "or make your own: Configuration(name, 'HOST_COUNT', 2)."
    )


class InstanceState(NamedTuple):
    """The state of an instance when the deployment starts. It is unhealthy if it is switched off, or if its last
    deployment did not succeed."""

    name: str
    healthy: bool = True
    revision: Revision = "current"


BatchError = Literal["", "NO_INSTANCES", "HEALTH_CONSTRAINTS_INVALID", "HEALTH_CONSTRAINTS"]


class Batch(NamedTuple):
    """The next step of a deployment: deploy to these instances, or end with ``verdict``."""

    deploy: tuple[str, ...] = ()
    verdict: Literal["", "Succeeded", "Failed"] = ""
    error: BatchError = ""
    message: str = ""


def next_batch(
    instances: Sequence[InstanceState], configuration: Configuration, outcomes: Mapping[str, Outcome]
) -> Batch:
    """The next batch after the instances in ``outcomes``, or the end of the deployment.

    The order is: unhealthy instances, unknown revision, old revision, current revision. The size of a batch is at most
    the number of instances that have not failed, less the minimum. This size also applies to unhealthy instances,
    because the guide says "up to half of the instances at a time" of every deployment.
    """
    if not instances:
        return _failed("NO_INSTANCES", "The deployment group has no instances. Add some to its fleet.")
    count, minimum = len(instances), configuration.minimum(len(instances))
    if minimum >= count:
        message = (
            f"{minimum} of {count} instances must stay healthy, so none can be deployed to. "
            "Choose a smaller minimum, or add instances."
        )
        return _failed("HEALTH_CONSTRAINTS_INVALID", message)
    failed = sum(outcomes.get(instance.name) == "Failed" for instance in instances)
    pending = [
        instance for instance in sorted(instances, key=_deployment_order) if instance.name not in outcomes
    ]
    size = count - failed - minimum
    if pending and size > 0:
        return Batch(tuple(instance.name for instance in pending[:size]))
    if pending:
        message = (
            f"{failed} of {count} instances failed, and {minimum} must stay healthy: "
            f"the deployment skipped {len(pending)}."
        )
        return _failed("HEALTH_CONSTRAINTS", message)
    if failed == count:
        return _failed(
            "HEALTH_CONSTRAINTS", "The deployment succeeded on no instance. It must succeed on at least one."
        )
    return Batch(verdict="Succeeded")


def _deployment_order(instance: InstanceState) -> tuple[bool, int]:
    return instance.healthy, ORDER.index(instance.revision)


def _failed(error: BatchError, message: str) -> Batch:
    return Batch((), "Failed", error, message)
