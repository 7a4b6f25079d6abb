"""What AWS's lists tell of how an action ended, as the command that ends it here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cp_teach.engine.model import commands as c


def ending(
    number: int, stage: str, action: str, status: str, *, approval: bool, result: Mapping[str, Any]
) -> c.Command:
    """The command for an action that has Succeeded, Failed or was Abandoned for execution ``number``.

    ``result`` is AWS's executionResult (list-action-executions), empty where there was none. Who abandons an action
    stops its execution. A failure type that the engine does not know counts as JobFailed.
    """
    said = str(result.get("externalExecutionSummary") or "")
    error = result.get("errorDetails") or {}
    target = (number, stage, action)
    if status == "Abandoned":
        return c.StopExecution(number, True)
    if approval:
        return c.PutApprovalResult(
            *target, "Approved" if status == "Succeeded" else "Rejected", said[:512] or "-"
        )
    failure = ""
    if status == "Failed":
        code = error.get("code", "JobFailed")
        failure = code if code in c.FAILURE_TYPES else "JobFailed"
        said = str(error.get("message") or said)
    return c.FinishAction(*target, failure, said, str(result.get("externalExecutionId") or ""))
