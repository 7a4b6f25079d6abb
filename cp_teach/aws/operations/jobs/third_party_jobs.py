"""The job-worker protocol for third-party actions: the same jobs, plus a client token."""

from __future__ import annotations

from typing import Any

from cp_teach.aws.backend.job_records import Job
from cp_teach.aws.backend.region_backend import RegionBackend
from cp_teach.aws.iam.principal import Principal
from cp_teach.aws.operations.jobs import jobs
from cp_teach.aws.protocol.errors import AwsError
from cp_teach.engine.model.ids import uuid
from cp_teach.pipeline import ActionType


def client_credentials(region: RegionBackend, kind: tuple[str, str, str, str]) -> tuple[str, str]:
    """(clientId, clientToken) of this account at a partner. On AWS, the partner gets both when the account connects."""
    return uuid(region.account, *kind, "client"), uuid(region.account, *kind, "client token")


def poll_for_third_party_jobs(
    region: RegionBackend, caller: Principal, request: dict[str, Any]
) -> dict[str, Any]:
    """Return IDs of jobs for a third-party action type; GetThirdPartyJobDetails describes them."""
    kind = request["actionTypeId"]
    partner = any(
        provider.owner == "ThirdParty"
        and kind["category"] in provider.categories
        and kind["category"] != "Source"
        for provider in region.catalog.find_by_name(kind["provider"])
    )
    if kind["owner"] != "ThirdParty" or not partner:
        raise jobs.type_not_found(kind)
    dispatched = region.jobs.dispatch(ActionType(**kind), request.get("maxBatchSize", 1), region.now, {})
    for job in dispatched:
        region.save_job(job)
    return {
        "jobs": [{"clientId": client_credentials(region, job.type)[0], "jobId": job.id} for job in dispatched]
    }


def _job(region: RegionBackend, request: dict[str, Any]) -> Job:
    job = region.jobs.find(request["jobId"])
    if request["clientToken"] != client_credentials(region, job.type)[1]:
        raise AwsError("InvalidClientTokenException", f"The client token is not valid for job '{job.id}'.")
    return job


def acknowledge_third_party_job(
    region: RegionBackend, caller: Principal, request: dict[str, Any]
) -> dict[str, Any]:
    """Acknowledge a job. The worker can start if the status is InProgress."""
    return jobs.acknowledge(region, _job(region, request), request)


def get_third_party_job_details(
    region: RegionBackend, caller: Principal, request: dict[str, Any]
) -> dict[str, Any]:
    """Describe a job."""
    job = _job(region, request)
    if job.type[1] != "ThirdParty":
        raise AwsError("InvalidJobException", f"Job '{job.id}' is not a third-party job.")
    return {
        "jobDetails": {
            "id": job.id,
            "data": jobs.job_data(region, job, partner=True),
            "nonce": job.nonce or None,
        }
    }


def put_third_party_job_success_result(
    region: RegionBackend, caller: Principal, request: dict[str, Any]
) -> dict[str, Any]:
    """Record the success of a job."""
    jobs.succeed(region, _job(region, request), request)
    return {}


def put_third_party_job_failure_result(
    region: RegionBackend, caller: Principal, request: dict[str, Any]
) -> dict[str, Any]:
    """Record the failure of a job."""
    jobs.fail(region, _job(region, request), request)
    return {}
