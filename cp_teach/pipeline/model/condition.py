"""Conditions of a stage: checks before it, after it and when it fails, made of rules (shapes of the service model)."""

from __future__ import annotations

from dataclasses import dataclass

Pairs = tuple[tuple[str, str], ...]
"""A configuration map as (key, value) pairs in the order they were written: hashable, unlike a dict."""


@dataclass(frozen=True)
class RuleType:
    """Which kind of check a rule is (AWS's ``ruleTypeId``); owner AWS and version 1 may be left out."""

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
    """What happens to the stage (``result``) when the rules say so (V2)."""

    result: str | None = None
    rules: tuple[Rule, ...] | None = None


@dataclass(frozen=True)
class Conditions:
    """The block of ``beforeEntry``, ``onSuccess`` or ``onFailure`` of a stage (V2).

    ``result`` and ``retry_mode`` belong to ``onFailure`` alone. An empty ``retry_mode`` is a
    ``retryConfiguration`` that names no mode.
    """

    conditions: tuple[Condition, ...] | None = None
    result: str | None = None
    retry_mode: str | None = None
