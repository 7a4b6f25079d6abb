"""What ``step`` raises, and the refusals that are the same for everything that is asked."""

from __future__ import annotations

from typing import Any, get_origin, get_type_hints

from cp_teach.engine.model import commands as c
from cp_teach.engine.model.state import IN_PROGRESS, Execution, State
from cp_teach.pipeline import Pipeline


class Refused(Exception):
    """A command that cannot be done in this state; the state is as it was.

    ``reason`` says why, ``instead`` what to do, ``error`` is the name of the error AWS answers with.
    """

    def __init__(self, error: str, reason: str, instead: str = "") -> None:
        super().__init__(f"{reason} {instead}".strip())
        self.error, self.reason, self.instead = error, reason, instead

    def __reduce__(self) -> tuple[type[Refused], tuple[str, str, str]]:
        return Refused, (self.error, self.reason, self.instead)


FIELDS: dict[type, tuple[type, ...]] = {
    kind: tuple(get_origin(hint) or hint for hint in get_type_hints(kind).values())
    for kind in c.COMMANDS.values()
}
"""The kind of each field of each command, in order."""

KINDS_IN_WORDS = {
    int: "a whole number",
    str: "text",
    bool: "True or False",
    tuple: "a tuple",
    c.Revision: "a Revision",
    c.Override: "an Override",
    Pipeline: "a Pipeline",
}


def misfit(command: Any) -> Refused | None:
    """Refuses a field of a wrong kind: whatever a cell or a request may put there, the rules never trip
    over it."""
    kinds = FIELDS[type(command)]
    if tuple(map(type, command)) == kinds:  # the usual case, at the price of one comparison
        return None
    for name, value, kind in zip(command._fields, command, kinds, strict=True):
        if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
            return wrong_kind(f"{type(command).__name__}, {name}", value, kind)
    return None


def wrong_kind(where: str, value: object, kind: type) -> Refused:
    """The refusal of a value that is of the wrong kind."""
    return Refused(
        "ValidationException",
        f"{where}: {value!r:.60} will not do.",
        f"It has to be {KINDS_IN_WORDS[kind]}.",
    )


def deleted(state: State) -> Refused:
    """What is answered to everything that is asked of a deleted pipeline."""
    return Refused(
        "PipelineNotFoundException",
        f"The pipeline {state.pipeline.name} is deleted.",
        "Undo brings it back here; on AWS you would create it anew.",
    )


# -- finding what the command names ----------------------------------------------------------------
def no_stage(state: State, stage: str, pipeline: Pipeline | None = None) -> Refused | None:
    """Refuses a stage that the pipeline (today's, or the older one that an execution follows) does not have."""
    if not isinstance(stage, str):
        return wrong_kind("stage", stage, str)
    position = (pipeline or state.pipeline).position
    if stage in position:
        return None
    names = ", ".join(position)
    return Refused(
        "StageNotFoundException",
        f"There is no stage named {stage!r}.",
        f"The stages are: {names}.",
    )


def no_action(state: State, stage: str, action: str, pipeline: Pipeline | None = None) -> Refused | None:
    """Refuses an action that the stage does not have."""
    if refused := no_stage(state, stage, pipeline):
        return refused
    if not isinstance(action, str):
        return wrong_kind("action", action, str)
    position = (pipeline or state.pipeline)[stage].position
    if action in position:
        return None
    return Refused(
        "ActionNotFoundException",
        f"There is no action named {action!r} in {stage}.",
        f"Its actions are: {', '.join(position)}.",
    )


def no_execution(state: State, number: int) -> Refused | None:
    """Refuses an execution that never was."""
    if 1 <= number <= state.last:
        return None
    known = f"Known are 1 to {state.last}." if state.last else "Release a change first."
    return Refused("PipelineExecutionNotFoundException", f"There is no execution {number}.", known)


def inside(state: State, number: int, stage: str) -> Execution | None:
    """That execution, if it is inside the stage of that name."""
    x = state.execution(number)
    return x if x is not None and x.actions and state.stage_of(x).name == stage else None


def not_running(state: State, number: int, stage: str, action: str) -> Refused | None:
    """Refuses unless that action is in progress for that execution in that stage."""
    x = state.execution(number)
    own = None if x is None else x.pipeline
    if refused := no_action(state, stage, action, own) or no_execution(state, number):
        return refused
    x = inside(state, number, stage)
    if x is not None and x.actions[state.stage_of(x).position[action]] == IN_PROGRESS:
        return None
    return Refused(
        "InvalidJobStateException",
        f"{action} in {stage} is not running for execution {number}.",
        "Only an action in progress can end.",
    )


def rule_not_judged(state: State, number: int, stage: str, rule: str) -> Refused | None:
    """Refuses unless that rule of a stage condition is in progress for that execution in that stage."""
    x = state.execution(number)
    own = None if x is None else x.pipeline
    if refused := no_stage(state, stage, own) or no_execution(state, number):
        return refused
    x = inside(state, number, stage)
    rules = () if x is None else state.stage_of(x).rules(x.condition)
    for known, status in zip(rules, () if x is None else x.rules, strict=False):
        if known.name == rule and status == IN_PROGRESS:
            return None
    return Refused(
        "InvalidJobStateException",
        f"No rule {rule!r:.60} is being judged in {stage} for execution {number}.",
        "Only a rule in progress can be answered.",
    )
