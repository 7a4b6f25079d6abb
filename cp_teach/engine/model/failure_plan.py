"""Failure injection: plans that make an action fail, and the command that clears them.

A plan is an entry of the journal, as a command is, but changes no state: a worker that follows plans reads them when
an action starts.
"""

from __future__ import annotations

from typing import NamedTuple, TypeAlias

from cp_teach.engine.model.value_tuple import record

TIMED_OUT = "TimedOut"
"""Not one of AWS's failure types: the action runs into its time limit, and AWS then reports JobFailed."""


@record
class Inject(NamedTuple):
    """Make an action fail.

    ``when`` is "next" (its next ``times`` runs), "always", or "chance" (each run with probability ``chance``).
    ``failure`` is one of AWS's failure types, or "TimedOut"; ``message`` is the error message of the action.
    """

    stage: str
    action: str
    when: str = "next"
    failure: str = "JobFailed"
    message: str = ""
    times: int = 1
    chance: float = 0.5

    def __str__(self) -> str:
        when = {
            "next": "its next run" if self.times == 1 else f"its next {self.times} runs",
            "always": "every run",
            "chance": f"each run with probability {self.chance:g}",
        }[self.when]
        return f"Planned failure: {self.action} in {self.stage} fails ({self.failure}) at {when}."


@record
class Heal(NamedTuple):
    """Clear every failure planned for an action."""

    stage: str
    action: str

    def __str__(self) -> str:
        return f"Planned failures cleared: {self.action} in {self.stage} works again."


Plan: TypeAlias = Inject | Heal

PLANS: dict[str, type[Plan]] = {"Inject": Inject, "Heal": Heal}
