"""The worker that does the work: builds run, files are installed, and an action ends when that is done.

The worker of a Run is asked when an action ends; of real work nobody knows that before. So ``Real`` says nothing of the
actions whose providers work here, and ``Workshop`` tells the Run as each of them ends.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cp_teach.engine import ActionRow, Due, RuleRow
from cp_teach.engine.run.worker import Worker
from cp_teach.pipeline import Action, Rule
from cp_teach.work.runtime.polled_actions import Polls
from cp_teach.work.runtime.task import Perform
from cp_teach.work.simulation.simulated_worker import Simulated

CATEGORIES = ("Source", "Build", "Test", "Deploy", "Invoke", "Compute")
QUICK = 0.02
"""Minutes that a simulated action takes beside real ones: nobody shall wait for what nobody does."""


class Real:
    """Real work for the providers that are named; ``rest`` (simulated, quickly) for all others."""

    follows_plans = False

    def __init__(self, providers: Mapping[str, Perform], rest: Worker | None = None) -> None:
        self.providers = dict(providers)
        self.rest = rest if rest is not None else Simulated(dict.fromkeys(CATEGORIES, QUICK))
        self.polls: Polls | None = None
        """Which actions are left to job workers; None until somebody has said so: then there are none."""

    def performs(self, row: ActionRow, action: Action) -> Perform | None:
        """Who really does this: found by "Stage/Action", by the action's name, or by its provider. None where
        nobody does, and where a job worker does it elsewhere."""
        if self.polled(row, action):
            return None
        names = (f"{row.stage}/{row.action}", row.action, action.provider)
        return next((self.providers[name] for name in names if name in self.providers), None)

    def polled(self, row: ActionRow, action: Action) -> bool:
        """True if a job worker has to do this."""
        return self.polls is not None and self.polls.polled(row, action)

    def due(self, row: ActionRow, action: Action) -> Due | None:
        """Nobody knows when real work ends."""
        if self.polled(row, action) or self.performs(row, action) is not None:
            return None
        return self.rest.due(row, action)

    def judge(self, row: RuleRow, rule: Rule, settings: dict[str, str]) -> Due | None:
        """Rules of stage conditions are judged as ``rest`` does."""
        return self.rest.judge(row, rule, settings)

    def spec(self) -> dict[str, Any]:
        """A saved run is loaded without its providers: then its actions are ended by hand."""
        return {"kind": "by hand"}

    def __repr__(self) -> str:
        return f"Real({', '.join(sorted(self.providers))})"
