"""Failure injection as a plan: what a worker should do wrong, and when. It is written in the journal like a
command.

A plan changes no state; a worker that follows plans reads them when an action starts. By-hand workers
follow none.
"""

from __future__ import annotations

from typing import NamedTuple, TypeAlias

from cp_teach.engine.model.commands import FAILURE_TYPES
from cp_teach.engine.model.state import State
from cp_teach.engine.model.value_tuple import record
from cp_teach.engine.rules.validation import Refused, deleted

TIMED_OUT = "TimedOut"
"""Not one of AWS's failure types: the action runs into its time limit, and AWS then reports JobFailed."""


@record
class Inject(NamedTuple):
    """Make an action fail.

    ``when`` is "next" (its next ``times`` runs), "always", or "chance" (each run with probability
    ``chance``). ``failure`` is one of AWS's failure types, or "TimedOut". ``message`` is what the learner
    will read.
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
        return f"Planned: {self.action} in {self.stage} fails ({self.failure}) at {when}."


@record
class Heal(NamedTuple):
    """Drop every failure planned for an action."""

    stage: str
    action: str

    def __str__(self) -> str:
        return f"Planned: {self.action} in {self.stage} works again."


Plan: TypeAlias = Inject | Heal

PLANS: dict[str, type[Plan]] = {"Inject": Inject, "Heal": Heal}


def plan_refusal(state: State, plan: Plan) -> Refused | None:
    """Why that plan makes no sense for this pipeline; None when a worker can follow it."""
    if state.deleted:
        return deleted(state)
    if wrong := _fault(plan):
        return Refused("ValidationException", wrong)
    pipeline = state.pipeline
    if plan.stage not in pipeline.position or plan.action not in pipeline[plan.stage].position:
        known = ", ".join(f"{s.name}/{a.name}" for s in pipeline.stages for a in s.actions)
        return Refused(
            "ActionNotFoundException",
            f"There is no action {plan.stage}/{plan.action}.",
            f"Known are: {known}.",
        )
    if pipeline[plan.stage][plan.action].is_approval:
        return Refused(
            "ValidationException", f"{plan.action} is a manual approval.", "Reject it when it is pending."
        )
    return None


def _fault(plan: Plan) -> str:
    """What is wrong with the plan itself, in one sentence; "" when it is fine."""
    for name, value in zip(plan._fields, plan, strict=True):
        kind = {"times": int, "chance": int | float}.get(name, str)
        if not isinstance(value, kind) or isinstance(value, bool):
            return f"{name}={value!r:.60} will not do: it has to be {'text' if kind is str else 'a number'}."
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
