"""EventBridge events of state changes (user guide: "Detect and react to changes in pipeline state")."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from cp_teach.aws.backend.artifact_locations import located, reserved
from cp_teach.aws.backend.hosted_pipeline import HostedPipeline
from cp_teach.aws.backend.provider_metadata import result_url, shown_message
from cp_teach.aws.backend.region_backend import RegionBackend
from cp_teach.engine.history.journal import Entry
from cp_teach.engine.history.records import ActionRow
from cp_teach.engine.model import events as e
from cp_teach.pipeline import Action

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
    region: RegionBackend, hosted: HostedPipeline, entry: Entry, event: e.Event
) -> Iterator[tuple[str, dict[str, Any]]]:
    """The (detail-type, detail) pairs for one event of the engine, stage before pipeline."""
    match event:
        case e.ExecutionStarted(execution=number, trigger=trigger):
            detail = hosted.metadata.executions[number].detail
            start = {"trigger-type": trigger, "trigger-detail": detail}
            yield PIPELINE, _pipeline(hosted, number, "STARTED") | {"execution-trigger": _present(start)}
        case e.ExecutionEntered(execution=number, stage=stage):
            yield STAGE, _stage(hosted, number, stage, "STARTED")
        case e.StageSucceeded(execution=number, stage=stage):
            yield STAGE, _stage(hosted, number, stage, "SUCCEEDED")
        case (
            e.StageRetried(execution=number, stage=stage)
            | e.ConditionEnded(execution=number, stage=stage, status="Overridden")
        ):
            yield STAGE, _stage(hosted, number, stage, "RESUMED")
            yield PIPELINE, _pipeline(hosted, number, "RESUMED")
        case e.ActionStarted() | e.ActionSucceeded() | e.ActionFailed() | e.ActionAbandoned():
            yield ACTION, _action(region, hosted, event)
        case _ if type(event) in OF_EXECUTIONS:
            yield from _execution(hosted, event, OF_EXECUTIONS[type(event)])
        case _:
            pass


def _execution(hosted: HostedPipeline, event: Any, state: str) -> Iterator[tuple[str, dict[str, Any]]]:
    number, stage = event.execution, getattr(event, "stage", "")
    row = hosted.run.history.executions[number]
    inside = stage and stage in row.visits and hosted.metadata.latest.get(stage) == number
    if inside and state not in ("SUPERSEDED", "SUCCEEDED"):  # StageSucceeded has its own event
        yield STAGE, _stage(hosted, number, stage, state)
    detail = _pipeline(hosted, number, state)
    if state in ("STOPPING", "STOPPED") and row.stop_reason:
        detail["stop-execution-comments"] = row.stop_reason
    yield PIPELINE, detail


def _pipeline(hosted: HostedPipeline, number: int, state: str) -> dict[str, Any]:
    row, metadata = hosted.run.history.executions[number], hosted.metadata.executions[number]
    detail = _detail(hosted, number, state, row.started, metadata.attempt)
    if metadata.retried:
        detail["last-retry-attempt-time"] = _stamp(hosted.epoch(max(metadata.retried.values())))
    return detail


def _stage(hosted: HostedPipeline, number: int, stage: str, state: str) -> dict[str, Any]:
    """The detail of a stage's event. Its attempt is 0 until something of the execution is retried (as recorded)."""
    metadata = hosted.metadata.executions[number]
    attempt = metadata.attempt if metadata.attempt > 1 else 0
    detail = _detail(hosted, number, state, metadata.entered[stage], attempt) | {"stage": stage}
    if stage in metadata.retried:
        detail["stage-last-retry-attempt-time"] = _stamp(hosted.epoch(metadata.retried[stage]))
    return detail


def _detail(hosted: HostedPipeline, number: int, state: str, started: float, attempt: int) -> dict[str, Any]:
    return {
        "pipeline": hosted.name,
        "execution-id": hosted.id_of(number),
        "start-time": _stamp(hosted.epoch(started)),
        "state": state,
        "version": float(hosted.metadata.executions[number].version),
        "pipeline-execution-attempt": float(attempt),
    }


def _action(region: RegionBackend, hosted: HostedPipeline, event: Any) -> dict[str, Any]:
    row, action = hosted.action_execution(event)
    state = OF_ACTIONS[type(event)]
    place = action.region or region.name
    attempt = hosted.metadata.executions[row.execution].attempt
    detail = _detail(hosted, event.execution, state, row.started, attempt) | {
        "stage": event.stage,
        "action": event.action,
        "action-execution-id": hosted.metadata.id_of(row),
        "region": place,
        "type": dict(vars(action.type)),
    }
    artifacts = {}
    if state == "STARTED":
        artifacts["input-artifacts"] = located(hosted, place, row.inputs)
    elif state == "SUCCEEDED":
        artifacts["output-artifacts"] = located(hosted, place, reserved(hosted, row, action))
    if state in ("SUCCEEDED", "FAILED"):
        detail["execution-result"] = _result(region, hosted, row, action)
    return detail | _present(artifacts)


def _result(region: RegionBackend, hosted: HostedPipeline, row: ActionRow, action: Action) -> dict[str, Any]:
    place, custom = action.region or region.name, region.url_templates(action.type)
    return _present(
        {
            "external-execution-url": result_url(action, place, row.external_id, custom),
            "external-execution-id": hosted.metadata.id_of(row) if action.is_approval else row.external_id,
            "external-execution-summary": shown_message(row, action),
            "error-code": row.failure,
        }
    )


def _present(detail: dict[str, Any]) -> dict[str, Any]:
    """The detail without empty members, which the service omits."""
    return {key: value for key, value in detail.items() if value}


def _stamp(epoch: float) -> str:
    return datetime.fromtimestamp(epoch, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
