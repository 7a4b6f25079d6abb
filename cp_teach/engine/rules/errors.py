"""``Refused``, the exception for commands that the state does not allow, and the checks that many commands share."""

from __future__ import annotations

from typing import get_origin, get_type_hints

from cp_teach.engine.model import commands as c
from cp_teach.engine.model.state import IN_PROGRESS, Execution, State
from cp_teach.pipeline import Pipeline
from cp_teach.translation import message, translated


class Refused(Exception):
    """A command that the state does not allow; the state is unchanged.

    ``reason`` says why, ``instead`` what to do, and ``error`` is the name of the error that AWS returns.
    """

    def __init__(self, error: str, reason: str, instead: str = "") -> None:
        super().__init__(f"{reason} {instead}".strip())
        self.error, self.reason, self.instead = error, reason, instead

    @property
    def shown(self) -> str:
        """The reason and what to do, in the language of the reader; ``str`` of it is English, as from AWS."""
        return f"{translated(self.reason)} {translated(self.instead)}".strip()

    def __reduce__(self) -> tuple[type[Refused], tuple[str, str, str]]:
        return Refused, (self.error, self.reason, self.instead)


def invalid(reason: str, instead: str = "") -> Refused:
    """A ``ValidationException``."""
    return Refused("ValidationException", reason, instead)


FIELD_TYPES: dict[type, tuple[type, ...]] = {
    kind: tuple(get_origin(hint) or hint for hint in get_type_hints(kind).values())
    for kind in c.COMMAND_KINDS.values()
}
"""The type of each field of each command, in order."""

TYPE_NAMES = {
    int: message("a whole number"),
    str: message("text"),
    bool: message("True or False"),
    tuple: message("a tuple"),
    c.Revision: message("a Revision"),
    c.Override: message("an Override"),
    Pipeline: message("a Pipeline"),
}


def wrong_field_type(command: c.Command) -> Refused | None:
    """Refuses a field of the wrong type, so that the rules can rely on the types of a command from outside."""
    types = FIELD_TYPES[type(command)]
    if tuple(map(type, command)) == types:  # the usual case, at the price of one comparison
        return None
    for name, value, kind in zip(command._fields, command, types, strict=True):
        if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
            return wrong_type(f"{type(command).__name__}, {name}", value, kind)
    return None


def wrong_type(where: str, value: object, kind: type) -> Refused:
    """The refusal of a value of the wrong type."""
    return invalid(
        message("{where}: {value!r:.60} is not valid.", where=where, value=value),
        message("It must be {kind}.", kind=TYPE_NAMES[kind]),
    )


def deleted(state: State) -> Refused:
    """The refusal of every command after the pipeline was deleted."""
    return Refused(
        "PipelineNotFoundException",
        message("The pipeline {pipeline} is deleted.", pipeline=state.pipeline.name),
        message("Undo restores it here; on AWS, create it again."),
    )


# -- the stage, action, or execution that a command names ------------------------------------------
def no_stage(state: State, stage: str, pipeline: Pipeline | None = None) -> Refused | None:
    """Refuses a stage that ``pipeline`` (the current definition by default) does not have."""
    if not isinstance(stage, str):
        return wrong_type("stage", stage, str)
    position = (pipeline or state.pipeline).stage_indices
    if stage in position:
        return None
    return Refused(
        "StageNotFoundException",
        message("There is no stage named {stage!r}.", stage=stage),
        message("The stages are: {names}.", names=", ".join(position)),
    )


def no_action(state: State, stage: str, action: str, pipeline: Pipeline | None = None) -> Refused | None:
    """Refuses an action that the stage does not have."""
    if refused := no_stage(state, stage, pipeline):
        return refused
    if not isinstance(action, str):
        return wrong_type("action", action, str)
    position = (pipeline or state.pipeline)[stage].action_indices
    if action in position:
        return None
    return Refused(
        "ActionNotFoundException",
        message("There is no action named {action!r} in {stage}.", action=action, stage=stage),
        message("Its actions are: {names}.", names=", ".join(position)),
    )


def no_execution(state: State, number: int) -> Refused | None:
    """Refuses an execution number that was never given."""
    if 1 <= number <= state.newest:
        return None
    instead = (
        message("The executions are 1 to {newest}.", newest=state.newest)
        if state.newest
        else message("Release a change first.")
    )
    return Refused(
        "PipelineExecutionNotFoundException",
        message("There is no execution {number}.", number=number),
        instead,
    )


def execution_in(state: State, number: int, stage: str) -> Execution | None:
    """The execution of that number if it is in that stage, else None."""
    execution = state.execution(number)
    if execution is None or not execution.actions or state.stage_of(execution).name != stage:
        return None
    return execution


def not_running(state: State, number: int, stage: str, action: str) -> Refused | None:
    """Refuses unless that action is in progress for that execution."""
    own = _own_definition(state, number)
    if refused := no_action(state, stage, action, own) or no_execution(state, number):
        return refused
    execution = execution_in(state, number, stage)
    if execution and execution.actions[state.stage_of(execution).action_indices[action]] == IN_PROGRESS:
        return None
    return Refused(
        "InvalidJobStateException",
        message(
            "{action} in {stage} is not running for execution {number}.",
            action=action,
            stage=stage,
            number=number,
        ),
        message("Only an action in progress can end."),
    )


def rule_not_in_progress(state: State, number: int, stage: str, rule: str) -> Refused | None:
    """Refuses unless that rule of a stage condition is in progress for that execution."""
    own = _own_definition(state, number)
    if refused := no_stage(state, stage, own) or no_execution(state, number):
        return refused
    execution = execution_in(state, number, stage)
    rules = state.stage_of(execution).rules(execution.condition) if execution else ()
    statuses = execution.rules if execution else ()
    if (rule, IN_PROGRESS) in zip((each.name for each in rules), statuses, strict=False):
        return None
    return Refused(
        "InvalidJobStateException",
        message(
            "No rule {rule!r:.60} is in progress in {stage} for execution {number}.",
            rule=rule,
            stage=stage,
            number=number,
        ),
        message("Only a rule in progress can end."),
    )


def _own_definition(state: State, number: int) -> Pipeline | None:
    """The definition that an execution follows if the pipeline was edited since."""
    execution = state.execution(number)
    return None if execution is None else execution.pipeline
