"""What can be asked, as the widget shows it: a label, the command as plain JSON, and why not when it cannot
be.

On the wire a command is a list, ``["RetryStage", 3, "Beta", "FAILED_ACTIONS"]``: its kind, then what it is
about. What a person types (a reason, a comment, a message) travels beside it, so that the list names the move
itself.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from cp_teach.engine import command as c
from cp_teach.engine import refusal
from cp_teach.engine.refusal import Refused
from cp_teach.engine.state import State

Move = dict[str, Any]
"""``label`` (what the button says), ``command`` (see above), ``no`` (why it is refused now; absent when it is
not).
"""

_TARGET = {
    "StartExecution": 0,
    "FinishAction": 4,
    "TimeOut": 3,
    "PutApprovalResult": 4,
    "EnableTransition": 1,
    "DisableTransition": 1,
    "RetryStage": 3,
    "FinishRule": 4,
    "OverrideCondition": 3,
    "RollbackStage": 2,
    "ExpireTransition": 1,
    "StopExecution": 2,
    "DeletePipeline": 0,
}
"""How many fields of each command say what it is about; those behind them are what a person types."""


def to_wire(command: c.Command) -> list[Any]:
    """The command as JSON, without what a person would type."""
    kind = type(command).__name__
    return [kind, *command[: _TARGET[kind]]]


def from_wire(wire: Sequence[Any], typed: Mapping[str, Any]) -> c.Command:
    """The command that the widget sent, with what was typed into the form beside it.

    Raises ``Refused`` for what is no command: a page may be older than the kernel it talks to.
    """
    kind = c.COMMANDS.get(str(wire[0])) if wire else None
    if kind is None or kind.__name__ not in _TARGET or len(wire) - 1 > _TARGET[kind.__name__]:
        raise Refused(
            "ValidationException", f"{list(wire)!r} is no command of this engine.", "Reload the page."
        )
    words = {k: v for k, v in typed.items() if k in kind._fields and isinstance(v, str)}
    if kind is c.DisableTransition and not words.get("reason", "").strip():
        words.pop(
            "reason", None
        )  # AWS wants a reason; the neutral one of the command is better than a refusal
    make: Callable[..., c.Command] = kind
    return make(*wire[1:], **words)


def move(state: State, command: c.Command, label: str = "") -> Move:
    """The command with its label, and why it is refused now."""
    made: Move = {"label": label or label_of(state, command), "command": to_wire(command)}
    refused = refusal(state, command)
    if refused is not None:
        made["no"] = str(refused)
    return made


def label_of(state: State, command: c.Command) -> str:
    """What the button for this command says, in the words of AWS's console."""
    match command:
        case c.StartExecution():
            return "Release change"
        case c.FinishAction(action=action, failure=failure):
            return f"Fail {action}" if failure else f"Finish {action}"
        case c.TimeOut(action=action):
            return f"Let {action} time out"
        case c.PutApprovalResult(stage=stage, status=status):
            return f"{'Approve' if status == 'Approved' else 'Reject'} in {stage}"
        case c.EnableTransition(stage=stage):
            return f"Enable transition into {stage}"
        case c.DisableTransition(stage=stage):
            return f"Disable transition into {stage}"
        case c.RetryStage(stage=stage, mode=mode):
            return f"Retry failed actions of {stage}" if mode == c.FAILED_ACTIONS else f"Retry stage {stage}"
        case c.StopExecution(execution=number, abandon=abandon):
            return f"Stop execution {number} and {'abandon' if abandon else 'wait'}"
        case c.FinishRule(rule=rule, met=met):
            return f"{rule} is {'met' if met else 'not met'}"
        case c.OverrideCondition(stage=stage):
            return f"Override the condition of {stage}"
        case c.RollbackStage(stage=stage, target=target):
            return f"Roll {stage} back to execution {target}"
        case c.EditPipeline():
            return f"Edit pipeline {state.pipeline.name}"
        case c.ExpireTransition(stage=stage):
            return f"Let 30 days pass at the transition into {stage}"
        case c.DeletePipeline():
            return f"Delete pipeline {state.pipeline.name}"
