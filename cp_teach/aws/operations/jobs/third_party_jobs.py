"""The third-party variants of the job protocol: the same jobs, and a client token besides."""

from __future__ import annotations

from typing import Any

from cp_teach.aws.backend.job_records import Job
from cp_teach.aws.backend.region_backend import Region
from cp_teach.aws.iam.principal import Caller
from cp_teach.aws.operations.jobs import jobs
from cp_teach.aws.protocol.errors import AwsError
from cp_teach.engine.model.ids import uuid
from cp_teach.pipeline.model.pipeline import ActionType


def client_of(region: Region, kind: tuple[str, str, str, str]) -> tuple[str, str]:
    """(clientId, clientToken) of this account at a partner; on AWS both are handed over when the account connects."""
    return uuid(region.account, *kind, "client"), uuid(region.account, *kind, "client token")


def poll_for_third_party_jobs(region: Region, caller: Caller, request: dict[str, Any]) -> dict[str, Any]:
    """Ids of jobs for a partner's action type; details come from GetThirdPartyJobDetails."""
    kind = request["actionTypeId"]
    partner = any(
        provider.owner == "ThirdParty"
        and kind["category"] in provider.categories
        and kind["category"] != "Source"
        for provider in region.book.named(kind["provider"])
    )
    if kind["owner"] != "ThirdParty" or not partner:
        raise jobs.no_type(kind)
    given = region.jobs.dispatch(ActionType(**kind), request.get("maxBatchSize", 1), region.now, {})
    for job in given:
        region.save_job(job)
    return {"jobs": [{"clientId": client_of(region, job.type)[0], "jobId": job.id} for job in given]}


def _job(region: Region, request: dict[str, Any]) -> Job:
    job = region.jobs.find(request["jobId"])
    if request["clientToken"] != client_of(region, job.type)[1]:
        raise AwsError("InvalidClientTokenException", f"The client token is not valid for job '{job.id}'.")
    return job


def acknowledge_third_party_job(region: Region, caller: Caller, request: dict[str, Any]) -> dict[str, Any]:
    """Take a job. InProgress means: go ahead."""
    job = _job(region, request)
    status = region.jobs.acknowledge(job, request["nonce"])
    region.save_job(job)
    return {"status": status}


def get_third_party_job_details(region: Region, caller: Caller, request: dict[str, Any]) -> dict[str, Any]:
    """All that a partner's worker needs for a job."""
    job = _job(region, request)
    if job.type[1] != "ThirdParty":
        raise AwsError("InvalidJobException", f"Job '{job.id}' is not a job of a partner.")
    return {
        "jobDetails": {"id": job.id, "data": jobs.data(region, job, partner=True), "nonce": job.nonce or None}
    }


def put_third_party_job_success_result(
    region: Region, caller: Caller, request: dict[str, Any]
) -> dict[str, Any]:
    """A partner's job is done."""
    jobs.succeed(region, _job(region, request), request)
    return {}


def put_third_party_job_failure_result(
    region: Region, caller: Caller, request: dict[str, Any]
) -> dict[str, Any]:
    """A partner's job has failed."""
    jobs.fail(region, _job(region, request), request)
    return {}
