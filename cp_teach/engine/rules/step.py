"""The registry of commands and ``step(state, command) -> (state, events)``, the pure function that applies them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from cp_teach.engine.model import commands as c
from cp_teach.engine.model.events import Event
from cp_teach.engine.model.state import State
from cp_teach.engine.rules import command_handlers as handle
from cp_teach.engine.rules.errors import Refused, deleted, wrong_field_type
from cp_teach.engine.rules.progression import StepContext
from cp_teach.engine.rules.validate_retry import validate_override, validate_retry, validate_rollback
from cp_teach.engine.rules.validate_start import validate_start
from cp_teach.engine.rules.validation import (
    validate_approval,
    validate_delete,
    validate_disable,
    validate_edit,
    validate_enable,
    validate_expire,
    validate_finish,
    validate_finish_rule,
    validate_stop,
    validate_time_out,
)


class CommandSpec(NamedTuple):
    """What the engine knows of one kind of command."""

    kind: type[c.Command]
    validate: Callable[[State, Any], Refused | None]
    """Why the state does not allow the command; None if it does."""
    handle: Callable[[StepContext, Any], None]
    """What the command does."""
    target: int
    """How many of its leading fields distinguish it from other commands of its kind. The fields after them are free
    text or, in an EditPipeline, the definition."""


COMMANDS: dict[type[c.Command], CommandSpec] = {
    spec.kind: spec
    for spec in (
        CommandSpec(c.StartExecution, validate_start, handle.start, 0),
        CommandSpec(c.FinishAction, validate_finish, handle.finish, 4),
        CommandSpec(c.FinishRule, validate_finish_rule, handle.finish_rule, 4),
        CommandSpec(c.TimeOut, validate_time_out, handle.time_out, 3),
        CommandSpec(c.PutApprovalResult, validate_approval, handle.put_approval_result, 4),
        CommandSpec(c.EnableTransition, validate_enable, handle.enable, 1),
        CommandSpec(c.DisableTransition, validate_disable, handle.disable, 1),
        CommandSpec(c.ExpireTransition, validate_expire, handle.expire, 1),
        CommandSpec(c.RetryStage, validate_retry, handle.retry, 3),
        CommandSpec(c.StopExecution, validate_stop, handle.stop, 2),
        CommandSpec(c.OverrideCondition, validate_override, handle.override, 3),
        CommandSpec(c.RollbackStage, validate_rollback, handle.roll_back, 2),
        CommandSpec(c.EditPipeline, validate_edit, handle.edit, 0),
        CommandSpec(c.DeletePipeline, validate_delete, handle.delete, 0),
    )
}
"""Every kind of command."""


def refusal(state: State, command: c.Command) -> Refused | None:
    """Why ``state`` does not allow ``command``; None if it does. Raises ``TypeError`` for what is not a command."""
    spec = COMMANDS.get(type(command))
    if spec is None:
        raise TypeError(f"{command!r} is not a command of this engine")
    if state.deleted:
        return deleted(state)
    return wrong_field_type(command) or spec.validate(state, command)


def step(state: State, command: c.Command) -> tuple[State, list[Event]]:
    """The state after ``command``, and all events in order.

    Raises ``Refused``, with the reason and AWS's error name, if the state does not allow it; never anything else.
    """
    refused = refusal(state, command)
    if refused is not None:
        raise refused
    return apply_command(state, command)


def apply_command(state: State, command: c.Command) -> tuple[State, list[Event]]:
    """The same for a command that ``legal(state)`` has just listed, without validating it again."""
    context = StepContext(state)
    COMMANDS[type(command)].handle(context, command)
    return context.state, context.events
