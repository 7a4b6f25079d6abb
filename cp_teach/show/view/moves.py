"""What can be asked, as the widget shows it: a label, the command as plain JSON, and why not when it cannot
be.

On the wire a command is a list, ``["RetryStage", 3, "Beta", "FAILED_ACTIONS"]``: its kind, then what it is
about. What a person types (a reason, a comment, a message) travels beside it, so that the list names the move
itself.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from cp_teach.engine import refusal
from cp_teach.engine.model import commands as c
from cp_teach.engine.model.state import IN_PROGRESS, State
from cp_teach.engine.rules.validation import Refused

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
    "EditPipeline": 0,
    "DeletePipeline": 0,
}
"""The number of fields of each command that identify its target; the fields after them are typed by the user. An
EditPipeline is missing, because its definition is too long for a button."""


def to_wire(command: c.Command) -> list[Any]:
    """The command as JSON, without what a person would type."""
    kind = type(command).__name__
    return [kind, *command[: _TARGET[kind]]]


def from_wire(wire: Sequence[Any], typed: Mapping[str, Any]) -> c.Command:
    """The command that the widget sent, with what was typed into the form beside it.

    Raises ``Refused`` for what is no command: a page may be older than the kernel it talks to.
    """
    listed = isinstance(wire, list | tuple)
    kind = c.COMMANDS.get(wire[0]) if listed and wire and isinstance(wire[0], str) else None
    if kind is None or kind is c.EditPipeline or not _complete(kind, wire) or not isinstance(typed, Mapping):
        shown = f"{list(wire) if listed else wire!r:.200}"
        raise Refused("ValidationException", f"{shown} is not a command of this engine.", "Reload the page.")
    words = {k: v for k, v in typed.items() if k in kind._fields and isinstance(v, str)}
    if kind is c.DisableTransition and not words.get("reason", "").strip():
        words.pop(
            "reason", None
        )  # AWS wants a reason; the neutral one of the command is better than a refusal
    make: Callable[..., c.Command] = kind
    return make(*wire[1:], **words)


def _complete(kind: type[c.Command], wire: Sequence[Any]) -> bool:
    """Whether the list has all fields that the command needs, and no typed ones."""
    needed = len(kind._fields) - len(kind._field_defaults)
    return min(needed, _TARGET[kind.__name__]) <= len(wire) - 1 <= _TARGET[kind.__name__]


def move(state: State, command: c.Command, label: str = "") -> Move:
    """The command with its label, and why it is refused now."""
    made: Move = {"label": label or label_of(state, command), "command": to_wire(command)}
    refused = refusal(state, command)
    if refused is not None:
        made["no"] = str(refused)
    return made


def label_of(state: State, command: c.Command) -> str:
    """The button label of this command, in the words of AWS's console; it names the affected execution."""
    match command:
        case c.StartExecution():
            return "Release change"
        case c.FinishAction(number, stage, action, failure):
            return f"{'Fail' if failure else 'Finish'} {action} in {stage} for execution {number}"
        case c.TimeOut(number, stage, action):
            return f"Let {action} in {stage} time out for execution {number}"
        case c.PutApprovalResult(number, stage, action, status):
            answer = "Approve" if status == "Approved" else "Reject"
            which = f" at {action}" if _approvals(state, number, stage) > 1 else ""
            return f"{answer} execution {number}{which} in {stage}"
        case c.EnableTransition(stage):
            return f"Enable transition into {stage}"
        case c.DisableTransition(stage):
            return f"Disable transition into {stage}"
        case c.RetryStage(number, stage, mode):
            what = f"failed actions of {stage}" if mode == c.FAILED_ACTIONS else f"stage {stage}"
            return f"Retry {what} for execution {number}"
        case c.StopExecution(number, abandon):
            return f"Stop execution {number} and {'abandon' if abandon else 'wait'}"
        case c.FinishRule(number, stage, rule, met):
            return f"{rule} in {stage} is {'met' if met else 'not met'} for execution {number}"
        case c.OverrideCondition(number, stage):
            return f"Override the condition of {stage} for execution {number}"
        case c.RollbackStage(stage, target):
            return f"Roll {stage} back to execution {target}"
        case c.EditPipeline():
            return f"Edit pipeline {state.pipeline.name}"
        case c.ExpireTransition(stage):
            return f"Let 30 days pass at the transition into {stage}"
        case c.DeletePipeline():
            return f"Delete pipeline {state.pipeline.name}"


def _approvals(state: State, number: int, stage: str) -> int:
    """The number of approvals of that stage that wait for an answer about that execution."""
    x = state.execution(number)
    if x is None or state.stage_of(x).name != stage:
        return 0
    actions = zip(state.stage_of(x).actions, x.actions, strict=False)
    return sum(action.is_approval and status == IN_PROGRESS for action, status in actions)


def outcome(state: State, command: c.Command) -> str:
    """The result of this command in words, which a step announces before it is made."""
    match command:
        case c.FinishAction(number, stage, action, failure):
            return f"{action} in {stage} {'fails' if failure else 'succeeds'} for execution {number}"
        case c.TimeOut(number, stage, action):
            return f"{action} in {stage} times out for execution {number}"
        case c.FinishRule(number, stage, rule, met):
            return f"Rule {rule} in {stage} is {'met' if met else 'not met'} for execution {number}"
        case c.ExpireTransition(stage):
            return f"The transition into {stage} has been disabled for 30 days"
        case _:  # a worker or a clock does none of the other commands; fall back to the button label
            return label_of(state, command)
