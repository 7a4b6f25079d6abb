"""Actions that are left to job workers, which poll for their jobs.

Source: user guide, "Create and add a custom action": CodePipeline creates a job, and a job worker polls for it. The
worker of a partner uses the ThirdParty variants of the calls. Actions of owner AWS have no such job.
"""

from __future__ import annotations

from typing import Protocol

from cp_teach.engine.history.records import ActionRow
from cp_teach.pipeline import Action


def needs_job_worker(action: Action) -> bool:
    """Whether AWS creates a job for this action, for a custom worker or a partner's."""
    kind = action.type
    return kind.owner == "Custom" or (kind.owner == "ThirdParty" and kind.category != "Source")


class JobWorkers(Protocol):
    """Knows which action executions of a run are left to job workers, and their state."""

    def is_left_to_job_worker(self, row: ActionRow, action: Action) -> bool:
        """Whether this action execution is left to a job worker."""

    def is_working(self, row: ActionRow, action: Action) -> bool:
        """Whether a worker is carrying it out, or is about to."""

    def waiting_message(self, row: ActionRow, action: Action) -> str:
        """A sentence about the worker that has its job, or about what to do if no worker has it."""


class NoJobWorkers:
    """No action is left to a job worker; see ``JobWorkers``."""

    def is_left_to_job_worker(self, row: ActionRow, action: Action) -> bool:
        """Never."""
        return False

    def is_working(self, row: ActionRow, action: Action) -> bool:
        """Never."""
        return False

    def waiting_message(self, row: ActionRow, action: Action) -> str:
        """Nothing."""
        return ""
