"""ListDeployActionExecutionTargets: the instances that an EC2 or EKS deploy action has reached."""

from __future__ import annotations

from typing import Any

from cp_teach.aws.backend.hosted_pipeline import Hosted
from cp_teach.aws.backend.region_backend import Region
from cp_teach.aws.iam.principal import Caller
from cp_teach.aws.protocol.errors import AwsError
from cp_teach.aws.protocol.pagination import page
from cp_teach.engine.history.records import ActionRow, action_of
from cp_teach.engine.model.ids import derived
from cp_teach.engine.model.state import ABANDONED, FAILED, IN_PROGRESS

STATUS = {IN_PROGRESS: "InProgress", FAILED: "Failed", ABANDONED: "Failed"}
FLEET = 2
"""How many instances a simulated deployment reaches."""


def list_deploy_action_execution_targets(
    region: Region, caller: Caller, request: dict[str, Any]
) -> dict[str, Any]:
    """The simulated targets of a deploy action of EC2 or EKS; other actions have none."""
    identifier = request["actionExecutionId"]
    names = [request["pipelineName"]] if "pipelineName" in request else sorted(region.hosted)
    for name in names:
        hosted = region.pipeline(name)
        row = hosted.ledger.find(identifier)
        if row is not None:
            break
    else:
        raise AwsError(
            "ActionExecutionNotFoundException", f"There is no action execution with id '{identifier}'"
        )
    found = _targets(hosted, row)
    for chosen in request.get("filters", ()):
        found = [target for target in found if target["status"] in chosen.get("values", ())]
    question = ("ListDeployActionExecutionTargets", identifier, request.get("filters"))
    targets, token = page(found, request.get("nextToken"), request.get("maxResults"), question)
    return {"targets": targets, "nextToken": token}


def _targets(hosted: Hosted, row: ActionRow) -> list[dict[str, Any]]:
    action = action_of(hosted.run.history.executions, row)
    if action.category != "Deploy" or action.provider not in ("EC2", "EKS"):
        return []
    kind = action.settings.get("InstanceType", "EC2") if action.provider == "EC2" else "EKS"
    status = STATUS.get(row.status, "Succeeded")
    start, end = hosted.epoch(row.started), None if row.ended is None else hosted.epoch(row.ended)
    return [
        {
            "targetId": "i-" + derived(f"{hosted.arn}/{action.name}/{number}", 0, 0, "instance", 17).lower(),
            "targetType": kind,
            "status": status,
            "startTime": start,
            "endTime": end,
            "events": [{"name": "Deploy", "status": status, "startTime": start, "endTime": end}],
        }
        for number in range(FLEET)
    ]
