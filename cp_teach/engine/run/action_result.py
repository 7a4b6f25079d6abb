"""Translate the status of an action in AWS's list operations into the command that ends the action."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cp_teach.engine.model import commands as c
from cp_teach.pipeline.revision_summary import commit_message


def command_for_result(
    number: int, stage: str, action: str, status: str, *, approval: bool, result: Mapping[str, Any]
) -> c.Command:
    """The command for an action with the status Succeeded, Failed, or Abandoned in execution ``number``.

    ``result`` is AWS's executionResult (list-action-executions), or empty. An abandoned action means that its
    execution was stopped. A failure type that the engine does not know counts as JobFailed.
    """
    summary = str(result.get("externalExecutionSummary") or "")
    error = result.get("errorDetails") or {}
    target = (number, stage, action)
    if status == "Abandoned":
        return c.StopExecution(number, True)
    if approval and error.get("code") not in c.APPROVAL_FAILURES:
        return c.PutApprovalResult(
            *target, "Approved" if status == "Succeeded" else "Rejected", summary[:512] or "-"
        )
    failure = ""
    if status == "Failed":
        code = error.get("code", "JobFailed")
        failure = code if code in c.FAILURE_TYPES else "JobFailed"
        summary = str(error.get("message") or summary)
    return c.FinishAction(
        *target, failure, commit_message(summary), str(result.get("externalExecutionId") or "")
    )
