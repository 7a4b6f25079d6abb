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

from cp_teach.engine import command as c
from cp_teach.engine.refused import (
    Refused,
    deleted,
    misfit,
    no_action,
    no_execution,
    no_stage,
    not_running,
    wrong_kind,
)
from cp_teach.engine.state import (
    FAILED,
    IN_PROGRESS,
    STOPPED,
    STOPPING,
    Execution,
    State,
)

REASON = re.compile(r"[a-zA-Z0-9!@ ().*?-]+\Z")
"""The alphabet of a disable reason (model: DisabledReason): no comma, no apostrophe, no colon."""


CONCURRENT = 50
"""How many executions may be in progress at a time where none supersedes another (user guide: quotas)."""


def refusal(state: State, command: c.Command) -> Refused | None:
    """Why ``command`` is refused in ``state``; None when it may be done."""
    judge = _JUDGES.get(type(command))
    if judge is None:
        raise TypeError(f"{command!r} is not a command of this engine")
    if state.deleted:
        return deleted(state)
    return misfit(command) or judge(state, command)


# -- one judge for each command --------------------------------------------------------------------
def _start(state: State, command: c.StartExecution) -> Refused | None:
    sources = [action.name for action in state.pipeline.sources]
    brought = set()
    for revision in command.revisions:
        if not isinstance(revision, c.Revision):
            return wrong_kind("StartExecution, revisions", revision, c.Revision)
        for name, value in zip(revision._fields, revision, strict=True):
            if not isinstance(value, str):
                return wrong_kind(f"Revision, {name}", value, str)
        if revision.action in brought:
            return Refused(
                "ValidationException",
                f"There are two revisions for {revision.action}.",
                "A source action brings in one.",
            )
        brought.add(revision.action)
        if revision.action not in sources:
            return Refused(
                "ActionNotFoundException",
                f"{revision.action!r} is not a source action, so it cannot bring a revision in.",
                f"The source actions are: {', '.join(sources)}.",
            )
    if state.pipeline.mode != "SUPERSEDED":
        going = sum(x.status in (IN_PROGRESS, STOPPING) for x in state.executions)
        if going >= CONCURRENT:
            return Refused(
                "ConcurrentPipelineExecutionsLimitExceededException",
                f"{going} executions are in progress, and AWS allows {CONCURRENT} at a time in {state.pipeline.mode} "
                "mode.",
                "Wait until one has ended, or stop one.",
            )
    return None


def _finish(state: State, command: c.FinishAction) -> Refused | None:
    refused = not_running(state, command.execution, command.stage, command.action)
    if refused:
        return refused
    if state.pipeline[command.stage][command.action].is_approval:
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
    return None


def _time_out(state: State, command: c.TimeOut) -> Refused | None:
    return not_running(state, command.execution, command.stage, command.action)


def _approve(state: State, command: c.PutApprovalResult) -> Refused | None:
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


def _retry(state: State, command: c.RetryStage) -> Refused | None:
    number, stage = command.execution, command.stage
    if refused := no_stage(state, stage) or no_execution(state, number):
        return refused
    if command.mode not in (c.FAILED_ACTIONS, c.ALL_ACTIONS):
        return Refused(
            "ValidationException",
            f"{command.mode!r} is no way to retry.",
            f"Use {c.FAILED_ACTIONS} or {c.ALL_ACTIONS}.",
        )
    index = state.pipeline.position[stage]
    entered = state.stages[index].entered
    if entered == 0:
        return _not_retryable(f"No execution has entered {stage} yet.", "Release a change.")
    if entered != number:
        newest = f"Execution {entered} is the last that entered {stage}"
        if (
            entered > number
        ):  # user guide: "A failure" unlocks; the next one to enter ends the chance to retry
            return Refused(
                "NotLatestPipelineExecutionException",
                f"{newest}, so execution {number} cannot be retried there any more.",
                "Release the change again.",
            )
        return _not_retryable(
            f"{newest}; execution {number} never did.",
            "Only what entered can be retried.",
        )
    x = state.execution(number)
    if x is None or x.stage != index or not x.actions:
        return _not_retryable(f"Execution {number} succeeded in {stage}.", "There is nothing to retry.")
    return _not_retryable_inside(x, stage, command.mode)


def _not_retryable_inside(x: Execution, stage: str, mode: str) -> Refused | None:
    """The last visitor of a stage: is there anything to run again? (user guide: stage-retry)"""
    broken = any(status in ("Failed", "Abandoned") for status in x.actions)
    if x.status == STOPPING:
        return _not_retryable(f"Execution {x.number} is stopping.", "Wait until it has stopped.")
    if mode == c.ALL_ACTIONS:
        if x.status in (FAILED, STOPPED):
            return None
        return _not_retryable(f"Actions of {stage} are still in progress.", "Wait until they have ended.")
    if broken:
        return None
    if x.status == STOPPED:
        return _not_retryable(
            f"No action of {stage} failed before it stopped.",
            "Retry all its actions instead.",
        )
    return _not_retryable(f"No action of {stage} has failed.", "There is nothing to retry.")


def _not_retryable(reason: str, instead: str) -> Refused:
    return Refused("StageNotRetryableException", reason, instead)


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
    c.StartExecution: _start,
    c.FinishAction: _finish,
    c.TimeOut: _time_out,
    c.PutApprovalResult: _approve,
    c.EnableTransition: _enable,
    c.DisableTransition: _disable,
    c.RetryStage: _retry,
    c.StopExecution: _stop,
    c.DeletePipeline: _delete,
}

__all__ = ["CONCURRENT", "REASON", "Refused", "deleted", "no_action", "no_stage", "refusal"]
