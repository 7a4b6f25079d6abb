"""The Run's worker for real work: an action ends when its provider has finished.

A Run asks its worker when an action ends. For real work that is unknown in advance, so ``ProviderWorker`` gives no
answer for these actions, and ``ActionExecutor`` ends each of them when its provider returns.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cp_teach.engine import ActionRow, Due, RuleRow
from cp_teach.engine.run.worker import Simulating, Worker
from cp_teach.pipeline import Action, Rule
from cp_teach.work.provider_checks.simulated_action import SimulatedAction
from cp_teach.work.simulation.simulated_worker import Simulated
from cp_teach.work.task import Perform


def needs_job_worker(action: Action) -> bool:
    """Whether AWS creates a job for this action, for a custom worker or a partner's."""
    kind = action.type
    return kind.owner == "Custom" or (kind.owner == "ThirdParty" and kind.category != "Source")


class NoJobWorkers:
    """Knows which action executions of a run are left to job workers, and their state. Here, none is left to one."""

    def is_left_to_job_worker(self, row: ActionRow, action: Action) -> bool:
        """Whether this action execution is left to a job worker."""
        return False

    def is_working(self, row: ActionRow, action: Action) -> bool:
        """Whether a worker is carrying it out, or is about to."""
        return False

    def waiting_message(self, row: ActionRow, action: Action) -> str:
        """A sentence about the worker that has its job, or about what to do if no worker has it."""
        return ""


CATEGORIES = ("Source", "Build", "Test", "Deploy", "Invoke", "Compute")
QUICK = 0.02
"""The duration in minutes of a simulated action next to real ones: short, because it does nothing."""


class ProviderWorker:
    """Real work for the actions of these providers; ``rest`` simulates all others, quickly."""

    follows_plans = False

    def __init__(self, providers: Mapping[str, Perform], rest: Worker | None = None) -> None:
        self.providers = dict(providers)
        self.rest = rest if rest is not None else Simulated(dict.fromkeys(CATEGORIES, QUICK))
        self.job_workers: NoJobWorkers | None = None
        """The job workers that actions are left to; None until they are set."""

    def provider_of(self, row: ActionRow, action: Action) -> Perform | None:
        """The provider of an action: by "Stage/Action", by the action's name, or by its provider. None if there is
        none, or if a job worker carries it out."""
        if self.is_left_to_job_worker(row, action):
            return None
        names = (f"{row.stage}/{row.action}", row.action, action.provider)
        return next((self.providers[name] for name in names if name in self.providers), None)

    def is_left_to_job_worker(self, row: ActionRow, action: Action) -> bool:
        """Whether a job worker has to carry this out."""
        return self.job_workers is not None and self.job_workers.is_left_to_job_worker(row, action)

    def simulates(self, row: ActionRow, action: Action) -> bool:
        """Whether its provider only simulates this or, without a provider, ``rest`` does."""
        if self.is_left_to_job_worker(row, action):
            return False
        provider = self.provider_of(row, action)
        if provider is not None:
            return isinstance(provider, SimulatedAction)
        return isinstance(self.rest, Simulating) and self.rest.simulates(row, action)

    def due(self, row: ActionRow, action: Action) -> Due | None:
        """When a simulated action ends; None for real work."""
        if self.is_left_to_job_worker(row, action) or self.provider_of(row, action) is not None:
            return None
        return self.rest.due(row, action)

    def rule_due(self, row: RuleRow, rule: Rule, settings: dict[str, str]) -> Due | None:
        """``rest`` evaluates the rules of stage conditions."""
        return self.rest.rule_due(row, rule, settings)

    def spec(self) -> dict[str, Any]:
        """A saved run is loaded without its providers; then a person ends its actions."""
        return {"kind": "by hand"}

    def __repr__(self) -> str:
        return f"Real({', '.join(sorted(self.providers))})"
