"""The protocol of job workers: PollForJobs, AcknowledgeJob, GetJobDetails and the two results."""

from __future__ import annotations

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
from cp_teach.engine.history.records import ActionRow, action_of
from cp_teach.engine.queries.variable_resolution import Unresolved, resolve
from cp_teach.pipeline.model.pipeline import ActionType

VARIABLES = 122_880
"""Bytes of output variables that one action may give (user guide: limits)."""


def poll_for_jobs(region: Region, caller: Caller, request: dict[str, Any]) -> dict[str, Any]:
    """Jobs for a custom action type; an empty list when there is nothing to do."""
    kind = request["actionTypeId"]
    known = region.custom.get((kind["category"], kind["provider"], kind["version"]))
    if kind["owner"] != "Custom" or known is None or known.get("deleted"):
        raise no_type(kind)
    given = region.jobs.dispatch(
        ActionType(**kind), request.get("maxBatchSize", 1), region.now, request.get("queryParam", {})
    )
    return {"jobs": [_given(region, job) for job in given]}


def no_type(kind: dict[str, str]) -> AwsError:
    """The answer where an action type is not known."""
    place = ", ".join(
        f"{key}: '{kind[key]}'" for key in ("category", "owner", "provider", "version") if key in kind
    )
    return AwsError("ActionTypeNotFoundException", f"The action type ({place}) cannot be found")


def _given(region: Region, job: Job) -> dict[str, Any]:
    region.save_job(job)
    return {"id": job.id, "data": data(region, job), "nonce": job.nonce, "accountId": region.account}


def acknowledge_job(region: Region, caller: Caller, request: dict[str, Any]) -> dict[str, Any]:
    """Take a job. InProgress means: go ahead."""
    job = region.jobs.find(request["jobId"])
    status = region.jobs.acknowledge(job, request["nonce"])
    region.save_job(job)
    return {"status": status}


def get_job_details(region: Region, caller: Caller, request: dict[str, Any]) -> dict[str, Any]:
    """All that a worker needs for a job. Secrets are readable here, and nowhere else."""
    job = region.jobs.find(request["jobId"])
    return {"jobDetails": {"id": job.id, "data": data(region, job), "accountId": region.account}}


def put_job_success_result(region: Region, caller: Caller, request: dict[str, Any]) -> dict[str, Any]:
    """A job is done; or, with a continuation token, this part of it."""
    succeed(region, region.jobs.find(request["jobId"]), request)
    return {}


def put_job_failure_result(region: Region, caller: Caller, request: dict[str, Any]) -> dict[str, Any]:
    """A job has failed."""
    fail(region, region.jobs.find(request["jobId"]), request)
    return {}


# -- shared with partners --------------------------------------------------------------------------
def succeed(region: Region, job: Job, request: dict[str, Any]) -> None:
    """Take a success. Raises what the service does (texts as recorded); the job is then as it was."""
    token, variables = request.get("continuationToken"), request.get("outputVariables", {})
    if token and variables:
        raise validation("A job can not contain both a continuation token and output variables.")
    if sum(len(key.encode()) + len(value.encode()) for key, value in variables.items()) > VARIABLES:
        raise AwsError(
            "OutputVariablesSizeExceededException",
            f"The output variables of an action may have {VARIABLES} bytes in all.",
        )
    result = {key: value for key, value in request.items() if key not in ("jobId", "clientToken")}
    if not region.jobs.end(job, "Succeeded", result):
        return
    job.details = {**job.details, **request.get("executionDetails", {})}
    region.save_job(job)
    found = _running(region, job)
    if found is None:
        return  # an answer that comes too late changes nothing (as recorded)
    hosted, row = found
    if token:
        region.save_job(region.jobs.go_on(job, token))
        region.settle(hosted)
        return
    function = job.type[:3] == ("Invoke", "AWS", "Lambda")
    action = action_of(hosted.run.history.executions, row)
    for made in reserved(row, action):  # what the worker has uploaded outlives a restart, as ours does
        bucket, key = bucket_of(hosted.pipeline, action.region or region.name), key_of(hosted, made)
        if uploaded := region.world.read(bucket, key):
            region.store.artifact(region.account, region.name, bucket, key, uploaded)
    # As recorded: a function's own summary is not shown, and its name is the external id whatever it said.
    said = "" if function else job.details.get("summary", "")
    external = (
        action.settings.get("FunctionName", "") if function else job.details.get("externalExecutionId", "")
    )
    region.do(
        hosted,
        FinishAction(row.execution, row.stage, row.action, "", said, external, tuple(variables.items())),
        by=f"job/{job.id}",
    )


def fail(region: Region, job: Job, request: dict[str, Any]) -> None:
    """Take a failure: its type becomes the error's code, its message the summary."""
    told = request["failureDetails"]
    if not region.jobs.end(job, "Failed", told):
        return
    region.save_job(job)
    found = _running(region, job)
    if found is None:
        return
    hosted, row = found
    action = action_of(hosted.run.history.executions, row)
    function = job.type[:3] == ("Invoke", "AWS", "Lambda")
    external = action.settings.get("FunctionName", "") if function else told.get("externalExecutionId", "")
    region.do(
        hosted,
        FinishAction(row.execution, row.stage, row.action, told["type"], told["message"], external),
        by=f"job/{job.id}",
    )


def hosted_of(region: Region, job: Job) -> Hosted | None:
    """The pipeline that the job belongs to; None when it was deleted."""
    hosted = region.hosted.get(job.pipeline)
    return hosted if hosted is not None and hosted.run.id == job.run else None


def _running(region: Region, job: Job) -> tuple[Hosted, ActionRow] | None:
    hosted = hosted_of(region, job)
    if hosted is None:
        return None
    row = hosted.run.history.running.get((job.execution, job.stage, job.action))
    return None if row is None or row.position != job.position else (hosted, row)


def row_of(hosted: Hosted, job: Job) -> ActionRow:
    """The run of an action that the job is for."""
    rows = hosted.run.history.actions
    places = hosted.ledger.executions[job.execution].actions
    return next(
        rows[i]
        for i in places
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
        "inputArtifacts": [_artifact(hosted, place, found, found.sources) for found in row.inputs],
        "outputArtifacts": [_artifact(hosted, place, found, ()) for found in reserved(row, action)],
        "artifactCredentials": region.world.lend(hosted.pipeline.role_arn, job.id),
        "continuationToken": job.continuation or None,
        "encryptionKey": {"id": key.id, "type": key.type} if key is not None else None,
    }


def _artifact(hosted: Hosted, region: str, artifact: Any, sources: Any) -> dict[str, Any]:
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
    """What a Lambda function is called with (as recorded: no action type, no context; an epoch in milliseconds)."""
    told = data(region, job)
    credentials = {**told.get("artifactCredentials", {}), "expirationTime": int((region.now + 900) * 1000)}
    body = {
        "actionConfiguration": told.get("actionConfiguration", {"configuration": {}}),
        "inputArtifacts": told.get("inputArtifacts", []),
        "outputArtifacts": told.get("outputArtifacts", []),
        "artifactCredentials": credentials,
    }
    for key in ("continuationToken", "encryptionKey"):
        if told.get(key):
            body[key] = told[key]
    return {"CodePipeline.job": {"id": job.id, "accountId": region.account, "data": body}}
