"""ListPipelineExecutions, ListActionExecutions, and ListRuleExecutions: newest first."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from cp_teach.aws.backend.hosted_pipeline import HostedPipeline
from cp_teach.aws.backend.region_backend import RegionBackend
from cp_teach.aws.iam.principal import Principal
from cp_teach.aws.operations.executions.executions import execution_of
from cp_teach.aws.protocol.errors import AwsError
from cp_teach.aws.protocol.json_protocol import Json
from cp_teach.aws.protocol.pagination import page
from cp_teach.aws.serializers import action as actions
from cp_teach.aws.serializers import execution as executions
from cp_teach.aws.serializers import rule as rules
from cp_teach.engine.history.records import ActionRow, RuleRow
from cp_teach.engine.model.state import SUCCEEDED

Row = TypeVar("Row", ActionRow, RuleRow)


def list_pipeline_executions(region: RegionBackend, caller: Principal, request: Json) -> Json:
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


def list_action_executions(region: RegionBackend, caller: Principal, request: Json) -> Json:
    """List action executions."""
    hosted = _pipeline(region, request["pipelineName"])
    rows, number = hosted.run.history.actions, _execution_in_filter(region, hosted, request)
    indexes = None if number is None else hosted.metadata.executions[number].actions
    on_page, token = _rows(
        rows, indexes, lambda row: (row.stage, row.action), request, ("ListActionExecutions", hosted.arn)
    )
    return {
        "actionExecutionDetails": [actions.detail(region, hosted, row) for row in on_page],
        "nextToken": token,
    }


def list_rule_executions(region: RegionBackend, caller: Principal, request: Json) -> Json:
    """List rule executions."""
    hosted = _pipeline(region, request["pipelineName"])
    rows, number = hosted.run.history.rules, _execution_in_filter(region, hosted, request)
    indexes = None if number is None else hosted.metadata.executions[number].rules
    on_page, token = _rows(
        rows,
        indexes,
        lambda row: (row.stage, row.condition, row.rule),
        request,
        ("ListRuleExecutions", hosted.arn),
    )
    return {
        "ruleExecutionDetails": [rules.detail(region, hosted, row) for row in on_page],
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


def _execution_in_filter(region: RegionBackend, hosted: HostedPipeline, request: Json) -> int | None:
    chosen = request.get("filter", {})
    latest = chosen.get("latestInPipelineExecution", {})
    identifier = chosen.get("pipelineExecutionId", latest.get("pipelineExecutionId"))
    return None if identifier is None else execution_of(region, hosted, identifier)


def _rows(
    rows: Sequence[Row],
    indexes: Sequence[int] | None,
    key: Callable[[Row], object],
    request: Json,
    query: tuple[str, str],
) -> tuple[list[Row], str | None]:
    """A page of the rows with these indexes, or of all rows. If the filter says so, only the newest row with each
    ``key`` counts."""
    chosen: Sequence[int] = range(len(rows)) if indexes is None else indexes
    latest = request.get("filter", {}).get("latestInPipelineExecution", {})
    if latest.get("startTimeRange") == "Latest":
        chosen = sorted({key(rows[index]): index for index in chosen}.values())
    on_page, token = _page(chosen, request, (*query, request.get("filter")))
    return [rows[index] for index in on_page], token


def _page(items: Sequence[int], request: Json, query: object) -> tuple[list[int], str | None]:
    return page(items, request.get("nextToken"), request.get("maxResults"), query, newest_first=True)
