"""Moves: what a user can ask for, as a button label, a command in plain JSON, and the reason if it is refused.

In JSON a command is a list, ``["RetryStage", 3, "Beta", "FAILED_ACTIONS"]``: its kind, then its target. What the user
types (a reason, a comment, a message) is sent beside it, so that the list identifies the move.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from cp_teach.engine.model import commands as c
from cp_teach.engine.model.condition_words import CONDITIONS
from cp_teach.engine.model.failure_plan import Plan
from cp_teach.engine.model.state import IN_PROGRESS, Execution, State
from cp_teach.engine.queries.legal_commands import candidates
from cp_teach.engine.rules.errors import Refused
from cp_teach.engine.rules.step import COMMANDS, refusal
from cp_teach.show.view.previews import preview
from cp_teach.show.view.schema import Move, WireCommand
from cp_teach.translation import N_, _, translated


class Legality:
    """The engine's answers for one state. Buttons, reasons and the list of AWS calls share them."""

    def __init__(self, state: State) -> None:
        self.state = state
        self._refusals: dict[c.Command, Refused | None] = {}

    def refusal(self, command: c.Command) -> Refused | None:
        """Why the state does not allow the command; None if it does."""
        if command not in self._refusals:
            self._refusals[command] = refusal(self.state, command)
        return self._refusals[command]

    def commands(self) -> Iterator[c.Command]:
        """Every command that has a target in this state, one for each target. Ask ``refusal`` which are allowed."""
        return candidates(self.state)


LABELS: dict[type, str] = {
    c.StartExecution: N_("Release change"),
    c.FinishAction: N_("{finish} {action} #{execution}"),
    c.TimeOut: N_("Time out {action} #{execution}"),
    c.PutApprovalResult: N_("{review} #{execution}{approval}"),
    c.EnableTransition: N_("Enable transition into {stage}"),
    c.DisableTransition: N_("Disable transition into {stage}"),
    c.RetryStage: N_("Retry {retried} #{execution}"),
    c.StopExecution: N_("Stop and {stop} #{execution}"),
    c.FinishRule: N_("{rule} {verdict} #{execution}"),
    c.OverrideCondition: N_("Override #{execution}"),
    c.RollbackStage: N_("Start rollback to #{target}"),
    c.EditPipeline: N_("Edit pipeline {name}"),
    c.ExpireTransition: N_("Let 30 days pass at the transition into {stage}"),
    c.DeletePipeline: N_("Delete pipeline {name}"),
}
"""The words of AWS's console, and the number of the execution. A button says beside what it belongs to; ``TITLES`` has
the words for a list."""

TITLES: dict[type, str] = {
    **LABELS,
    c.FinishAction: N_("{finish} {action} in {stage} #{execution}"),
    c.PutApprovalResult: N_("{review} #{execution}: {action} in {stage}"),
    c.RetryStage: N_("Retry {retried} #{execution} in {stage}"),
    c.StopExecution: N_("Stop execution #{execution} and {stop}"),
    c.FinishRule: N_("Rule {rule} in {stage} is {verdict} #{execution}"),
    c.OverrideCondition: N_("Override #{execution}: {condition_name} of {stage}"),
    c.RollbackStage: N_("Start rollback of {stage} to #{target}"),
}
"""What a move is called where nothing beside it says to which stage it belongs."""

_OUTCOMES: dict[type, str] = {
    c.FinishAction: N_("Action {action} (stage {stage}) {result} - #{execution}"),
    c.TimeOut: N_("Action {action} (stage {stage}) times out - #{execution}"),
    c.FinishRule: N_("Rule {rule} (stage {stage}) {verdict} - #{execution}"),
    c.ExpireTransition: N_("The transition into {stage} has been disabled for 30 days"),
}
"""Only workers and the clock make these commands by themselves."""


TYPED_LIMITS = {"message": 80, "reason": 300, "summary": 512}
"""The number of characters a user can type: AWS's limits for a reason (DisabledReason) and for the comment on an
approval (ApprovalSummary); a commit message has none, so this one only keeps the picture readable."""


def to_wire(command: c.Command) -> WireCommand:
    """The command as JSON, without what a user would type."""
    kind = type(command)
    return [kind.__name__, *command[: COMMANDS[kind].target]]


