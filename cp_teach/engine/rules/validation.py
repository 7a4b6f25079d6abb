"""Validation: for each command and failure plan, the AWS error and message if the state does not allow it.

Each ``validate_…`` function returns a ``Refused``, or None if the command is allowed. Sources: botocore's service
model (errors of each operation) and the user guide. ``validate_start`` and ``validate_retry`` have the other commands.
"""

from __future__ import annotations

import re

from cp_teach.engine.model import commands as c
from cp_teach.engine.model.failure_plan import TIMED_OUT, Heal, Plan
from cp_teach.engine.model.state import DISABLED, IN_PROGRESS, STOPPING, State, structure_error
from cp_teach.engine.rules.errors import (
    Refused,
    deleted,
    invalid,
    no_action,
    no_execution,
    no_stage,
    not_running,
    rule_not_in_progress,
)
from cp_teach.engine.rules.validate_start import invalid_pairs
from cp_teach.translation import message

DISABLED_REASON = re.compile(r"[a-zA-Z0-9!@ ().*?-]+\Z")
"""The characters of a disable reason (model: DisabledReason): no comma, no apostrophe, no colon."""


# -- actions, rules, and approvals -----------------------------------------------------------------
def validate_finish(state: State, command: c.FinishAction) -> Refused | None:
    """Only the action of a running job can end, with one of AWS's failure types; an approval is answered instead."""
    refused = not_running(state, command.execution, command.stage, command.action)
    if refused:
        return refused
    execution = state.execution(command.execution)
    assert execution is not None, "it is running"
    # An approval fails at once if its text refers to a variable without a value, or if its topic cannot be used.
    approval = state.stage_of(execution)[command.action].is_approval
    if approval and command.failure not in c.APPROVAL_FAILURES:
        return Refused(
            "InvalidJobStateException",
            message(
                "{action} in {stage} is a manual approval: no worker can finish it.",
                action=command.action,
                stage=command.stage,
            ),
            message("Approve or reject it."),
        )
    if command.failure and command.failure not in c.FAILURE_TYPES:
        return invalid(
            message("{failure!r} is not one of AWS's failure types.", failure=command.failure),
            message("Use one of: {types}.", types=", ".join(c.FAILURE_TYPES)),
        )
    return invalid_pairs("FinishAction, variables", command.variables)


def validate_finish_rule(state: State, command: c.FinishRule) -> Refused | None:
    """Only a rule in progress can end."""
    return rule_not_in_progress(state, command.execution, command.stage, command.rule)


def validate_time_out(state: State, command: c.TimeOut) -> Refused | None:
    """Only an action in progress can time out."""
    return not_running(state, command.execution, command.stage, command.action)


def validate_approval(state: State, command: c.PutApprovalResult) -> Refused | None:
    """An approval can be answered once, while it is pending, and with a summary if it requires one."""
    execution = state.execution(command.execution)
    if execution is not None and state.outdated(execution):
        return Refused(  # as recorded: the token expires with the definition
            "InvalidApprovalTokenException",
            message(
                "The pipeline {pipeline} has been updated, and the approval request you responded to is now "
                "out of date.",
                pipeline=state.pipeline.name,
            ),
            message("Release a change again."),
        )
    if refused := no_action(state, command.stage, command.action):
        return refused
    action = state.pipeline[command.stage][command.action]
    if not action.is_approval:
        return Refused(
            "ActionNotFoundException",
            message(
                "{action} in {stage} is not a manual approval.", action=command.action, stage=command.stage
            ),
            message("Its worker decides how it ends."),
        )
    if command.status not in ("Approved", "Rejected"):
        return invalid(
            message("{status!r} is not an approval result.", status=command.status),
            message("Use Approved or Rejected, with a capital letter."),
        )
    if len(command.summary) > 512:  # model: ApprovalSummary
        return _too_long("summary", 512)
    if not_running(state, command.execution, command.stage, command.action):
        return Refused(
            "InvalidApprovalTokenException",
            message(
                "{action} in {stage} is not waiting for an answer for execution {execution}.",
                action=command.action,
                stage=command.stage,
                execution=command.execution,
            ),
            message("An approval can be answered once, while it is pending."),
        )
    required = action.settings.get("IsSummaryRequired", "").lower() == "true"
    if required and not command.summary.strip():
        return Refused(
            "InvalidApprovalTokenException",
            message(
                "Action '{action}' in stage '{stage}' requires a summary.",
                action=command.action,
                stage=command.stage,
            ),
            message("Provide a summary in the approval result and try again."),
        )
    return None


CHARACTER_NAMES = {
    "'": message("an apostrophe (')"),
    "\u2019": message("an apostrophe (\u2019)"),
    ",": message("a comma (,)"),
    ":": message("a colon (:)"),
    ";": message("a semicolon (;)"),
    '"': message('a quotation mark (")'),
    "/": message("a slash (/)"),
    "&": message("an ampersand (&)"),
    "#": message("a number sign (#)"),
    "\n": message("a line break"),
    "\t": message("a tab"),
}
"""Characters that a user does not expect to be refused, or cannot see, and their names."""


def _characters(reason: str) -> str:
    """The characters that AWS does not allow, in the order of the text, as words that a reader can find there."""
    others = dict.fromkeys(letter for letter in reason if not DISABLED_REASON.match(letter))
    names = [
        CHARACTER_NAMES.get(each, each if each.isprintable() else "a control character") for each in others
    ]
    several = list(dict.fromkeys(names))
    shown = several if len(several) <= 4 else [*several[:3], f"{len(several) - 3} other characters"]
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} or {shown[-1]}"


# -- transitions -----------------------------------------------------------------------------------
def validate_enable(state: State, command: c.EnableTransition) -> Refused | None:
    """The stage must exist; enabling is idempotent (model)."""
    return no_stage(state, command.stage)


