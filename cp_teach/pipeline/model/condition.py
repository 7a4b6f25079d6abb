"""Conditions of a stage, and their rules: beforeEntry, onSuccess, and onFailure."""

from __future__ import annotations

from dataclasses import dataclass

Pairs = tuple[tuple[str, str], ...]
"""A configuration map as (key, value) pairs in their original order; unlike a dict, it is hashable."""


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
