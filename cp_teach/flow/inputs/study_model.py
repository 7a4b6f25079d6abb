"""The study model: a pipeline with the duration and the failure rate of each action, and the team policy."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TypeVar

from cp_teach.engine import FAILED_ACTIONS
from cp_teach.flow.inputs.distribution import Distribution, constant, lognormal, to_distribution
from cp_teach.flow.inputs.policy import Policy
from cp_teach.flow.inputs.weekly_hours import WEEK
from cp_teach.flow.numerics.checked_numbers import checked_probability
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
"""The default duration of an action by category, in minutes. The build is the median workflow of CircleCI's report of
2023 (data/calibration.toml); the others are assumptions."""
MAX_PARALLEL_ACTIONS = 5
"""Actions of one PARALLEL execution that run at a time (quota)."""


@dataclass(frozen=True)
class Work:
    """An action of a stage, with its duration and failures."""

    stage: str
    action: Action
    key: str
    """The name of its random-number streams: the action's name if unique, else "Stage/Action"."""
    duration: Distribution
    failure: float
    """The probability that a change breaks it."""
    flaky: float
    """The probability that a run fails by chance."""
    limit: float
    """Minutes until it times out."""


@dataclass(frozen=True)
class Model:
    """What is simulated."""

    pipeline: Pipeline
    policy: Policy
    stages: tuple[tuple[Work, ...], ...]
    """The actions of each stage, in the order of the declaration."""

    @property
    def mode(self) -> str:
        """SUPERSEDED, QUEUED or PARALLEL."""
        return self.pipeline.mode

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the stages."""
        return tuple(stage.name for stage in self.pipeline.stages)

    def automatic_retry(self, k: int) -> str:
        """Return the mode in which stage ``k`` is retried once automatically (onFailure RETRY): FAILED_ACTIONS or
        ALL_ACTIONS; "" if it is not."""
        conditions = self.pipeline.stages[k].on_failure
        if conditions is None or conditions.result != "RETRY":
            return ""
        return conditions.retry_mode or FAILED_ACTIONS

    def attempts(self, k: int) -> int:
        """Return how often stage ``k`` may run for an execution."""
        return 1 + bool(self.automatic_retry(k)) + self.policy.retries

    @classmethod
    def of(
        cls,
        pipeline: Pipeline,
        durations: Mapping[str, Distribution | float] | None,
        failures: Mapping[str, float] | None,
        policy: Policy,
    ) -> Model:
        """Make a model. Raises ``ValueError`` for unknown names and impossible numbers."""
        if policy.mode is not None and policy.mode != pipeline.mode:
            pipeline = replace(pipeline, execution_mode=policy.mode)
        duration_of = {
            name: to_distribution(f"the duration of {name!r}", value)
            for name, value in (durations or {}).items()
        }
        failure_of = {
            name: checked_probability(f"the failure rate of {name!r}", value)
            for name, value in (failures or {}).items()
        }
        _check_names(pipeline, duration_of, failure_of, policy)
        pipeline = _with_open_transitions(pipeline, policy)
        count = Counter(action.name for stage in pipeline.stages for action in stage.actions)
        stages = []
        for stage in pipeline.stages:
            works = []
            for action in stage.actions:
                names = (f"{stage.name}/{action.name}", action.name, action.category)
                default = DEFAULTS.get(action.category, constant(1.0))
                works.append(
                    Work(
                        stage.name,
                        action,
                        action.name if count[action.name] == 1 else names[0],
                        _pick(duration_of, names, policy.approval if action.is_approval else default),
                        _pick(failure_of, names, 0.0),
                        _pick(policy.flaky, names, 0.0),
                        time_limit(action),
                    )
                )
            stages.append(tuple(works))
        return cls(pipeline, policy, tuple(stages))

    @property
    def hotfixes(self) -> bool:
        """True if a failure in production causes a release."""
        return self.policy.recovery == "hotfix" and self.policy.change_failure > 0

    @property
    def unplanned(self) -> bool:
        """True if executions cause others: hotfixes and automatic rollbacks."""
        return self.hotfixes or any(stage.rolls_back for stage in self.pipeline.stages)

    def engine_only(self) -> tuple[str, ...]:
        """Return the features that only the engine simulates; empty if the array loops cover all."""
        features = []
        if self.hotfixes:
            features.append("hotfixes after failed deployments")
        for stage in self.pipeline.stages:
            if stage.has_conditions:
                features.append(f"the stage conditions of {stage.name}")
            elif stage.rolls_back:
                features.append(f"the automatic rollback of {stage.name}")
            if self.mode == "PARALLEL" and max(map(len, stage.groups), default=0) > MAX_PARALLEL_ACTIONS:
                features.append(f"more than {MAX_PARALLEL_ACTIONS} parallel actions in {stage.name}")
        if not self.policy.hours.always:
            for work in (work for works in self.stages for work in works if work.action.is_approval):
                if work.limit != WEEK:
                    features.append(f"the time limit of the approval {work.action.name}")
        return tuple(features)


def _with_open_transitions(pipeline: Pipeline, policy: Policy) -> Pipeline:
    """The pipeline without the transitions that its template disables. Raises ``ValueError`` unless the policy says
    when they are enabled, because no execution would ever pass them."""
    for stage, reason in pipeline.disabled_transitions:
        if stage not in policy.closed:
            because = f" ({reason})" if reason else ""
            raise ValueError(
                f"the template disables the transition into {stage}{because}, so that no execution would ever enter "
                f"it; say when it is disabled with policy={{'closed': {{{stage!r}: hours}}}}, or study "
                "dataclasses.replace(pipeline, disabled_transitions=())"
            )
    return replace(pipeline, disabled_transitions=()) if pipeline.disabled_transitions else pipeline


def _pick(values: Mapping[str, T], names: tuple[str, ...], default: T) -> T:
    return next((values[name] for name in names if name in values), default)


def _check_names(
    pipeline: Pipeline, durations: Mapping[str, object], failures: Mapping[str, object], policy: Policy
) -> None:
    """Raise ``ValueError`` for a name that fits no action, and for an unknown stage in ``policy.closed``."""
    actions = [(stage.name, action) for stage in pipeline.stages for action in stage.actions]
    names = {
        name for stage, action in actions for name in (f"{stage}/{action.name}", action.name, action.category)
    }
    names |= {*DEFAULTS, "Approval"}  # a category may be set without being used
    for what, given in (("durations", durations), ("failures", failures), ("policy.flaky", policy.flaky)):
        for name in given:
            if name not in names:
                available = ", ".join(f"{stage}/{action.name}" for stage, action in actions)
                raise ValueError(
                    f"{what} names {name!r}, but {pipeline.name} has no such action; it has {available}"
                )
    for name in policy.closed:
        if name not in pipeline.stage_indices:
            raise ValueError(
                f"policy.closed names {name!r}, but {pipeline.name} has no such stage; "
                f"it has {', '.join(pipeline.stage_indices)}"
            )
