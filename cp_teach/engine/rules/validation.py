"""Why a command cannot be done now: every rule that says no, each with AWS's error name and what to do
instead.

``refusal(state, command)`` is the only judge. ``step`` raises what it returns and ``legal`` lists what it
lets pass. Sources: botocore's service model (errors of each operation) and the user guide, named at each
rule.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from cp_teach.engine.model import commands as c
from cp_teach.engine.model.state import DISABLED, IN_PROGRESS, STOPPING, State
from cp_teach.engine.rules.errors import (
    Refused,
    deleted,
    misfit,
    no_action,
    no_execution,
    no_stage,
    not_running,
    rule_not_judged,
)
from cp_teach.engine.rules.validate_edit import edit
from cp_teach.engine.rules.validate_retry import override, retry, roll_back
from cp_teach.engine.rules.validate_start import pairs, start

REASON = re.compile(r"[a-zA-Z0-9!@ ().*?-]+\Z")
"""The alphabet of a disable reason (model: DisabledReason): no comma, no apostrophe, no colon."""


def refusal(state: State, command: c.Command) -> Refused | None:
    """Why ``command`` is refused in ``state``; None when it may be done."""
    judge = _JUDGES.get(type(command))
    if judge is None:
        raise TypeError(f"{command!r} is not a command of this engine")
    if state.deleted:
        return deleted(state)
    return misfit(command) or judge(state, command)


# -- one judge for each command --------------------------------------------------------------------
def _finish(state: State, command: c.FinishAction) -> Refused | None:
    refused = not_running(state, command.execution, command.stage, command.action)
    if refused:
        return refused
    x = state.execution(command.execution)
    assert x is not None, "it is running"
    # An approval whose words refer to a variable without a value fails before anybody is asked.
    if state.stage_of(x)[command.action].is_approval and command.failure != "ConfigurationError":
        return Refused(
            "InvalidJobStateException",
            f"{command.action} in {command.stage} is a manual approval: no worker can finish it.",
            "Approve or reject it.",
        )
    if command.failure and command.failure not in c.FAILURE_TYPES:
        return Refused(
            "ValidationException",
            f"{command.failure!r} is not one of AWS's failure types.",
            f"Use one of: {', '.join(c.FAILURE_TYPES)}.",
        )
    return pairs("FinishAction, variables", command.variables)


def _finish_rule(state: State, command: c.FinishRule) -> Refused | None:
    return rule_not_judged(state, command.execution, command.stage, command.rule)


def _time_out(state: State, command: c.TimeOut) -> Refused | None:
    return not_running(state, command.execution, command.stage, command.action)


def _approve(state: State, command: c.PutApprovalResult) -> Refused | None:
    x = state.execution(command.execution)
    if x is not None and state.outdated(x):
        return Refused(  # as recorded: the token dies with the definition
            "InvalidApprovalTokenException",
            f"The pipeline {state.pipeline.name} has been updated, and the approval request you responded to is now "
            "out of date.",
            "Release a change again.",
        )
    if refused := no_action(state, command.stage, command.action):
        return refused
    action = state.pipeline[command.stage][command.action]
    if not action.is_approval:
        return Refused(
            "ActionNotFoundException",
            f"{command.action} in {command.stage} is no manual approval.",
            "Its worker decides how it ends.",
        )
    if command.status not in ("Approved", "Rejected"):
        return Refused(
            "ValidationException",
            f"{command.status!r} is no answer to an approval.",
            "Answer Approved or Rejected, with a capital letter.",
        )
    if len(command.summary) > 512:  # model: ApprovalSummary
        return Refused(
            "ValidationException",
            "The summary is longer than 512 characters.",
            "Shorten it.",
        )
    if not_running(state, command.execution, command.stage, command.action):
        return Refused(
            "InvalidApprovalTokenException",
            f"{command.action} in {command.stage} does not wait for an answer for execution "
            f"{command.execution}.",
            "An approval can be answered once, while it is pending.",
        )
    required = action.settings.get("IsSummaryRequired", "").lower() == "true"
    if required and not command.summary.strip():
        return Refused(
            "InvalidApprovalTokenException",
            f"Action '{command.action}' in stage '{command.stage}' requires a summary.",
            "Provide a summary in the approval result and try again.",
        )
    return None


def _enable(state: State, command: c.EnableTransition) -> Refused | None:
    return no_stage(state, command.stage)  # idempotent: enabling an enabled one is fine (model)


def _disable(state: State, command: c.DisableTransition) -> Refused | None:
    if refused := no_stage(state, command.stage):
        return refused
    if not command.reason:
        return Refused(
            "ValidationException",
            "A transition is disabled with a reason.",
            "Write one.",
        )
    if len(command.reason) > 300:
        return Refused(
            "ValidationException",
            "The reason is longer than 300 characters.",
            "Shorten it.",
        )
    if not REASON.match(command.reason):
        wrong = sorted({repr(ch) for ch in command.reason if not REASON.match(ch)})
        return Refused(
            "ValidationException",
            f"AWS takes no {' '.join(wrong)} in the reason for a disabled transition.",
            "Use letters, digits, spaces and ! @ ( ) . * ? - only.",
        )
    return None


def _expire(state: State, command: c.ExpireTransition) -> Refused | None:
    if refused := no_stage(state, command.stage):
        return refused
    if state.stages[state.pipeline.position[command.stage]].door != DISABLED:
        return Refused(
            "ValidationException",
            f"The transition into {command.stage} is not disabled, or has expired already.",
            "Only a transition that has been disabled for 30 days expires.",
        )
    return None


def _stop(state: State, command: c.StopExecution) -> Refused | None:
    if refused := no_execution(state, command.execution):
        return refused
    if len(command.reason) > 200:  # model: StopPipelineExecutionReason
        return Refused(
            "ValidationException",
            "The reason is longer than 200 characters.",
            "Shorten it.",
        )
    x = state.execution(command.execution)
    if x is not None and x.status == STOPPING and not command.abandon:
        return Refused(
            "DuplicatedStopRequestException",
            f"Execution {command.execution} is already stopping.",
            "It waits for its running actions; you can choose to stop and abandon them.",
        )
    if x is None or x.status not in (IN_PROGRESS, STOPPING):
        return Refused(
            "PipelineExecutionNotStoppableException",
            f"Execution {command.execution} has already ended.",
            "Only an execution in progress can be stopped.",
        )
    return None


def _delete(state: State, command: c.DeletePipeline) -> Refused | None:
    return None


_JUDGES: dict[type, Callable[[State, Any], Refused | None]] = {
    c.StartExecution: start,
    c.FinishAction: _finish,
    c.FinishRule: _finish_rule,
    c.TimeOut: _time_out,
    c.PutApprovalResult: _approve,
    c.EnableTransition: _enable,
    c.DisableTransition: _disable,
    c.ExpireTransition: _expire,
    c.RetryStage: retry,
    c.StopExecution: _stop,
    c.OverrideCondition: override,
    c.RollbackStage: roll_back,
    c.EditPipeline: edit,
    c.DeletePipeline: _delete,
}

__all__ = ["REASON", "Refused", "deleted", "no_action", "no_stage", "refusal"]
