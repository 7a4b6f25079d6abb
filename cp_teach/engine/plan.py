"""Failure injection as a plan: what a worker should do wrong, and when. It is written in the journal like a command.

A plan changes no state; a worker that follows plans reads them when an action starts. By-hand workers follow none.
"""

from __future__ import annotations

from typing import NamedTuple, TypeAlias

from cp_teach.engine.command import FAILURE_TYPES
from cp_teach.engine.record import record

TIMED_OUT = "TimedOut"
"""Not one of AWS's failure types: the action runs into its time limit, and AWS then reports JobFailed."""


@record
class Inject(NamedTuple):
    """Make an action fail.

    ``when`` is "next" (its next ``times`` runs), "always", or "chance" (each run with probability ``chance``).
    ``failure`` is one of AWS's failure types, or "TimedOut". ``message`` is what the learner will read.
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
            "next": "its next run"
            if self.times == 1
            else f"its next {self.times} runs",
            "always": "every run",
            "chance": f"each run with probability {self.chance:g}",
        }[self.when]
        return (
            f"Planned: {self.action} in {self.stage} fails ({self.failure}) at {when}."
        )


@record
class Heal(NamedTuple):
    """Drop every failure planned for an action."""

    stage: str
    action: str

    def __str__(self) -> str:
        return f"Planned: {self.action} in {self.stage} works again."


Plan: TypeAlias = Inject | Heal

PLANS: dict[str, type[Plan]] = {"Inject": Inject, "Heal": Heal}


def fault(plan: Plan) -> str:
    """What is wrong with the plan itself, in one sentence; "" when it is fine."""
    if isinstance(plan, Heal):
        return ""
    if plan.when not in ("next", "always", "chance"):
        return f"when={plan.when!r} is unknown. Use next, always or chance."
    if plan.failure not in (*FAILURE_TYPES, TIMED_OUT):
        return f"{plan.failure!r} is no way to fail. Use one of: {', '.join((*FAILURE_TYPES, TIMED_OUT))}."
    if not 0 <= plan.chance <= 1:
        return f"A chance lies between 0 and 1, not at {plan.chance}."
    if plan.times < 1:
        return f"times={plan.times} would never fail. Use 1 or more."
    return ""
