"""The job-worker protocol: PollForJobs, AcknowledgeJob, GetJobDetails, and the two results."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from cp_teach.aws.account.artifact_buckets import bucket_of, store_of
from cp_teach.aws.backend.artifact_locations import key_of, reserved
from cp_teach.aws.backend.hosted_pipeline import Hosted
from cp_teach.aws.backend.job_records import Job
from cp_teach.aws.backend.region_backend import Region
from cp_teach.aws.iam.principal import Caller
from cp_teach.aws.protocol.errors import AwsError, validation
from cp_teach.aws.serializers import action as answers
from cp_teach.engine import FinishAction
from cp_teach.engine.history.records import ActionRow, Artifact, action_of
from cp_teach.engine.model.commands import Revision
from cp_teach.engine.queries.variable_resolution import Unresolved, resolve
from cp_teach.pipeline import ActionType

MAX_VARIABLES = 122_880
"""Maximum bytes of the output variables of an action (user guide: limits)."""


def poll_for_jobs(region: Region, caller: Caller, request: dict[str, Any]) -> dict[str, Any]:
    """Return jobs for a custom action type."""
    kind = request["actionTypeId"]
    declared = region.custom.get((kind["category"], kind["provider"], kind["version"]))
    if kind["owner"] != "Custom" or declared is None or declared.get("deleted"):
        raise type_not_found(kind)
    dispatched = region.jobs.dispatch(
        ActionType(**kind), request.get("maxBatchSize", 1), region.now, request.get("queryParam", {})
    )
    for job in dispatched:
        region.save_job(job)
    return {
        "jobs": [
            {"id": job.id, "data": data(region, job), "nonce": job.nonce, "accountId": region.account}
            for job in dispatched
        ]
    }


def type_not_found(kind: dict[str, str]) -> AwsError:
    """The error for an unknown action type."""
    parts = ", ".join(
        f"{key}: '{kind[key]}'" for key in ("category", "owner", "provider", "version") if key in kind
    )
    return AwsError("ActionTypeNotFoundException", f"The action type ({parts}) cannot be found")


def acknowledge_job(region: Region, caller: Caller, request: dict[str, Any]) -> dict[str, Any]:
    """Acknowledge a job. The worker can start if the status is InProgress."""
    return acknowledge(region, region.jobs.find(request["jobId"]), request)


def get_job_details(region: Region, caller: Caller, request: dict[str, Any]) -> dict[str, Any]:
    """Describe a job. Only this operation returns unmasked secrets."""
    job = region.jobs.find(request["jobId"])
    return {"jobDetails": {"id": job.id, "data": data(region, job), "accountId": region.account}}


def put_job_success_result(region: Region, caller: Caller, request: dict[str, Any]) -> dict[str, Any]:
    """Record the success of a job, or of a part of it if the request has a continuation token."""
    succeed(region, region.jobs.find(request["jobId"]), request)
    return {}


def put_job_failure_result(region: Region, caller: Caller, request: dict[str, Any]) -> dict[str, Any]:
    """Record the failure of a job."""
    fail(region, region.jobs.find(request["jobId"]), request)
    return {}


# -- shared with third-party jobs -----------------------------------------------------------------
def acknowledge(region: Region, job: Job, request: dict[str, Any]) -> dict[str, Any]:
    """Acknowledge a job, and return the response."""
    status = region.jobs.acknowledge(job, request["nonce"])
    region.save_job(job)
    return {"status": status}


def succeed(region: Region, job: Job, request: dict[str, Any]) -> None:
    """Record a success, and finish the action. Raises ``AwsError`` with a recorded text if the result is invalid."""
    token, variables = request.get("continuationToken"), request.get("outputVariables", {})
    if token and variables:
        raise validation("A job can not contain both a continuation token and output variables.")
    if sum(len(key.encode()) + len(value.encode()) for key, value in variables.items()) > MAX_VARIABLES:
        raise AwsError(
            "OutputVariablesSizeExceededException",
            f"The output variables of an action can have {MAX_VARIABLES} bytes in total.",
        )
    result = {key: value for key, value in request.items() if key not in ("jobId", "clientToken")}
    if not region.jobs.end(job, "Succeeded", result):
        return
    job.details = {**job.details, **request.get("executionDetails", {})}
    region.save_job(job)
    running = _running(region, job)
    if running is None:
        return  # a late result changes nothing (as recorded)
    hosted, row = running
    if token:
        region.save_job(region.jobs.go_on(job, token))
        region.settle(hosted)
        return
    function = job.type[:3] == ("Invoke", "AWS", "Lambda")
    action = action_of(hosted.run.history.executions, row)
    for artifact in reserved(row, action):  # save what the worker has uploaded, too
        bucket, key = bucket_of(hosted.pipeline, action.region or region.name), key_of(hosted, artifact)
        if uploaded := region.world.read(bucket, key):
            region.store.artifact(region.account, region.name, bucket, key, uploaded)
    # As recorded: a function's summary is not shown, and its name is always the external ID.
    summary = "" if function else job.details.get("summary", "")
    external = (
        action.settings.get("FunctionName", "") if function else job.details.get("externalExecutionId", "")
    )
    region.do(
        hosted,
        FinishAction(row.execution, row.stage, row.action, "", summary, external, tuple(variables.items())),
        by=f"job/{job.id}",
    )


def fail(region: Region, job: Job, request: dict[str, Any]) -> None:
    """Record a failure, and finish the action. The failure's type becomes the error code, its message the summary."""
    failure = request["failureDetails"]
    if not region.jobs.end(job, "Failed", failure):
        return
    region.save_job(job)
    running = _running(region, job)
    if running is None:
        return
    hosted, row = running
    action = action_of(hosted.run.history.executions, row)
    function = job.type[:3] == ("Invoke", "AWS", "Lambda")
    external = action.settings.get("FunctionName", "") if function else failure.get("externalExecutionId", "")
    region.do(
        hosted,
        FinishAction(row.execution, row.stage, row.action, failure["type"], failure["message"], external),
        by=f"job/{job.id}",
    )


