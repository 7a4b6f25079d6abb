"""ListPipelineExecutions, ListActionExecutions and ListRuleExecutions: newest first."""

from __future__ import annotations

from typing import Any

from cp_teach.aws.backend.hosted_pipeline import Hosted
from cp_teach.aws.backend.region_backend import Region
from cp_teach.aws.iam.principal import Caller
from cp_teach.aws.operations.executions.executions import execution_of
from cp_teach.aws.protocol.errors import AwsError
from cp_teach.aws.protocol.pagination import page
from cp_teach.aws.serializers import action as actions
from cp_teach.aws.serializers import execution as executions
from cp_teach.aws.serializers import rule as rules
from cp_teach.engine.model.state import SUCCEEDED


def list_pipeline_executions(region: Region, caller: Caller, request: dict[str, Any]) -> dict[str, Any]:
    """The executions of a pipeline, or those that succeeded in a stage."""
    hosted = region.pipeline(request["pipelineName"])
    stage = request.get("filter", {}).get("succeededInStage", {}).get("stageName")
    known = hosted.run.history.executions
    numbers: Any = range(1, len(known) + 1)
    if stage:
        numbers = [number for number, row in known.items() if row.visits.get(stage) == SUCCEEDED]
    found, token = _page(numbers, request, ("ListPipelineExecutions", hosted.arn, stage))
    summaries = [executions.summary(region, hosted, number) for number in found]
    return {"pipelineExecutionSummaries": summaries, "nextToken": token}


def list_action_executions(region: Region, caller: Caller, request: dict[str, Any]) -> dict[str, Any]:
    """Every time an action ran."""
    hosted = _pipeline(region, request["pipelineName"])
    number, latest = _filtered(region, hosted, request)
    rows = hosted.run.history.actions
    places: Any = range(len(rows)) if number is None else hosted.ledger.executions[number].actions
    if latest:  # only the newest run of each action
        newest = {(rows[i].stage, rows[i].action): i for i in places}
        places = sorted(newest.values())
    found, token = _page(places, request, ("ListActionExecutions", hosted.arn, request.get("filter")))
    return {
        "actionExecutionDetails": [actions.detail(region, hosted, rows[i]) for i in found],
        "nextToken": token,
    }


def list_rule_executions(region: Region, caller: Caller, request: dict[str, Any]) -> dict[str, Any]:
    """Every time a rule of a stage condition was judged."""
    hosted = _pipeline(region, request["pipelineName"])
    number, latest = _filtered(region, hosted, request)
    rows = hosted.run.history.rules
    places: Any = range(len(rows)) if number is None else hosted.ledger.executions[number].rules
    if latest:
        newest = {(rows[i].stage, rows[i].condition, rows[i].rule): i for i in places}
        places = sorted(newest.values())
    found, token = _page(places, request, ("ListRuleExecutions", hosted.arn, request.get("filter")))
    return {
        "ruleExecutionDetails": [rules.detail(region, hosted, rows[i]) for i in found],
        "nextToken": token,
    }


def _pipeline(region: Region, name: str) -> Hosted:
    """These two say in other words that there is no such pipeline (as recorded)."""
    if name not in region.hosted:
        raise AwsError(
            "PipelineNotFoundException",
            f"The account with AWS account ID '{region.account}' does not include a pipeline named '{name}'",
        )
    return region.pipeline(name)


def _filtered(region: Region, hosted: Hosted, request: dict[str, Any]) -> tuple[int | None, bool]:
    """Which execution is asked for, and whether only the latest run of each is."""
    chosen = request.get("filter", {})
    latest = chosen.get("latestInPipelineExecution")
    identifier = chosen.get("pipelineExecutionId") or (latest or {}).get("pipelineExecutionId")
    if identifier is None:
        return None, False
    number = execution_of(region, hosted, identifier)
    return number, latest is not None and latest["startTimeRange"] == "Latest"


def _page(items: Any, request: dict[str, Any], question: object) -> tuple[list[Any], str | None]:
    return page(items, request.get("nextToken"), request.get("maxResults"), question, newest_first=True)
