"""The simulated worker: actions take time on the Run's clock, and fail when a failure plan says so."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from datetime import timedelta
from typing import Any

from cp_teach.engine import ActionRow, Due, FinishAction, FinishRule, RuleRow, TimeOut
from cp_teach.engine.model.failure_plan import TIMED_OUT, Inject
from cp_teach.engine.queries.variable_resolution import CLOCK_EPOCH
from cp_teach.engine.run.worker import WORKER_FACTORIES
from cp_teach.pipeline import Action, Rule
from cp_teach.pipeline.rules.configuration_rules import start_error
from cp_teach.pipeline.timeouts import time_limit
from cp_teach.work.simulation.deterministic_random import draw
from cp_teach.work.simulation.rule_evaluation import evaluate_rule

MINUTES = {
    "Source": 0.2,
    "Build": 3.0,
    "Test": 2.0,
    "Deploy": 2.0,
    "Invoke": 0.1,
    "Compute": 1.0,
}
"""The default durations of actions in minutes by category, short enough for a class."""

STARTING = 1.0
"""The seconds after which an action fails that its service does not start."""

RULE = 0.1
"""The default duration of a rule of a stage condition in minutes."""

MESSAGES = {
    "JobFailed": "The job reported a failure.",
    "ConfigurationError": "The action is not configured correctly.",
    "PermissionError": "The service role may not do this.",
    "RevisionOutOfSync": "The revision changed while the action ran.",
    "RevisionUnavailable": "The source revision could not be fetched.",
    "SystemUnavailable": "The provider is not available.",
}


class Simulated:
    """Simulates the running actions on the Run's clock.

    - ``minutes``: durations in minutes by action name, by "Stage/Action", or by category;
    - ``spread``: the variation of durations (0 for none; with 0.5, they vary by up to half);
    - ``seed``: determines all random numbers;
    - ``unmet``: the names of the rules of stage conditions that are not met;
    - ``variables``: what an action exports, by its name or by "Stage/Action". An action that is not named here exports
      what later actions use, with made-up values.

    Manual approvals always wait for a person. Raises ``ValueError`` for a duration that is not above 0, or an invalid
    spread.
    """

    follows_plans = True

    def __init__(
        self,
        minutes: Mapping[str, float] | None = None,
        *,
        spread: float = 0.0,
        seed: int = 0,
        unmet: Collection[str] = (),
        variables: Mapping[str, Mapping[str, str]] | None = None,
    ) -> None:
        self.minutes = dict(minutes or {})
        self.unmet = frozenset(unmet)
        self.variables = {name: dict(values) for name, values in (variables or {}).items()}
        for name, value in self.minutes.items():
            if not (isinstance(value, int | float) and math.isfinite(value) and value > 0):
                raise ValueError(
                    f"the duration of {name!r} must be a number of minutes above 0, not {value!r}"
                )
        if not 0 <= spread < 1:
            raise ValueError(f"spread must be at least 0 and less than 1, not {spread!r}")
        self.spread = spread
        self.seed = seed

    def due(self, row: ActionRow, action: Action) -> Due | None:
        """When this action execution ends, and with which result; None for an approval."""
        if action.is_approval:
            return None
        plan = self.failure_plan(row)
        target = (row.execution, row.stage, row.action)
        if plan is not None and plan.failure == TIMED_OUT:
            return Due(row.started + 60 * time_limit(action), TimeOut(*target))
        if error := start_error(action):
            return Due(row.started + STARTING, FinishAction(*target, "ConfigurationError", error))
        at = row.started + 60 * self._duration(row, action)
        if plan is not None:
            return Due(
                at,
                FinishAction(*target, plan.failure, plan.message or MESSAGES[plan.failure]),
            )
        return Due(at, FinishAction(*target, variables=tuple((self._given(row) or {}).items())))

    def _given(self, row: ActionRow) -> dict[str, str] | None:
        return self.variables.get(f"{row.stage}/{row.action}", self.variables.get(row.action))

    def simulates(self, row: ActionRow, action: Action) -> bool:
        """True, unless ``variables`` says that the action has no output variables."""
        return self._given(row) != {}

    def rule_due(self, row: RuleRow, rule: Rule, settings: dict[str, str]) -> Due | None:
        """When the evaluation of a rule of a stage condition ends, and with which result. Variables and deployment
        windows are evaluated; every other rule is met unless it is in ``unmet``."""
        at = row.started + 60 * self.minutes.get(row.rule, self.minutes.get("Rule", RULE))
        met = row.rule not in self.unmet
        message = "" if met else "The rule is not met."
        judgement = evaluate_rule(rule, settings, CLOCK_EPOCH + timedelta(seconds=at))
        if judgement is not None:
            met, message = judgement.met, judgement.message
            if judgement.later is not None:  # like the service, wait until the window opens
                met, at = True, (judgement.later - CLOCK_EPOCH).total_seconds()
        return Due(at, FinishRule(row.execution, row.stage, row.rule, met, message))

    def _duration(self, row: ActionRow, action: Action) -> float:
        names = (f"{row.stage}/{row.action}", row.action, action.category)
        base = next((self.minutes[name] for name in names if name in self.minutes), None)
        if base is None:
            base = MINUTES.get(action.category, 1.0)
        share = draw(self.seed, "duration", row.execution, row.stage, row.action, row.attempt)
        return base * (1 + self.spread * (2 * share - 1))

    def failure_plan(self, row: ActionRow) -> Inject | None:
        """The first failure plan that applies to this action execution, by its number or by chance."""
        for number, plan in enumerate(row.plans):
            if plan.when != "chance":
                return plan
            run = (row.execution, row.stage, row.action, row.attempt)
            if draw(self.seed, "failure", *run, number) < plan.chance:
                return plan
        return None

    def spec(self) -> dict[str, Any]:
        """See ``Worker.spec``."""
        return {
            "kind": "simulated",
            "minutes": self.minutes,
            "spread": self.spread,
            "seed": self.seed,
            **({"unmet": sorted(self.unmet)} if self.unmet else {}),
            **({"variables": self.variables} if self.variables else {}),
        }

    def __repr__(self) -> str:
        return f"Simulated({self.minutes or ''}{', ' if self.minutes else ''}seed={self.seed})"


WORKER_FACTORIES["simulated"] = lambda spec: Simulated(
    spec["minutes"],
    spread=spec["spread"],
    seed=spec["seed"],
    unmet=spec.get("unmet", ()),
    variables=spec.get("variables"),
)
