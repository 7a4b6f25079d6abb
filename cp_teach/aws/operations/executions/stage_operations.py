"""EnableStageTransition, DisableStageTransition, RetryStageExecution, RollbackStage, and OverrideStageCondition."""

from __future__ import annotations

import json
from collections.abc import Callable

from cp_teach.aws.backend.region_backend import RegionBackend
from cp_teach.aws.iam.principal import Principal
from cp_teach.aws.operations.executions.executions import execution_for, execution_of
from cp_teach.aws.protocol.json_protocol import Json
from cp_teach.engine import (
    Command,
    DisableTransition,
    EnableTransition,
    OverrideCondition,
    RetryStage,
    RollbackStage,
)
from cp_teach.engine.model import events as e


def enable_stage_transition(region: RegionBackend, caller: Principal, request: Json) -> Json:
    """Enable a transition; it may be enabled already."""
    return _change_transition(region, caller, request, EnableTransition)


def disable_stage_transition(region: RegionBackend, caller: Principal, request: Json) -> Json:
    """Disable a transition, with a reason."""
    return _change_transition(
        region, caller, request, lambda stage: DisableTransition(stage, request["reason"])
    )


def _change_transition(
    region: RegionBackend, caller: Principal, request: Json, command: Callable[[str], Command]
) -> Json:
    """The outbound transition of a stage is the inbound one of the next stage; the last stage has none."""
    hosted = region.pipeline(request["pipelineName"])
    hosted.stage(request["stageName"])
    index = hosted.pipeline.stage_indices[request["stageName"]] + (request["transitionType"] != "Inbound")
    if index < len(hosted.pipeline.stages):
        region.execute(hosted, command(hosted.pipeline.stages[index].name), by=caller.arn)
    return {}


def retry_stage_execution(region: RegionBackend, caller: Principal, request: Json) -> Json:
    """Run the failed actions of a stage again, or all of them; the execution keeps its ID."""
    hosted = region.pipeline(request["pipelineName"])
    hosted.stage(request["stageName"])
    number = execution_for(hosted, request, "StageNotRetryableException")
    region.execute(hosted, RetryStage(number, request["stageName"], request["retryMode"]), by=caller.arn)
    return {"pipelineExecutionId": request["pipelineExecutionId"]}


def rollback_stage(region: RegionBackend, caller: Principal, request: Json) -> Json:
    """Start an execution that deploys the artifacts of an earlier execution to a stage again."""
    hosted = region.pipeline(request["pipelineName"])
    hosted.stage(request["stageName"])
    number = execution_of(region, hosted, request["targetPipelineExecutionId"])
    result = region.execute(
        hosted,
        RollbackStage(request["stageName"], number),
        by=caller.arn,
        detail=json.dumps({"AwsUserArn": caller.arn}, separators=(",", ":")),
    )
    new = next(event.execution for event in result if isinstance(event, e.ExecutionStarted))
    return {"pipelineExecutionId": hosted.id_of(new)}


def override_stage_condition(region: RegionBackend, caller: Principal, request: Json) -> Json:
    """Override a failed condition of a stage."""
    hosted = region.pipeline(request["pipelineName"])
    hosted.stage(request["stageName"])
    number = execution_for(hosted, request, "ConditionNotOverridableException")
    region.execute(
        hosted, OverrideCondition(number, request["stageName"], request["conditionType"]), by=caller.arn
    )
    return {}