def from_wire(wire: object, typed: object) -> c.Command:
    """The command that the widget sent, with what was typed into the form beside it.

    Raises ``Refused`` if it is not a command: a page may be older than the kernel it talks to.
    """
    parts = list(wire) if isinstance(wire, list | tuple) else None
    kind = c.COMMAND_KINDS.get(parts[0]) if parts and isinstance(parts[0], str) else None
    if (
        parts is None
        or kind is None
        or kind is c.EditPipeline
        or not _is_complete(kind, len(parts) - 1)
        or not isinstance(typed, Mapping)
    ):
        text = f"{wire if parts is None else parts!r:.200}"
        raise Refused(
            "ValidationException",
            _("{text} is not a command of this engine.", text=text),
            _("Reload the page."),
        )
    texts = {k: v for k, v in typed.items() if k in kind._fields and isinstance(v, str)}
    if kind is c.DisableTransition and not texts.get("reason", "").strip():
        texts.pop("reason", None)  # AWS needs a reason, so the command's default replaces an empty one
    make: Callable[..., c.Command] = kind
    return make(*parts[1:], **texts)


def _is_complete(kind: type[c.Command], count: int) -> bool:
    """Whether that many fields include all that the command needs, and none that a user types."""
    needed = len(kind._fields) - len(kind._field_defaults)
    target = COMMANDS[kind].target
    return min(needed, target) <= count <= target


def move(legality: Legality, command: c.Command, label: str = "") -> Move:
    """The command with its label, and the reason if it is refused now."""
    view: Move = {"label": label or label_of(legality.state, command), "command": to_wire(command)}
    refused = legality.refusal(command)
    if refused is not None:
        view["no"] = refused.shown
    elif isinstance(command, c.StopExecution | c.RollbackStage):
        view["will"] = preview(legality.state, command)
    return view


def label_of(state: State, command: c.Command) -> str:
    """The button label of this command in the terms of AWS's console; it names the affected execution."""
    return _filled(LABELS[type(command)], state, command)


def title_of(state: State, command: c.Command) -> str:
    """What this command is called in a list: its label, and the stage that it affects."""
    return _filled(TITLES[type(command)], state, command)


def outcome(state: State, command: c.Command) -> str:
    """The result of this command, which a step announces before it is made."""
    return _filled(_OUTCOMES.get(type(command)) or LABELS[type(command)], state, command)


def _filled(template: str, state: State, command: c.Command) -> str:
    fields = text_fields(state.pipeline.name, command)
    if isinstance(command, c.PutApprovalResult):
        x = state.execution(command.execution)
        here = x is not None and state.stage_of(x).name == command.stage
        several = x is not None and here and open_approvals(state, x) > 1
        fields["approval"] = _(" at {action}", action=command.action) if several else ""
    return _(template, **fields)


def text_fields(pipeline: str, command: c.Command | Plan) -> dict[str, Any]:
    """The fields of the command, and the texts derived from them, for a template. ``pipeline`` is its name."""
    fields: dict[str, Any] = dict(zip(command._fields, command, strict=True))
    fields["name"] = pipeline
    match command:
        case c.FinishAction(failure=failure):
            fields["finish"], fields["result"] = (
                (_("Fail"), _("fails")) if failure else (_("Complete"), _("succeeds"))
            )
        case c.PutApprovalResult(status=status):
            fields["review"] = _("Approve") if status == "Approved" else _("Reject")
        case c.RetryStage(mode=mode):
            some = mode == c.FAILED_ACTIONS
            fields["retried"] = _("failed actions") if some else _("stage")
        case c.StopExecution(abandon=abandon):
            fields["stop"] = _("abandon") if abandon else _("wait")
        case c.OverrideCondition(condition=condition):
            fields["condition_name"] = translated(CONDITIONS.get(condition, condition))
        case c.FinishRule(met=met):
            fields["verdict"] = _("met") if met else _("not met")
    return fields


def open_approvals(state: State, x: Execution) -> int:
    """The number of approvals that wait for an answer about this execution."""
    actions = zip(state.stage_of(x).actions, x.actions, strict=False)
    return sum(action.is_approval and status == IN_PROGRESS for action, status in actions)
