"""The job-worker protocol, for custom actions and for third-party actions: poll, acknowledge, details, and results."""

from __future__ import annotations

from collections.abc import Sequence

from cp_teach.aws.account.artifact_buckets import artifact_bucket_of, artifact_store_of
from cp_teach.aws.backend.artifact_locations import key_of, reserved
from cp_teach.aws.backend.hosted_pipeline import HostedPipeline
from cp_teach.aws.backend.job_records import Job
from cp_teach.aws.backend.region_backend import RegionBackend
from cp_teach.aws.iam.principal import Principal
from cp_teach.aws.protocol.errors import AwsError, validation
from cp_teach.aws.protocol.json_protocol import Json
from cp_teach.engine import FinishAction
from cp_teach.engine.history.records import ActionRow, Artifact, action_of
from cp_teach.engine.model.commands import Revision
from cp_teach.engine.model.ids import uuid
from cp_teach.engine.queries.variable_resolution import Unresolved, resolve
from cp_teach.pipeline import ActionType

MAX_VARIABLES = 122_880
"""Maximum bytes of the output variables of an action (user guide: limits)."""


def poll_for_jobs(region: RegionBackend, caller: Principal, request: Json) -> Json:
    """Return jobs for a custom action type."""
    if not region.has_custom_type(ActionType(**request["actionTypeId"])):
        raise type_not_found(request["actionTypeId"])
    return {
        "jobs": [
            {"id": job.id, "data": job_data(region, job), "nonce": job.nonce, "accountId": region.account}
            for job in _dispatched(region, request)
        ]
    }


def poll_for_third_party_jobs(region: RegionBackend, caller: Principal, request: Json) -> Json:
    """Return IDs of jobs for a third-party action type; GetThirdPartyJobDetails describes them."""
    kind = request["actionTypeId"]
    partner = kind["category"] != "Source" and any(
        provider.owner == "ThirdParty" and kind["category"] in provider.categories
        for provider in region.catalog.find_by_name(kind["provider"])
    )
    if kind["owner"] != "ThirdParty" or not partner:
        raise type_not_found(kind)
    return {
        "jobs": [
            {"clientId": client_credentials(region, job.type)[0], "jobId": job.id}
            for job in _dispatched(region, request)
        ]
    }


def _dispatched(region: RegionBackend, request: Json) -> list[Job]:
    kind, limit = ActionType(**request["actionTypeId"]), request.get("maxBatchSize", 1)
    dispatched = region.jobs.dispatch(kind, limit, region.now, request.get("queryParam", {}))
    for job in dispatched:
        region.save_job(job)
    return dispatched


def client_credentials(region: RegionBackend, kind: tuple[str, str, str, str]) -> tuple[str, str]:
    """(clientId, clientToken) of this account at a partner. On AWS, the partner gets both when the account connects."""
    return uuid(region.account, *kind, "client"), uuid(region.account, *kind, "client token")


def type_not_found(kind: dict[str, str]) -> AwsError:
    """The error for an unknown action type."""
    parts = ", ".join(f"{key}: '{kind[key]}'" for key in ("category", "owner", "provider", "version"))
    return AwsError("ActionTypeNotFoundException", f"The action type ({parts}) cannot be found")


def _job(region: RegionBackend, request: Json) -> Job:
    """The job of a request. A client token, which only requests about third-party jobs have (model), must be the
    partner's."""
    job = region.jobs.find(request["jobId"])
    if "clientToken" in request and request["clientToken"] != client_credentials(region, job.type)[1]:
        raise AwsError("InvalidClientTokenException", f"The client token is not valid for job '{job.id}'.")
    return job


def acknowledge_job(region: RegionBackend, caller: Principal, request: Json) -> Json:
    """Acknowledge a job. The worker can start if the status is InProgress."""
    job = _job(region, request)
    status = region.jobs.acknowledge(job, request["nonce"])
    region.save_job(job)
    return {"status": status}


def get_job_details(region: RegionBackend, caller: Principal, request: Json) -> Json:
    """Describe a job. Only this operation returns unmasked secrets."""
    job = _job(region, request)
    return {"jobDetails": {"id": job.id, "data": job_data(region, job), "accountId": region.account}}


def get_third_party_job_details(region: RegionBackend, caller: Principal, request: Json) -> Json:
    """Describe a third-party job."""
    job = _job(region, request)
    if job.type[1] != "ThirdParty":
        raise AwsError("InvalidJobException", f"Job '{job.id}' is not a third-party job.")
    data = job_data(region, job, partner=True)
    return {"jobDetails": {"id": job.id, "data": data, "nonce": job.nonce or None}}


