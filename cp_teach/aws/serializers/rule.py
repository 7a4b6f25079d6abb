"""Rule executions in the history, and conditions in GetPipelineState."""

from __future__ import annotations

from cp_teach.aws.backend.artifact_locations import located
from cp_teach.aws.backend.hosted_pipeline import HostedPipeline
from cp_teach.aws.backend.region_backend import RegionBackend
from cp_teach.aws.protocol.json_protocol import Json
from cp_teach.engine.history.records import RuleRow, rule_of
from cp_teach.engine.model.ids import rule_id
from cp_teach.engine.model.state import FAILED
from cp_teach.engine.queries.variable_resolution import Unresolved, resolve_rule
from cp_teach.pipeline import Stage


def identifier(hosted: HostedPipeline, row: RuleRow) -> str:
    """The ruleExecutionId of a rule execution."""
    return rule_id(hosted.run.id, row.execution, row.fork, row.position, row.stage, row.rule)


def state(
    region: RegionBackend, hosted: HostedPipeline, stage: Stage, condition: str, number: int
) -> Json | None:
    """Model: StageConditionState, for the latest execution in the stage; None if the stage has no such condition."""
    rules = stage.rules(condition)
    if not rules:
        return None
    status = hosted.run.history.executions[number].conditions.get((stage.name, condition))
    metadata = hosted.metadata.executions[number]
    rows: dict[str, RuleRow] = {}
    for index in metadata.rules:
        row = hosted.run.history.rules[index]
        if row.stage == stage.name and row.condition == condition:
            rows[row.rule] = row
    newest = max(map(hosted.last_change, rows.values()), default=None)
    return {
        "latestExecution": {"status": status} if status else None,
        "conditionStates": [
            {
                "latestExecution": {
                    "status": status,
                    "lastStatusChange": newest,
                }
                if status
                else None,
                "ruleStates": [
                    {"ruleName": rule.name, "latestExecution": _latest(hosted, rows.get(rule.name))}
                    for rule in rules
                ],
            }
        ],
    }


def _latest(hosted: HostedPipeline, row: RuleRow | None) -> Json | None:
    if row is None:
        return None
    return {
        "ruleExecutionId": identifier(hosted, row),
        "status": row.status,
        "summary": row.message or None,
        "lastStatusChange": hosted.last_change(row),
        "errorDetails": _error(row),
    }


def _error(row: RuleRow) -> Json | None:
    return {"code": "RuleFailed", "message": row.message or None} if row.status == FAILED else None


def detail(region: RegionBackend, hosted: HostedPipeline, row: RuleRow) -> Json:
    """Model: RuleExecutionDetail."""
    rule = rule_of(hosted.run.history.executions, row)
    configuration = dict(rule.configuration or ())
    try:
        resolved = resolve_rule(hosted.run.history, row, hosted.run.id)
    except Unresolved:
        resolved = {}
    artifacts = [hosted.run.history.artifact(row.execution, name) for name in rule.inputs or ()]
    place = rule.region or region.name
    return {
        "pipelineExecutionId": hosted.id_of(row.execution),
        "ruleExecutionId": identifier(hosted, row),
        "pipelineVersion": hosted.metadata.executions[row.execution].version,
        "stageName": row.stage,
        "ruleName": row.rule,
        "startTime": hosted.epoch(row.started),
        "lastUpdateTime": hosted.last_change(row),
        "status": row.status,
        "input": {
            "ruleTypeId": dict(vars(rule.type)),
            "configuration": configuration,
            "resolvedConfiguration": resolved,
            "roleArn": rule.role_arn,
            "region": place,
            "inputArtifacts": located(hosted, place, [a for a in artifacts if a is not None]),
        },
        "output": {
            "executionResult": {"externalExecutionSummary": row.message or None, "errorDetails": _error(row)}
            if row.ended is not None
            else None
        },
    }
