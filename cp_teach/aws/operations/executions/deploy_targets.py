"""ListDeployActionExecutionTargets: the instances of an EC2 or EKS deploy action."""

from __future__ import annotations

from cp_teach.aws.backend.hosted_pipeline import HostedPipeline
from cp_teach.aws.backend.region_backend import RegionBackend
from cp_teach.aws.iam.principal import Principal
from cp_teach.aws.protocol.errors import AwsError
from cp_teach.aws.protocol.json_protocol import Json
from cp_teach.aws.protocol.pagination import page
from cp_teach.engine.history.records import ActionRow, action_of
from cp_teach.engine.model.ids import derived
from cp_teach.engine.model.state import ABANDONED, FAILED, IN_PROGRESS

STATUS = {IN_PROGRESS: "InProgress", FAILED: "Failed", ABANDONED: "Failed"}
FLEET = 2
"""Number of instances of a simulated deployment."""


def list_deploy_action_execution_targets(region: RegionBackend, caller: Principal, request: Json) -> Json:
    """List the simulated targets of an EC2 or EKS deploy action; other actions have none."""
    identifier = request["actionExecutionId"]
    names = [request["pipelineName"]] if "pipelineName" in request else sorted(region.pipelines)
    for name in names:
        hosted = region.pipeline(name)
        row = hosted.metadata.find(identifier)
        if row is not None:
            break
    else:
        raise AwsError(
            "ActionExecutionNotFoundException",
            f"Account '{region.account}' does not have an action execution with id '{identifier}'",
        )
    targets = _targets(hosted, row)
    for status_filter in request.get("filters", ()):
        targets = [target for target in targets if target["status"] in status_filter.get("values", ())]
    query = ("ListDeployActionExecutionTargets", identifier, request.get("filters"))
    targets, token = page(targets, request.get("nextToken"), request.get("maxResults"), query)
    return {"targets": targets, "nextToken": token}


def _targets(hosted: HostedPipeline, row: ActionRow) -> list[Json]:
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