def validate_disable(state: State, command: c.DisableTransition) -> Refused | None:
    """A reason of at most 300 characters from AWS's alphabet is required."""
    if refused := no_stage(state, command.stage):
        return refused
    if not command.reason:
        return invalid(message("Disabling a transition requires a reason."), message("Write one."))
    if len(command.reason) > 300:
        return _too_long("reason", 300)
    if not DISABLED_REASON.match(command.reason):
        return invalid(
            message(
                "The reason for a disabled transition cannot contain {characters}.",
                characters=_characters(command.reason),
            ),
            message("AWS allows the letters a to z, digits, spaces and ! @ ( ) . * ? -"),
        )
    return None


def validate_expire(state: State, command: c.ExpireTransition) -> Refused | None:
    """Only a disabled transition that has not expired can expire."""
    if refused := no_stage(state, command.stage):
        return refused
    if state.stages[state.pipeline.stage_indices[command.stage]].transition != DISABLED:
        return invalid(
            message(
                "The transition into {stage} is not disabled, or has expired already.", stage=command.stage
            ),
            message("Only a transition that has been disabled for 30 days expires."),
        )
    return None


# -- executions and the pipeline -------------------------------------------------------------------
def validate_stop(state: State, command: c.StopExecution) -> Refused | None:
    """An execution in progress can be stopped; one that is stopping can only be abandoned."""
    if refused := no_execution(state, command.execution):
        return refused
    if len(command.reason) > 200:  # model: StopPipelineExecutionReason
        return _too_long("reason", 200)
    execution = state.execution(command.execution)
    if execution is not None and execution.status == STOPPING and not command.abandon:
        return Refused(
            "DuplicatedStopRequestException",
            message("Execution {execution} is already stopping.", execution=command.execution),
            message("It waits for its running actions; you can choose to stop and abandon them."),
        )
    if execution is None or execution.status not in (IN_PROGRESS, STOPPING):
        return Refused(
            "PipelineExecutionNotStoppableException",
            message("Execution {execution} has already ended.", execution=command.execution),
            message("Only an execution in progress can be stopped."),
        )
    return None


def validate_edit(state: State, command: c.EditPipeline) -> Refused | None:
    """The new definition must have the same name, and AWS must accept it (model: UpdatePipeline)."""
    new = command.pipeline
    if new is state.pipeline:  # the current definition was checked before
        return None
    if new.name != state.pipeline.name:
        return Refused(
            "PipelineNotFoundException",
            message(
                "The pipeline is named {pipeline}, not {new}.", pipeline=state.pipeline.name, new=new.name
            ),
            message("An edit keeps the name; on AWS a new name means a new pipeline."),
        )
    if reason := structure_error(new):
        return Refused("InvalidStructureException", reason, message("pipeline.check() lists every error."))
    errors = [violation for violation in new.check(readings=state.readings) if violation.level == "error"]
    if errors:
        more = (
            message(" ({count} more: see pipeline.check())", count=len(errors) - 1) if len(errors) > 1 else ""
        )
        first = errors[0]
        return Refused(first.exception, f"{first.location}: {first.message}{more}", first.advice)
    return None


def validate_delete(state: State, command: c.DeletePipeline) -> Refused | None:
    """A pipeline can be deleted in every state."""
    return None


# -- failure plans ---------------------------------------------------------------------------------
def plan_refusal(state: State, plan: Plan) -> Refused | None:
    """Why no worker could follow that failure plan; None if one can."""
    if state.deleted:
        return deleted(state)
    if error := _plan_error(plan):
        return invalid(error)
    pipeline = state.pipeline
    if plan.stage not in pipeline.stage_indices or plan.action not in pipeline[plan.stage].action_indices:
        names = ", ".join(
            f"{stage.name}/{action.name}" for stage in pipeline.stages for action in stage.actions
        )
        return Refused(
            "ActionNotFoundException",
            message("There is no action {stage}/{action}.", stage=plan.stage, action=plan.action),
            message("The actions are: {names}.", names=names),
        )
    if pipeline[plan.stage][plan.action].is_approval:
        return invalid(
            message("{action} is a manual approval.", action=plan.action),
            message("Reject it when it is pending."),
        )
    return None


def _plan_error(plan: Plan) -> str:
    """The first invalid field of the plan, in one sentence; "" if all are valid."""
    for name, value in zip(plan._fields, plan, strict=True):
        kind = {"times": int, "chance": int | float}.get(name, str)
        if not isinstance(value, kind) or isinstance(value, bool):
            return (
                message("{name}={value!r:.60} is not valid: it must be text.", name=name, value=value)
                if kind is str
                else message(
                    "{name}={value!r:.60} is not valid: it must be a number.", name=name, value=value
                )
            )
    if isinstance(plan, Heal):
        return ""
    if plan.when not in ("next", "always", "chance"):
        return message("when={when!r} is unknown. Use next, always or chance.", when=plan.when)
    if plan.failure not in (*c.FAILURE_TYPES, TIMED_OUT):
        types = ", ".join((*c.FAILURE_TYPES, TIMED_OUT))
        return message(
            "Unknown failure type {failure!r}. Use one of: {types}.", failure=plan.failure, types=types
        )
    if not 0 <= plan.chance <= 1:
        return message("chance must be between 0 and 1; got {chance}.", chance=plan.chance)
    if plan.times < 1:
        return message("times={times} would never fail. Use 1 or more.", times=plan.times)
    return ""


def _too_long(field: str, limit: int) -> Refused:
    return invalid(
        message("The {field} is longer than {limit} characters.", field=field, limit=limit),
        message("Shorten it."),
    )


__all__ = ["DISABLED_REASON", "Refused", "plan_refusal"]
