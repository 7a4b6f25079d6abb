"""Stages of a pipeline: their actions in run order, and their conditions (beforeEntry, onSuccess, onFailure)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from cp_teach.pipeline.model.action import Action, Pairs


@dataclass(frozen=True)
class RuleType:
    """The type of a rule (AWS's ``ruleTypeId``); owner AWS and version 1 are optional."""

    provider: str
    category: str = "Rule"
    owner: str | None = None
    version: str | None = None

    def __str__(self) -> str:
        return f"{self.category}/{self.owner or 'AWS'}/{self.provider}"


@dataclass(frozen=True)
class Rule:
    """One rule of a stage condition (V2)."""

    name: str
    type: RuleType
    configuration: Pairs | None = None
    inputs: tuple[str, ...] | None = None
    commands: tuple[str, ...] | None = None
    role_arn: str | None = None
    region: str | None = None
    timeout_in_minutes: int | None = None


@dataclass(frozen=True)
class Condition:
    """The ``result`` for the stage that its rules decide about (V2)."""

    result: str | None = None
    rules: tuple[Rule, ...] | None = None


@dataclass(frozen=True)
class Conditions:
    """The ``beforeEntry``, ``onSuccess``, or ``onFailure`` of a stage (V2).

    Only ``onFailure`` has ``result`` and ``retry_mode``. An empty ``retry_mode`` is a ``retryConfiguration``
    without a mode.
    """

    conditions: tuple[Condition, ...] | None = None
    result: str | None = None
    retry_mode: str | None = None


@dataclass(frozen=True)
class Blocker:
    """Reserved by AWS; kept so that ``to_aws`` returns it."""

    name: str
    type: str


@dataclass(frozen=True)
class Stage:
    """A stage: it processes one execution at a time and runs its actions in run order."""

    name: str
    actions: tuple[Action, ...]
    blockers: tuple[Blocker, ...] | None = None
    before_entry: Conditions | None = None
    on_success: Conditions | None = None
    on_failure: Conditions | None = None

    def __getitem__(self, name: str) -> Action:
        """The action of that name: ``stage["Compile"]``."""
        return self.actions[self.action_indices[name]]

    @cached_property
    def _conditions(self) -> dict[str, tuple[tuple[Rule, ...], str]]:
        conditions_by_kind = {}
        for kind, block in (
            ("BEFORE_ENTRY", self.before_entry),
            ("ON_SUCCESS", self.on_success),
            ("ON_FAILURE", self.on_failure),
        ):
            conditions = (block.conditions if block is not None else None) or ()
            rules = tuple(rule for condition in conditions for rule in condition.rules or ())
            if rules:
                conditions_by_kind[kind] = (rules, next((c.result for c in conditions if c.result), "FAIL"))
        return conditions_by_kind

    def rules(self, condition: str) -> tuple[Rule, ...]:
        """The rules of its BEFORE_ENTRY, ON_SUCCESS, or ON_FAILURE condition; AWS allows one condition of each kind."""
        return self._conditions[condition][0] if condition in self._conditions else ()

    def result(self, condition: str) -> str:
        """The result of that condition: FAIL, SKIP, or ROLLBACK."""
        return self._conditions[condition][1] if condition in self._conditions else ""

    @cached_property
    def has_conditions(self) -> bool:
        """Whether it has a condition with rules."""
        return bool(self._conditions)

    @cached_property
    def rolls_back(self) -> bool:
        """Whether a failure or a condition rolls the stage back automatically."""
        failing = self.on_failure.result if self.on_failure is not None else None
        return "ROLLBACK" in (failing, self.result("ON_SUCCESS"), self.result("ON_FAILURE"))

    @cached_property
    def action_indices(self) -> dict[str, int]:
        """Action name -> index in the declaration."""
        return {action.name: index for index, action in enumerate(self.actions)}

    @cached_property
    def groups(self) -> tuple[tuple[int, ...], ...]:
        """The indices of the actions, grouped by run order; a group runs in parallel."""
        orders = sorted({action.order for action in self.actions})
        return tuple(tuple(i for i, a in enumerate(self.actions) if a.order == order) for order in orders)
