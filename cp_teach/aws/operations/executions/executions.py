"""StartPipelineExecution, PutActionRevision, StopPipelineExecution, and GetPipelineExecution."""

from __future__ import annotations

from typing import Any

from cp_teach.aws.backend.hosted_pipeline import HostedPipeline
from cp_teach.aws.backend.region_backend import RegionBackend
from cp_teach.aws.iam.principal import Principal
from cp_teach.aws.protocol import request_validation
from cp_teach.aws.protocol.errors import AwsError, recorded, validation
from cp_teach.aws.protocol.json_protocol import Json
from cp_teach.aws.serializers import execution as answers
from cp_teach.engine import StopExecution
from cp_teach.engine.model.commands import Override, Revision
from cp_teach.engine.model.state import IN_PROGRESS, STOPPING


def execution_of(region: RegionBackend, hosted: HostedPipeline, identifier: str) -> int:
    """The number of the execution with that ID. Raises PipelineExecutionNotFoundException."""
    number = hosted.number_of(identifier)
    if number is None:
        raise unknown_execution("PipelineExecutionNotFoundException", hosted, identifier)
    return number


def unknown_execution(error: str, hosted: HostedPipeline, identifier: str, stage: str = "") -> AwsError:
    """The error for an execution that does not exist."""
    return recorded(error, pipeline=hosted.name, stage=stage, execution=identifier) or AwsError(
        error,
        f"Pipeline Execution with id '{identifier}' does not exist in pipeline with name '{hosted.name}'",
    )


def execution_for(hosted: HostedPipeline, request: Json, error: str) -> int:
    """The number of the execution in a request. Raises ``error``, because the model has no
    PipelineExecutionNotFoundException for the operation."""
    identifier = request["pipelineExecutionId"]
    number = hosted.number_of(identifier)
    if number is None:
        raise unknown_execution(error, hosted, identifier, request.get("stageName", ""))
    return number


def start_pipeline_execution(region: RegionBackend, caller: Principal, request: Json) -> Json:
    """Start an execution. A repeated clientRequestToken returns the same execution."""
    hosted = region.pipeline(request["name"], START_MISSING)
    _check_start(hosted, request)
    token = request.get("clientRequestToken", "")
    number = hosted.metadata.tokens.get(token) if token else None
    if number is None:
        variables, overrides = _chosen(request)
        number = region.start(
            hosted,
            "StartPipelineExecution",
            caller.arn,
            by=caller.arn,
            token=token,
            variables=variables,
            overrides=overrides,
        )
    return {"pipelineExecutionId": hosted.id_of(number)}


def event_started(region: RegionBackend, pipeline: str, source: str, data: Any) -> str:
    """Start a pipeline for an EventBridge rule or schedule; returns the execution ID.

    ``source`` is the ARN of the rule or schedule. ``data`` is the input of its target, with the variables and revisions
    of StartPipelineExecution if any. Raises ``AwsError``, which EventBridge keeps to itself, and ``StoreFailed``.
    """
    given = data if isinstance(data, dict) else {}
    request = {key: given[key] for key in ("variables", "sourceRevisions") if key in given}
    checked = request_validation.check("StartPipelineExecution", {"name": pipeline, **request})
    with region.transaction():
        hosted = region.pipeline(checked["name"])
        region.catch_up(hosted)
        variables, overrides = _chosen(checked)
        number = region.start(hosted, "CloudWatchEvent", source, variables=variables, overrides=overrides)
        return hosted.id_of(number)


START_MISSING = "Pipeline with name {name} does not exist in account {account}."
"""The message of StartPipelineExecution about a missing pipeline (recorded on AWS, 2026)."""


def _check_start(hosted: HostedPipeline, request: Json) -> None:
    """Check what the service checks even for a repeated clientRequestToken (recorded on AWS, 2026)."""
    names = [each["name"] for each in request.get("variables", ())]
    if twice := next((name for name in names if names.count(name) > 1), ""):
        raise validation(
            f"Variable names must be unique. The following variable name is already in use: {twice}"
        )
    sources = [action.name for action in hosted.pipeline.sources]
    if any(each["actionName"] not in sources for each in request.get("sourceRevisions", ())):
        raise validation(
            "The action name provided in the source revision is not valid. The action must be a source action in your "
            "pipeline."
        )


def _chosen(request: Json) -> tuple[tuple[tuple[str, str], ...], tuple[Override, ...]]:
    """The variables and the source revisions (model: SourceRevisionOverride) in the input of an execution."""
    return (
        tuple((each["name"], each["value"]) for each in request.get("variables", ())),
        tuple(
            Override(each["actionName"], each["revisionType"], each["revisionValue"])
            for each in request.get("sourceRevisions", ())
        ),
    )


def stop_pipeline_execution(region: RegionBackend, caller: Principal, request: Json) -> Json:
    """Stop an execution: wait for its actions, or abandon them."""
    hosted = region.pipeline(request["pipelineName"])
    identifier = request["pipelineExecutionId"]
    number = execution_for(hosted, request, "PipelineExecutionNotStoppableException")
    x = hosted.run.state.execution(number)
    abandon = request.get("abandon", False)
    if x is not None and x.status == STOPPING and (not abandon or not x.busy):
        raise _already_stopping(hosted.name, identifier)
    if x is None or x.status not in (IN_PROGRESS, STOPPING):
        raise unknown_execution("PipelineExecutionNotStoppableException", hosted, identifier)
    region.execute(hosted, StopExecution(number, abandon, request.get("reason", "")), by=caller.arn)
    return {"pipelineExecutionId": identifier}


def _already_stopping(name: str, identifier: str) -> AwsError:
    """The error for a repeated stop request, with the recorded text."""
    return AwsError(
        "DuplicatedStopRequestException",
        f"The execution with ID {identifier} in {name} is already in a stopping state. If you already chose to stop "
        "and wait, you cannot make that request again. You can choose to stop and abandon now, but be aware that this "
        "option can lead to failed actions. If you already chose to stop and abandon, you cannot make that request "
        "again.",
    )


def get_pipeline_execution(region: RegionBackend, caller: Principal, request: Json) -> Json:
    """Describe an execution."""
    hosted = region.pipeline(request["pipelineName"])
    number = execution_of(region, hosted, request["pipelineExecutionId"])
    return {"pipelineExecution": answers.execution(region, hosted, number)}


def put_action_revision(region: RegionBackend, caller: Principal, request: Json) -> Json:
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
