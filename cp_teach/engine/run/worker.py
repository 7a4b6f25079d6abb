"""The ``Worker`` protocol, which decides when and how actions end, and the worker that leaves this to a person."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple, Protocol, runtime_checkable

from cp_teach.engine.history.records import ActionRow, RuleRow
from cp_teach.engine.model.commands import Command
from cp_teach.pipeline import Action, Rule


class Due(NamedTuple):
    """When a running action ends (seconds on the run's clock) and the command that ends it."""

    at: float
    command: Command


class Worker(Protocol):
    """Decides how a running action ends. It must return the same each time for the same run of an action."""

    follows_plans: bool
    """True if failure plans (``Run.inject``) affect it."""

    def due(self, row: ActionRow, action: Action) -> Due | None:
        """When and how this run of the action ends; None if a person decides."""

    def rule_due(self, row: RuleRow, rule: Rule, settings: dict[str, str]) -> Due | None:
        """When and how this rule of a stage condition ends; None if a person decides. ``settings`` is its
        configuration with all variables filled in."""

    def spec(self) -> dict[str, Any]:
        """What a saved run needs to make this worker again, as JSON data; ``kind`` is a key of ``WORKER_FACTORIES``."""


@runtime_checkable
class Simulating(Protocol):
    """A worker that ends actions whose work is not done, so their output variables have to be made up."""

    def simulates(self, row: ActionRow, action: Action) -> bool:
        """Whether nothing does the work of this run of the action."""


class ByHand:
    """Actions and rules end only when a person says so."""

    follows_plans = False

    def due(self, row: ActionRow, action: Action) -> Due | None:
        """Never."""
        return None

    def rule_due(self, row: RuleRow, rule: Rule, settings: dict[str, str]) -> Due | None:
        """Never."""
        return None

    def simulates(self, row: ActionRow, action: Action) -> bool:
        """Always: a person says how an action has ended, and nothing does its work."""
        return True

    def spec(self) -> dict[str, Any]:
        """See ``Worker.spec``."""
        return {"kind": "by hand"}

    def __repr__(self) -> str:
        return "ByHand()"


WORKER_FACTORIES: dict[str, Callable[[dict[str, Any]], Worker]] = {"by hand": lambda spec: ByHand()}
"""Kind of worker -> how to make one from its ``spec``; other rooms add their own when they are imported."""
