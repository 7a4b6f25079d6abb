"""OverrideStageCondition: let an execution continue although a stage condition failed."""

from __future__ import annotations

from typing import Any

from cp_teach.aws.backend.region_backend import RegionBackend
from cp_teach.aws.iam.principal import Principal
from cp_teach.aws.protocol.errors import AwsError
from cp_teach.engine import OverrideCondition


def override_stage_condition(
    region: RegionBackend, caller: Principal, request: dict[str, Any]
) -> dict[str, Any]:
    """Override a failed condition of a stage."""
    hosted = region.pipeline(request["pipelineName"])
    hosted.stage(request["stageName"])
    number = hosted.number_of(request["pipelineExecutionId"])
    if number is None:  # the model has no PipelineExecutionNotFoundException here
        raise AwsError(
            "ConditionNotOverridableException",
            f"Pipeline '{hosted.name}' does not have an execution with id '{request['pipelineExecutionId']}'",
        )
    region.execute(
        hosted, OverrideCondition(number, request["stageName"], request["conditionType"]), by=caller.arn
    )
    return {}
