"""The job-worker protocol: PollForJobs, AcknowledgeJob, GetJobDetails, and the two results."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from cp_teach.aws.account.artifact_buckets import artifact_bucket_of, artifact_store_of
from cp_teach.aws.backend.artifact_locations import key_of, reserved
from cp_teach.aws.backend.hosted_pipeline import HostedPipeline
from cp_teach.aws.backend.job_records import Job
from cp_teach.aws.backend.region_backend import RegionBackend
from cp_teach.aws.iam.principal import Principal
from cp_teach.aws.protocol.errors import AwsError, validation
from cp_teach.aws.serializers import action as answers
from cp_teach.engine import FinishAction
from cp_teach.engine.history.records import ActionRow, Artifact, action_of
from cp_teach.engine.model.commands import Revision
from cp_teach.engine.queries.variable_resolution import Unresolved, resolve
from cp_teach.pipeline import ActionType

MAX_VARIABLES = 122_880
"""Maximum bytes of the output variables of an action (user guide: limits)."""


def poll_for_jobs(region: RegionBackend, caller: Principal, request: dict[str, Any]) -> dict[str, Any]:
    """Return jobs for a custom action type."""
    kind = request["actionTypeId"]
    declared = region.custom_action_types.get((kind["category"], kind["provider"], kind["version"]))
    if kind["owner"] != "Custom" or declared is None or declared.get("deleted"):
        raise type_not_found(kind)
    dispatched = region.jobs.dispatch(
        ActionType(**kind), request.get("maxBatchSize", 1), region.now, request.get("queryParam", {})
    )
    for job in dispatched:
        region.save_job(job)
    return {
        "jobs": [
            {"id": job.id, "data": job_data(region, job), "nonce": job.nonce, "accountId": region.account}
            for job in dispatched
        ]
    }


def type_not_found(kind: dict[str, str]) -> AwsError:
    """The error for an unknown action type."""
    parts = ", ".join(
        f"{key}: '{kind[key]}'" for key in ("category", "owner", "provider", "version") if key in kind
    )
    return AwsError("ActionTypeNotFoundException", f"The action type ({parts}) cannot be found")


def acknowledge_job(region: RegionBackend, caller: Principal, request: dict[str, Any]) -> dict[str, Any]:
    """Acknowledge a job. The worker can start if the status is InProgress."""
    return acknowledge(region, region.jobs.find(request["jobId"]), request)


def get_job_details(region: RegionBackend, caller: Principal, request: dict[str, Any]) -> dict[str, Any]:
    """Describe a job. Only this operation returns unmasked secrets."""
    job = region.jobs.find(request["jobId"])
    return {"jobDetails": {"id": job.id, "data": job_data(region, job), "accountId": region.account}}


def put_job_success_result(
    region: RegionBackend, caller: Principal, request: dict[str, Any]
) -> dict[str, Any]:
    """Record the success of a job, or of a part of it if the request has a continuation token."""
    succeed(region, region.jobs.find(request["jobId"]), request)
    return {}


def put_job_failure_result(
    region: RegionBackend, caller: Principal, request: dict[str, Any]
) -> dict[str, Any]:
    """Record the failure of a job."""
    fail(region, region.jobs.find(request["jobId"]), request)
    return {}


# -- shared with third-party jobs -----------------------------------------------------------------
def acknowledge(region: RegionBackend, job: Job, request: dict[str, Any]) -> dict[str, Any]:
    """Acknowledge a job, and return the response."""
    status = region.jobs.acknowledge(job, request["nonce"])
    region.save_job(job)
    return {"status": status}


def succeed(region: RegionBackend, job: Job, request: dict[str, Any]) -> None:
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
        bucket, key = (
            artifact_bucket_of(hosted.pipeline, action.region or region.name),
            key_of(hosted, artifact),
        )
        if uploaded := region.account_services.read(bucket, key):
            region.store.artifact(region.account, region.name, bucket, key, uploaded)
    # As recorded: a function's summary is not shown, and its name is always the external ID.
    summary = "" if function else job.details.get("summary", "")
    external = (
        action.settings.get("FunctionName", "") if function else job.details.get("externalExecutionId", "")
    )
    region.execute(
        hosted,
        FinishAction(row.execution, row.stage, row.action, "", summary, external, tuple(variables.items())),
        by=f"job/{job.id}",
    )


def fail(region: RegionBackend, job: Job, request: dict[str, Any]) -> None:
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
    region.execute(
        hosted,
        FinishAction(row.execution, row.stage, row.action, failure["type"], failure["message"], external),
        by=f"job/{job.id}",
    )


def pipeline_of_job(region: RegionBackend, job: Job) -> HostedPipeline | None:
    """The pipeline of a job; None if it was deleted."""
    hosted = region.pipelines.get(job.pipeline)
    return hosted if hosted is not None and hosted.run.id == job.run else None


def _running(region: RegionBackend, job: Job) -> tuple[HostedPipeline, ActionRow] | None:
    hosted = pipeline_of_job(region, job)
    if hosted is None:
        return None
    row = hosted.run.history.running.get((job.execution, job.stage, job.action))
    return None if row is None or row.position != job.position else (hosted, row)


def action_execution_of_job(hosted: HostedPipeline, job: Job) -> ActionRow:
    """The action execution of a job."""
    rows = hosted.run.history.actions
    indexes = hosted.metadata.executions[job.execution].actions
    return next(
        rows[i]
        for i in indexes
        if (rows[i].position, rows[i].stage, rows[i].action) == (job.position, job.stage, job.action)
    )


def job_data(region: RegionBackend, job: Job, *, partner: bool = False) -> dict[str, Any]:
    """Model: JobData, and ThirdPartyJobData with ``partner``."""
    kind = dict(zip(("category", "owner", "provider", "version"), job.type, strict=True))
    hosted = pipeline_of_job(region, job)
    if hosted is None:
        return {"actionTypeId": kind, "continuationToken": job.continuation or None}
    row = action_execution_of_job(hosted, job)
    action = action_of(hosted.run.history.executions, row)
    place = action.region or region.name
    store = artifact_store_of(hosted.pipeline, place)
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
            "action": {"name": row.action, "actionExecutionId": hosted.metadata.id_of(row)},
            "pipelineArn": None if partner else hosted.arn,
            "pipelineExecutionId": None if partner else hosted.id_of(row.execution),
        },
        "inputArtifacts": [_artifact(hosted, place, each, each.sources) for each in row.inputs],
        "outputArtifacts": [_artifact(hosted, place, each, ()) for each in reserved(row, action)],
        "artifactCredentials": region.account_services.session_credentials(hosted.pipeline.role_arn, job.id),
        "continuationToken": job.continuation or None,
        "encryptionKey": {"id": key.id, "type": key.type} if key is not None else None,
    }


def _artifact(
    hosted: HostedPipeline, region: str, artifact: Artifact, sources: Sequence[Revision]
) -> dict[str, Any]:
    return {
        "name": artifact.name,
        "revision": sources[0].id if sources else None,
        "location": {
            "type": "S3",
            "s3Location": {
                "bucketName": artifact_bucket_of(hosted.pipeline, region),
                "objectKey": key_of(hosted, artifact),
            },
        },
    }


def lambda_event(region: RegionBackend, job: Job) -> dict[str, Any]:
    """The event of a Lambda function. As recorded, it has no action type and no context, and times in milliseconds."""
    record = job_data(region, job)
    credentials = {
        **record.get("artifactCredentials", {}),
        "expirationTime": int((region.now + 900) * 1000),
    }
    body = {
        "actionConfiguration": record.get("actionConfiguration", {"configuration": {}}),
        "inputArtifacts": record.get("inputArtifacts", []),
        "outputArtifacts": record.get("outputArtifacts", []),
        "artifactCredentials": credentials,
    }
    for key in ("continuationToken", "encryptionKey"):
        if record.get(key):
            body[key] = record[key]
    return {"CodePipeline.job": {"id": job.id, "accountId": region.account, "data": body}}
