"""Actions that are not done here but lie there as jobs, until a worker asks for them.

Source: user guide, "Create and add a custom action": CodePipeline makes a job, and a job worker polls for it. A
partner's worker does the same by the ThirdParty variants of the calls. Actions of owner AWS have no such job.
"""

from __future__ import annotations

from typing import Protocol

from cp_teach.engine.history.records import ActionRow
from cp_teach.pipeline import Action


def by_job(action: Action) -> bool:
    """True if AWS makes a job of this action, for a worker of one's own or of a partner."""
    kind = action.type
    return kind.owner == "Custom" or (kind.owner == "ThirdParty" and kind.category != "Source")


class Polls(Protocol):
    """Knows which actions of a run are left to workers that poll, and how far they are."""

    def polled(self, row: ActionRow, action: Action) -> bool:
        """True if this run of an action is left to whoever polls for its job."""

    def busy(self, row: ActionRow, action: Action) -> bool:
        """True if a worker is at it, or is about to take it."""

    def waits(self, row: ActionRow, action: Action) -> str:
        """Who has its job, in a sentence; if nobody has, what would help."""


class Nobody:
    """No action is left to a worker that polls."""

    def polled(self, row: ActionRow, action: Action) -> bool:
        """See ``Polls``."""
        return False

    def busy(self, row: ActionRow, action: Action) -> bool:
        """See ``Polls``."""
        return False

    def waits(self, row: ActionRow, action: Action) -> str:
        """See ``Polls``."""
        return ""
