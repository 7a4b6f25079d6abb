"""Who decides when an action ends, and how. The by-hand worker leaves it to a person."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple, Protocol

from cp_teach.engine.history.records import ActionRow, RuleRow
from cp_teach.engine.model.commands import Command
from cp_teach.pipeline import Action, Rule


class Due(NamedTuple):
    """When a running action will end (seconds on the Run's clock) and the command that ends it."""

    at: float
    command: Command


class Worker(Protocol):
    """Decides how a running action ends. It must answer the same each time it is asked about the same run."""

    follows_plans: bool
    """True if failure plans (``Run.inject``) have an effect on it."""

    def due(self, row: ActionRow, action: Action) -> Due | None:
        """When and how this run of the action ends; None when a person has to say so."""

    def judge(self, row: RuleRow, rule: Rule, settings: dict[str, str]) -> Due | None:
        """When a rule of a stage condition has been judged, and how; None when a person has to say so.
        ``settings`` is its configuration with all variables filled in."""

    def spec(self) -> dict[str, Any]:
        """What a save file must hold to make this worker again; the key ``kind`` names its maker."""


class ByHand:
    """Actions end when a person says so, never of themselves."""

    follows_plans = False

    def due(self, row: ActionRow, action: Action) -> Due | None:
        """Never."""
        return None

    def judge(self, row: RuleRow, rule: Rule, settings: dict[str, str]) -> Due | None:
        """Never."""
        return None

    def spec(self) -> dict[str, Any]:
        """See ``Worker.spec``."""
        return {"kind": "by hand"}

    def __repr__(self) -> str:
        return "ByHand()"


MAKERS: dict[str, Callable[[dict[str, Any]], Worker]] = {"by hand": lambda spec: ByHand()}
"""How to make each kind of worker from its ``spec``; a room above adds its own when it is imported."""
