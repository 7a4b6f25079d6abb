"""PutActionRevision: report a new revision of a source action."""

from __future__ import annotations

from typing import Any

from cp_teach.aws.backend.region_backend import RegionBackend
from cp_teach.aws.iam.principal import Principal
from cp_teach.aws.protocol.errors import validation
from cp_teach.engine.model.commands import Revision


def put_action_revision(region: RegionBackend, caller: Principal, request: dict[str, Any]) -> dict[str, Any]:
    """Start an execution with the revision if it is new to the action.

    ``newRevision`` is true for a new revision, as the member's name says; the model's description says the opposite.
    """
    hosted = region.pipeline(request["pipelineName"])
    action = hosted.action(request["stageName"], request["actionName"])
    if action.category != "Source":
        raise validation(f"Action '{action.name}' in stage '{request['stageName']}' is not a source action.")
    given = request["actionRevision"]
    used = next(
        (
            number
            for number, row in reversed(list(hosted.run.history.executions.items()))
            if Revision(action.name, given["revisionId"]) in [r._replace(message="") for r in row.revisions]
        ),
        None,
    )
    if used is not None:
        return {"newRevision": False, "pipelineExecutionId": hosted.id_of(used)}
    revision = Revision(action.name, given["revisionId"], f"Revision {given['revisionChangeId']}")
    number = region.start(
        hosted, "PutActionRevision", by=caller.arn, detail=caller.arn, revisions=(revision,)
    )
    return {"newRevision": True, "pipelineExecutionId": hosted.id_of(number)}
