"""ListPipelineExecutions, ListActionExecutions, and ListRuleExecutions: newest first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from cp_teach.aws.backend.hosted_pipeline import HostedPipeline
from cp_teach.aws.backend.region_backend import RegionBackend
from cp_teach.aws.iam.principal import Principal
from cp_teach.aws.operations.executions.executions import execution_of
from cp_teach.aws.protocol.errors import AwsError
from cp_teach.aws.protocol.pagination import page
from cp_teach.aws.serializers import action as actions
from cp_teach.aws.serializers import execution as executions
from cp_teach.aws.serializers import rule as rules
from cp_teach.engine.model.state import SUCCEEDED


def list_pipeline_executions(
    region: RegionBackend, caller: Principal, request: dict[str, Any]
) -> dict[str, Any]:
    """List the executions of a pipeline, or those that succeeded in a stage."""
    hosted = region.pipeline(request["pipelineName"])
    stage = request.get("filter", {}).get("succeededInStage", {}).get("stageName")
    history = hosted.run.history.executions
    numbers: Sequence[int] = range(1, len(history) + 1)
    if stage:
        numbers = [number for number, row in history.items() if row.visits.get(stage) == SUCCEEDED]
    on_page, token = _page(numbers, request, ("ListPipelineExecutions", hosted.arn, stage))
    summaries = [executions.summary(region, hosted, number) for number in on_page]
    return {"pipelineExecutionSummaries": summaries, "nextToken": token}


def list_action_executions(
    region: RegionBackend, caller: Principal, request: dict[str, Any]
) -> dict[str, Any]:
    """List action executions."""
    hosted = _pipeline(region, request["pipelineName"])
    number, latest = _filtered(region, hosted, request)
    rows = hosted.run.history.actions
    indexes: Sequence[int] = (
        range(len(rows)) if number is None else hosted.metadata.executions[number].actions
    )
    if latest:
        newest = {(rows[i].stage, rows[i].action): i for i in indexes}
        indexes = sorted(newest.values())
    on_page, token = _page(indexes, request, ("ListActionExecutions", hosted.arn, request.get("filter")))
    return {
        "actionExecutionDetails": [actions.detail(region, hosted, rows[i]) for i in on_page],
        "nextToken": token,
    }


def list_rule_executions(region: RegionBackend, caller: Principal, request: dict[str, Any]) -> dict[str, Any]:
    """List rule executions."""
    hosted = _pipeline(region, request["pipelineName"])
    number, latest = _filtered(region, hosted, request)
    rows = hosted.run.history.rules
    indexes: Sequence[int] = range(len(rows)) if number is None else hosted.metadata.executions[number].rules
    if latest:
        newest = {(rows[i].stage, rows[i].condition, rows[i].rule): i for i in indexes}
        indexes = sorted(newest.values())
    on_page, token = _page(indexes, request, ("ListRuleExecutions", hosted.arn, request.get("filter")))
    return {
        "ruleExecutionDetails": [rules.detail(region, hosted, rows[i]) for i in on_page],
        "nextToken": token,
    }


def _pipeline(region: RegionBackend, name: str) -> HostedPipeline:
    """The pipeline. Two operations have another message for a missing one (as recorded)."""
    if name not in region.pipelines:
        raise AwsError(
            "PipelineNotFoundException",
            f"The account with AWS account ID '{region.account}' does not include a pipeline named '{name}'",
        )
    return region.pipeline(name)


def _filtered(
    region: RegionBackend, hosted: HostedPipeline, request: dict[str, Any]
) -> tuple[int | None, bool]:
    """The number of the execution in the filter, and whether only its latest action executions count."""
    chosen = request.get("filter", {})
    latest = chosen.get("latestInPipelineExecution")
    identifier = chosen.get("pipelineExecutionId") or (latest or {}).get("pipelineExecutionId")
    if identifier is None:
        return None, False
    number = execution_of(region, hosted, identifier)
    return number, latest is not None and latest["startTimeRange"] == "Latest"


def _page(items: Sequence[int], request: dict[str, Any], query: object) -> tuple[list[int], str | None]:
    return page(items, request.get("nextToken"), request.get("maxResults"), query, newest_first=True)