def put_job_success_result(region: RegionBackend, caller: Principal, request: Json) -> Json:
    """Record the success of a job, and finish the action unless the request has a continuation token.

    Raises ``AwsError`` with a recorded text if the result is invalid.
    """
    job = _job(region, request)
    token, variables = request.get("continuationToken"), request.get("outputVariables", {})
    if token and variables:
        raise validation("A job can not contain both a continuation token and output variables.")
    if sum(len(key.encode()) + len(value.encode()) for key, value in variables.items()) > MAX_VARIABLES:
        raise AwsError(
            "OutputVariablesSizeExceededException",
            f"The output variables of an action can have {MAX_VARIABLES} bytes in total.",
        )
    result = {key: value for key, value in request.items() if key not in ("jobId", "clientToken")}
    running = _end(region, job, "Succeeded", result, request.get("executionDetails", {}))
    if running is None:
        return {}
    hosted, row = running
    if token:
        region.save_job(region.jobs.go_on(job, token))
        region.settle(hosted)
        return {}
    action = action_of(hosted.run.history.executions, row)
    place = action.region or region.name
    for artifact in reserved(hosted, row, action):  # save what the worker has uploaded, too
        bucket, key = artifact_bucket_of(hosted.pipeline, place), key_of(hosted, artifact)
        if uploaded := region.account_services.read(bucket, key):
            region.store.artifact(region.account, region.name, bucket, key, uploaded)
    # As recorded: a function's summary is not shown.
    summary = "" if _is_function(job) else job.details.get("summary", "")
    _finish(region, job, running, "", summary, job.details, tuple(variables.items()))
    return {}


def put_job_failure_result(region: RegionBackend, caller: Principal, request: Json) -> Json:
    """Record the failure of a job, and finish the action. The failure's type becomes the error code, its message the
    summary."""
    job, failure = _job(region, request), request["failureDetails"]
    if running := _end(region, job, "Failed", failure):
        _finish(region, job, running, failure["type"], failure["message"], failure)
    return {}


def _end(
    region: RegionBackend, job: Job, status: str, result: Json, details: Json | None = None
) -> tuple[HostedPipeline, ActionRow] | None:
    """Record a result. None if it is repeated, or too late for the action: then it changes nothing (as recorded)."""
    if not region.jobs.end(job, status, result):
        return None
    job.details = {**job.details, **(details or {})}
    region.save_job(job)
    hosted = pipeline_of_job(region, job)
    row = None if hosted is None else hosted.run.history.running.get((job.execution, job.stage, job.action))
    return None if hosted is None or row is None or row.position != job.position else (hosted, row)


def _finish(
    region: RegionBackend,
    job: Job,
    running: tuple[HostedPipeline, ActionRow],
    failure: str,
    summary: str,
    details: Json,
    variables: tuple[tuple[str, str], ...] = (),
) -> None:
    hosted, row = running
    external = details.get("externalExecutionId", "")
    if _is_function(job):  # as recorded: its name is always the external ID
        external = action_of(hosted.run.history.executions, row).settings.get("FunctionName", "")
    command = FinishAction(row.execution, row.stage, row.action, failure, summary, external, variables)
    region.execute(hosted, command, by=f"job/{job.id}")


def _is_function(job: Job) -> bool:
    return job.type[:3] == ("Invoke", "AWS", "Lambda")


def pipeline_of_job(region: RegionBackend, job: Job) -> HostedPipeline | None:
    """The pipeline of a job; None if it was deleted."""
    hosted = region.pipelines.get(job.pipeline)
    return hosted if hosted is not None and hosted.run.id == job.run else None


def action_execution_of_job(hosted: HostedPipeline, job: Job) -> ActionRow:
    """The action execution of a job."""
    rows = hosted.run.history.actions
    indexes = hosted.metadata.executions[job.execution].actions
    return next(
        rows[i]
        for i in indexes
        if (rows[i].position, rows[i].stage, rows[i].action) == (job.position, job.stage, job.action)
    )


def job_data(region: RegionBackend, job: Job, *, partner: bool = False) -> Json:
    """Model: JobData, and ThirdPartyJobData with ``partner``."""
    hosted = pipeline_of_job(region, job)
    if hosted is None:
        return {
            "actionTypeId": dict(vars(ActionType(*job.type))),
            "continuationToken": job.continuation or None,
        }
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
        "actionTypeId": dict(vars(action.type)),
        "actionConfiguration": {"configuration": configuration},
        "pipelineContext": {
            "pipelineName": hosted.name,
            "stage": {"name": row.stage},
            "action": {"name": row.action, "actionExecutionId": hosted.metadata.id_of(row)},
            "pipelineArn": None if partner else hosted.arn,
            "pipelineExecutionId": None if partner else hosted.id_of(row.execution),
        },
        "inputArtifacts": [_artifact(hosted, place, each, each.sources) for each in row.inputs],
        "outputArtifacts": [_artifact(hosted, place, each, ()) for each in reserved(hosted, row, action)],
        "artifactCredentials": region.account_services.session_credentials(hosted.pipeline.role_arn, job.id),
        "continuationToken": job.continuation or None,
        "encryptionKey": {"id": key.id, "type": key.type} if key is not None else None,
    }


def _artifact(hosted: HostedPipeline, region: str, artifact: Artifact, sources: Sequence[Revision]) -> Json:
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


def lambda_event(region: RegionBackend, job: Job) -> Json:
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