def hosted_of(region: Region, job: Job) -> Hosted | None:
    """The pipeline of a job; None if it was deleted."""
    hosted = region.hosted.get(job.pipeline)
    return hosted if hosted is not None and hosted.run.id == job.run else None


def _running(region: Region, job: Job) -> tuple[Hosted, ActionRow] | None:
    hosted = hosted_of(region, job)
    if hosted is None:
        return None
    row = hosted.run.history.running.get((job.execution, job.stage, job.action))
    return None if row is None or row.position != job.position else (hosted, row)


def row_of(hosted: Hosted, job: Job) -> ActionRow:
    """The action execution of a job."""
    rows = hosted.run.history.actions
    indexes = hosted.ledger.executions[job.execution].actions
    return next(
        rows[i]
        for i in indexes
        if (rows[i].position, rows[i].stage, rows[i].action) == (job.position, job.stage, job.action)
    )


def data(region: Region, job: Job, *, partner: bool = False) -> dict[str, Any]:
    """Model: JobData, and ThirdPartyJobData with ``partner``."""
    kind = dict(zip(("category", "owner", "provider", "version"), job.type, strict=True))
    hosted = hosted_of(region, job)
    if hosted is None:
        return {"actionTypeId": kind, "continuationToken": job.continuation or None}
    row = row_of(hosted, job)
    action = action_of(hosted.run.history.executions, row)
    place = action.region or region.name
    store = store_of(hosted.pipeline, place)
    key = store.encryption_key if store is not None else None
    try:
        configuration = resolve(hosted.run.history, row, hosted.run.id)
    except Unresolved:
        configuration = action.settings
    return {
        "actionTypeId": answers.kind(action.type),
        "actionConfiguration": {"configuration": configuration},
        "pipelineContext": {
            "pipelineName": hosted.name,
            "stage": {"name": row.stage},
            "action": {"name": row.action, "actionExecutionId": hosted.ledger.id_of(row)},
            "pipelineArn": None if partner else hosted.arn,
            "pipelineExecutionId": None if partner else hosted.id_of(row.execution),
        },
        "inputArtifacts": [_artifact(hosted, place, each, each.sources) for each in row.inputs],
        "outputArtifacts": [_artifact(hosted, place, each, ()) for each in reserved(row, action)],
        "artifactCredentials": region.world.session_credentials(hosted.pipeline.role_arn, job.id),
        "continuationToken": job.continuation or None,
        "encryptionKey": {"id": key.id, "type": key.type} if key is not None else None,
    }


def _artifact(hosted: Hosted, region: str, artifact: Artifact, sources: Sequence[Revision]) -> dict[str, Any]:
    return {
        "name": artifact.name,
        "revision": sources[0].id if sources else None,
        "location": {
            "type": "S3",
            "s3Location": {
                "bucketName": bucket_of(hosted.pipeline, region),
                "objectKey": key_of(hosted, artifact),
            },
        },
    }


def event(region: Region, job: Job) -> dict[str, Any]:
    """The event of a Lambda function. As recorded, it has no action type and no context, and times in milliseconds."""
    job_data = data(region, job)
    credentials = {
        **job_data.get("artifactCredentials", {}),
        "expirationTime": int((region.now + 900) * 1000),
    }
    body = {
        "actionConfiguration": job_data.get("actionConfiguration", {"configuration": {}}),
        "inputArtifacts": job_data.get("inputArtifacts", []),
        "outputArtifacts": job_data.get("outputArtifacts", []),
        "artifactCredentials": credentials,
    }
    for key in ("continuationToken", "encryptionKey"):
        if job_data.get(key):
            body[key] = job_data[key]
    return {"CodePipeline.job": {"id": job.id, "accountId": region.account, "data": body}}
