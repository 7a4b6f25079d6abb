"""A pipeline with everything that a study needs to know of it: how long, how often wrong, and by which rules."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TypeVar

from cp_teach.flow.inputs.distribution import Distribution, constant, distribution, lognormal
from cp_teach.flow.inputs.policy import Policy, probability
from cp_teach.flow.inputs.weekly_hours import WEEK
from cp_teach.pipeline import Action, Pipeline
from cp_teach.pipeline.timeouts import time_limit

T = TypeVar("T")

DEFAULTS: Mapping[str, Distribution] = {
    "Source": constant(0.2),
    "Build": lognormal(3.3, 0.4),
    "Test": lognormal(3.3, 0.4),
    "Deploy": lognormal(2.0, 0.4),
    "Invoke": constant(0.1),
    "Compute": lognormal(1.0, 0.4),
}
"""How long an action of each category takes, in minutes, where nothing else is said. The build is the median workflow
of CircleCI's report of 2023 (data/calibration.toml); the others are assumptions."""
ROOM = 5
"""Actions of one PARALLEL execution that run at a time (quota)."""


@dataclass(frozen=True)
class Work:
    """One action of a stage."""

    stage: str
    action: Action
    key: str
    """By what its luck is drawn: its name, where no other action has it."""
    duration: Distribution
    failure: float
    """The probability that a change breaks it."""
    flaky: float
    """The probability that a run of it fails for no reason."""
    limit: float
    """Minutes after which it times out."""


@dataclass(frozen=True)
class Model:
    """What is simulated."""

    pipeline: Pipeline
    policy: Policy
    stages: tuple[tuple[Work, ...], ...]
    """For each stage its actions, in the order of the declaration."""

    @property
    def mode(self) -> str:
        """SUPERSEDED, QUEUED or PARALLEL."""
        return self.pipeline.mode

    @property
    def names(self) -> tuple[str, ...]:
        """The stages."""
        return tuple(stage.name for stage in self.pipeline.stages)

    def automatic(self, k: int) -> bool:
        """True where a failed stage is retried once of itself (onFailure RETRY)."""
        says = self.pipeline.stages[k].on_failure
        return says is not None and says.result == "RETRY"

    def automatic_mode(self, k: int) -> str:
        """How: FAILED_ACTIONS or ALL_ACTIONS."""
        says = self.pipeline.stages[k].on_failure
        return (says.retry_mode if says is not None else None) or "FAILED_ACTIONS"

    def attempts(self, k: int) -> int:
        """How often the stage may run for one execution."""
        return 1 + self.automatic(k) + self.policy.retries

    @classmethod
    def of(
        cls,
        pipeline: Pipeline,
        durations: Mapping[str, Distribution | float] | None,
        failures: Mapping[str, float] | None,
        policy: Policy,
    ) -> Model:
        """Put together. Raises ``ValueError`` for names that fit nothing, and for numbers that cannot be."""
        if policy.mode is not None and policy.mode != pipeline.mode:
            pipeline = replace(pipeline, execution_mode=policy.mode)
        drawn = {
            name: distribution(f"the duration of {name!r}", value)
            for name, value in (durations or {}).items()
        }
        broken = {
            name: probability(f"the failure rate of {name!r}", value)
            for name, value in (failures or {}).items()
        }
        _known(pipeline, drawn, broken, policy)
        often = Counter(action.name for stage in pipeline.stages for action in stage.actions)
        stages = []
        for stage in pipeline.stages:
            works = []
            for action in stage.actions:
                names = (f"{stage.name}/{action.name}", action.name, action.category)
                usual = (
                    policy.approval if action.is_approval else DEFAULTS.get(action.category, constant(1.0))
                )
                works.append(
                    Work(
                        stage.name,
                        action,
                        action.name if often[action.name] == 1 else names[0],
                        _first(drawn, names, usual),
                        _first(broken, names, 0.0),
                        _first(policy.flaky, names, 0.0),
                        time_limit(action),
                    )
                )
            stages.append(tuple(works))
        return cls(pipeline, policy, tuple(stages))

    @property
    def unplanned(self) -> bool:
        """True where executions come of others: hotfixes and automatic rollbacks."""
        hotfixes = self.policy.recovery == "hotfix" and self.policy.change_failure > 0
        return hotfixes or any(stage.rolls_back for stage in self.pipeline.stages)

    def slow(self) -> tuple[str, ...]:
        """What of it only the engine itself can do; empty when the fast loops cover all."""
        found = []
        if self.policy.recovery == "hotfix" and self.policy.change_failure:
            found.append("hotfixes, which come of what was deployed")
        for stage in self.pipeline.stages:
            if stage.judges:
                found.append(f"the stage conditions of {stage.name}")
            elif stage.rolls_back:
                found.append(f"the automatic rollback of {stage.name}")
            if self.mode == "PARALLEL" and max(map(len, stage.groups), default=0) > ROOM:
                found.append(f"more than {ROOM} parallel actions in {stage.name}")
        if not self.policy.hours.always:
            for work in (work for works in self.stages for work in works if work.action.is_approval):
                if work.limit != WEEK:
                    found.append(f"the time limit of the approval {work.action.name}")
        return tuple(found)


def _first(found: Mapping[str, T], names: tuple[str, ...], otherwise: T) -> T:
    return next((found[name] for name in names if name in found), otherwise)


def _known(
    pipeline: Pipeline, durations: Mapping[str, object], failures: Mapping[str, object], policy: Policy
) -> None:
    """Refuses names that fit no action, and transitions into stages that there are not."""
    actions = [(stage.name, action) for stage in pipeline.stages for action in stage.actions]
    names = {
        name for stage, action in actions for name in (f"{stage}/{action.name}", action.name, action.category)
    }
    names |= {*DEFAULTS, "Approval"}  # a category that this pipeline does not use does no harm
    for what, given in (("durations", durations), ("failures", failures), ("policy.flaky", policy.flaky)):
        for name in given:
            if name not in names:
                have = ", ".join(f"{stage}/{action.name}" for stage, action in actions)
                raise ValueError(
                    f"{what} names {name!r}, which is no action of {pipeline.name}. It has: {have}."
                )
    for name in policy.closed:
        if name not in pipeline.position:
            have = ", ".join(pipeline.position)
            raise ValueError(
                f"policy.closed names {name!r}, which is no stage of {pipeline.name}. It has: {have}."
            )
