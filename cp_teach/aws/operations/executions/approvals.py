"""PutApprovalResult: a token is valid for one answer, and only while the pipeline's definition is unchanged."""

from __future__ import annotations

from cp_teach.aws.backend.region_backend import RegionBackend
from cp_teach.aws.iam.principal import Principal
from cp_teach.aws.protocol.errors import AwsError
from cp_teach.aws.protocol.json_protocol import Json
from cp_teach.engine import PutApprovalResult
from cp_teach.engine.model.state import IN_PROGRESS


def put_approval_result(region: RegionBackend, caller: Principal, request: Json) -> Json:
    """Approve or reject a manual approval."""
    hosted = region.pipeline(request["pipelineName"])
    stage, action, token = request["stageName"], request["actionName"], request["token"]
    row = hosted.approval_of(token, stage, action)
    if row is None:
        hosted.action(stage, action)
        raise _invalid(
            f"The token '{token}' is not valid for the approval action '{action}' in stage '{stage}'."
        )
    if hosted.metadata.answered(row) is not None:
        raise AwsError(
            "ApprovalAlreadyCompletedException",
            f"The approval action '{action}' in stage '{stage}' has already been answered.",
        )
    if hosted.metadata.executions[row.execution].version != hosted.version and hosted.pipeline.locks_stages:
        raise _invalid(  # the text as recorded
            f"The pipeline {hosted.name} has been updated, and the approval request you responded to is now out of "
            "date."
        )
    if row.status != IN_PROGRESS:
        raise _invalid(
            f"The token '{token}' has expired: the approval action '{action}' no longer waits for an answer."
        )
    result = request["result"]
    region.execute(
        hosted,
        PutApprovalResult(row.execution, stage, action, result["status"], result["summary"]),
        by=caller.arn,
    )
    answered = hosted.metadata.answered(row)
    assert answered is not None
    return {"approvedAt": hosted.epoch(answered.at)}


def _invalid(message: str) -> AwsError:
    return AwsError("InvalidApprovalTokenException", message)
