"""EventBridge events of state changes (user guide: "Detect and react to changes in pipeline state")."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from cp_teach.aws.backend.artifact_locations import located, reserved
from cp_teach.aws.backend.hosted_pipeline import HostedPipeline
from cp_teach.engine.history.journal import Entry
from cp_teach.engine.history.records import ActionRow
from cp_teach.engine.model import events as e

PIPELINE = "CodePipeline Pipeline Execution State Change"
STAGE = "CodePipeline Stage Execution State Change"
ACTION = "CodePipeline Action Execution State Change"

OF_EXECUTIONS = {
    e.ExecutionSucceeded: "SUCCEEDED",
    e.ExecutionFailed: "FAILED",
    e.ExecutionCancelled: "CANCELED",
    e.ExecutionStopping: "STOPPING",
    e.ExecutionStopped: "STOPPED",
    e.ExecutionSuperseded: "SUPERSEDED",
}
OF_ACTIONS = {
    e.ActionStarted: "STARTED",
    e.ActionSucceeded: "SUCCEEDED",
    e.ActionFailed: "FAILED",
    e.ActionAbandoned: "ABANDONED",
}


def event_details(
    hosted: HostedPipeline, region: str, entry: Entry, event: e.Event
) -> Iterator[tuple[str, dict[str, Any]]]:
    """The (detail-type, detail) pairs for one event of the engine, stage before pipeline."""
    match event:
        case e.ExecutionStarted(execution=number, trigger=trigger):
            detail = hosted.metadata.executions[number].detail
            start = {"execution-trigger": {"trigger-type": trigger, "trigger-detail": detail}}
            yield PIPELINE, _detail(hosted, number, "STARTED") | start
        case e.ExecutionEntered(execution=number, stage=stage):
            yield STAGE, _detail(hosted, number, "STARTED") | {"stage": stage}
        case e.StageSucceeded(execution=number, stage=stage):
            yield STAGE, _detail(hosted, number, "SUCCEEDED") | {"stage": stage}
        case (
            e.StageRetried(execution=number, stage=stage)
            | e.ConditionEnded(execution=number, stage=stage, status="Overridden")
        ):
            yield STAGE, _detail(hosted, number, "RESUMED") | {"stage": stage}
            yield PIPELINE, _detail(hosted, number, "RESUMED")
        case e.ActionStarted() | e.ActionSucceeded() | e.ActionFailed() | e.ActionAbandoned():
            yield ACTION, _action(hosted, region, event)
        case _ if type(event) in OF_EXECUTIONS:
            yield from _execution(hosted, event, OF_EXECUTIONS[type(event)])
        case _:
            pass


def _execution(hosted: HostedPipeline, event: Any, state: str) -> Iterator[tuple[str, dict[str, Any]]]:
    number, stage = event.execution, getattr(event, "stage", "")
    detail = _detail(hosted, number, state)
    row = hosted.run.history.executions[number]
    if state in ("STOPPING", "STOPPED") and row.stop_reason:
        detail["stop-execution-comments"] = row.stop_reason
    inside = stage and stage in row.visits and hosted.metadata.latest.get(stage) == number
    if inside and state not in ("SUPERSEDED", "SUCCEEDED"):  # StageSucceeded has its own event
        yield STAGE, detail | {"stage": stage}
    yield PIPELINE, detail


def _detail(hosted: HostedPipeline, number: int, state: str) -> dict[str, Any]:
    row, metadata = hosted.run.history.executions[number], hosted.metadata.executions[number]
    return {
        "pipeline": hosted.name,
        "execution-id": hosted.id_of(number),
        "start-time": _stamp(hosted.epoch(row.started)),
        "state": state,
        "version": float(metadata.version),
        "pipeline-execution-attempt": float(metadata.attempt),
    }


def _action(hosted: HostedPipeline, region: str, event: Any) -> dict[str, Any]:
    row, action = hosted.action_execution(event)
    state = OF_ACTIONS[type(event)]
    place = action.region or region
    detail = _detail(hosted, event.execution, state) | {
        "start-time": _stamp(hosted.epoch(row.started)),
        "stage": event.stage,
        "action": event.action,
        "action-execution-id": hosted.metadata.id_of(row),
        "region": place,
        "type": dict(vars(action.type)),
    }
    if state == "STARTED":
        detail["input-artifacts"] = located(hosted, place, row.inputs)
    elif state == "SUCCEEDED":
        detail["output-artifacts"] = located(hosted, place, reserved(row, action))
    if state in ("SUCCEEDED", "FAILED"):
        detail["execution-result"] = _result(hosted, row, action.is_approval)
    return detail


def _result(hosted: HostedPipeline, row: ActionRow, approval: bool) -> dict[str, str]:
    result = {
        "external-execution-id": hosted.metadata.id_of(row) if approval else row.external_id,
        "external-execution-summary": row.message,
        "error-code": row.failure,
    }
    return {key: value for key, value in result.items() if value}


def _stamp(epoch: float) -> str:
    return datetime.fromtimestamp(epoch, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
