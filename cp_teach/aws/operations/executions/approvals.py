"""PutApprovalResult: a token is valid for one answer, and only while the pipeline's definition is unchanged."""

from __future__ import annotations

from cp_teach.aws.backend.region_backend import RegionBackend
from cp_teach.aws.iam.principal import Principal
from cp_teach.aws.protocol.errors import AwsError
from cp_teach.aws.protocol.json_protocol import Json
from cp_teach.engine import PutApprovalResult
from cp_teach.engine.history.records import action_of
from cp_teach.engine.model.state import IN_PROGRESS


def put_approval_result(region: RegionBackend, caller: Principal, request: Json) -> Json:
    """Approve or reject a manual approval."""
    hosted = region.pipeline(request["pipelineName"])
    stage, action, token = request["stageName"], request["actionName"], request["token"]
    row = hosted.approval_of(token, stage, action)
    if row is None:
        hosted.action(stage, action)
        raise _out_of_date(hosted.name)
    if hosted.metadata.answered(row) is not None:
        raise AwsError(
            "ApprovalAlreadyCompletedException",
            "The approval request that you responded to is already complete or has expired. Review the latest "
            "revisions in the pipeline, and then try again.",
        )
    edited = hosted.metadata.executions[row.execution].version != hosted.version
    if row.status != IN_PROGRESS or (edited and hosted.pipeline.locks_stages):
        raise _out_of_date(hosted.name)
    result = request["result"]
    settings = action_of(hosted.run.history.executions, row).settings
    required = settings.get("IsSummaryRequired", "").lower() == "true"
    if not result["summary"] and not required:
        result = {**result, "summary": f"{result['status']} by {caller.arn}"}
    region.execute(
        hosted,
        PutApprovalResult(row.execution, stage, action, result["status"], result["summary"]),
        by=caller.arn,
    )
    answered = hosted.metadata.answered(row)
    assert answered is not None
    return {"approvedAt": hosted.epoch(answered.at)}


def _out_of_date(pipeline: str) -> AwsError:
    """The error for a token that is not valid, or no longer (the text is the same for all, as recorded)."""
    return AwsError(
        "InvalidApprovalTokenException",
        f"The pipeline {pipeline} has been updated, and the approval request you responded to is now out of date.",
    )
