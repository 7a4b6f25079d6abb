"""GetPipelineState: the state of each stage. Different stages can show different executions."""

from __future__ import annotations

from cp_teach.aws.backend.hosted_pipeline import HostedPipeline
from cp_teach.aws.backend.region_backend import RegionBackend
from cp_teach.aws.protocol.json_protocol import Json
from cp_teach.aws.serializers import action as actions
from cp_teach.aws.serializers import rule as rules
from cp_teach.engine.model.state import IN_PROGRESS, ROLLBACK, SHOWN_AS_ENABLED
from cp_teach.pipeline import Stage

CONDITIONS = {
    "BEFORE_ENTRY": "beforeEntryConditionState",
    "ON_SUCCESS": "onSuccessConditionState",
    "ON_FAILURE": "onFailureConditionState",
}


def state(region: RegionBackend, hosted: HostedPipeline) -> Json:
    """Model: GetPipelineStateOutput. ``created`` and ``updated`` are those of the definition."""
    return {
        "pipelineName": hosted.name,
        "pipelineVersion": hosted.version,
        "stageStates": [
            _stage(region, hosted, index, stage) for index, stage in enumerate(hosted.pipeline.stages)
        ],
        "created": hosted.created,
        "updated": hosted.updated,
    }


def _stage(region: RegionBackend, hosted: HostedPipeline, index: int, stage: Stage) -> Json:
    inbound = [_execution(hosted, number, IN_PROGRESS) for number in hosted.run.state.stages[index].inbound]
    number = hosted.metadata.latest.get(stage.name)
    result: Json = {
        "stageName": stage.name,
        "inboundExecution": inbound[0] if inbound else None,
        "inboundExecutions": inbound,
        "inboundTransitionState": _transition(hosted, index, stage.name),
        "actionStates": [actions.state(region, hosted, stage.name, action) for action in stage.actions],
    }
    if number is None:
        return result
    visited = hosted.run.history.executions[number].visits.get(stage.name)
    result["latestExecution"] = _execution(hosted, number, visited or IN_PROGRESS)
    for condition, name in CONDITIONS.items():
        result[name] = rules.state(region, hosted, stage, condition, number)
    retries = hosted.metadata.executions[number].retries.get(stage.name)
    if retries is not None:
        result["retryStageMetadata"] = {
            "autoStageRetryAttempt": retries.automatic or None,
            "manualStageRetryAttempt": retries.manual or None,
            "latestRetryTrigger": retries.latest,
        }
    return result


def _execution(hosted: HostedPipeline, number: int, status: str) -> Json:
    kind = hosted.run.history.executions[number].kind
    return {
        "pipelineExecutionId": hosted.id_of(number),
        "status": status,
        "type": ROLLBACK if kind == ROLLBACK else None,
    }


def _transition(hosted: HostedPipeline, index: int, stage: str) -> Json:
    enabled = hosted.run.state.stages[index].transition in SHOWN_AS_ENABLED
    changed = hosted.metadata.transitions.get(stage)
    return {
        "enabled": enabled,
        "lastChangedBy": (changed.by or None) if changed else None,
        "lastChangedAt": hosted.epoch(changed.at) if changed else None,
        "disabledReason": None if enabled else hosted.run.history.disabled_reasons.get(stage),
    }
