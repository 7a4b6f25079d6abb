"""Action executions in the history, and actions in GetPipelineState."""

from __future__ import annotations

from cp_teach.aws.backend.artifact_locations import located, reserved
from cp_teach.aws.backend.hosted_pipeline import HostedPipeline
from cp_teach.aws.backend.provider_metadata import (
    entity_url,
    execution_url,
    result_url,
    revision_url,
    shown_message,
)
from cp_teach.aws.backend.region_backend import RegionBackend
from cp_teach.aws.protocol.json_protocol import Json
from cp_teach.aws.serializers.pipeline_structure import MASK, secrets
from cp_teach.engine.history.records import ActionRow, action_of
from cp_teach.engine.model.state import ABANDONED, FAILED, IN_PROGRESS, SUCCEEDED
from cp_teach.engine.queries.variable_resolution import Unresolved, output_variables, resolve
from cp_teach.pipeline import Action

CANCELED = "The approval action has been canceled."
"""The summary of an approval whose execution was stopped, or whose pipeline was edited (as recorded)."""


def detail(region: RegionBackend, hosted: HostedPipeline, row: ActionRow) -> Json:
    """Model: ActionExecutionDetail."""
    history = hosted.run.history
    action = action_of(history.executions, row)
    place = action.region or region.name
    identifier = hosted.metadata.id_of(row)
    answered = hosted.metadata.answered(row)
    hidden = secrets(region, action.type)
    return {
        "pipelineExecutionId": hosted.id_of(row.execution),
        "actionExecutionId": identifier,
        "pipelineVersion": hosted.metadata.executions[row.execution].version,
        "stageName": row.stage,
        "actionName": row.action,
        "startTime": hosted.epoch(row.started),
        "lastUpdateTime": hosted.last_change(row),
        "updatedBy": (answered.by or None) if answered else None,
        "status": row.status,
        "input": {
            "actionTypeId": dict(vars(action.type)),
            "configuration": _masked(action.settings, hidden),
            "resolvedConfiguration": _masked(_resolved(hosted, row), hidden),
            "roleArn": action.role_arn,
            "region": place,
            "inputArtifacts": located(hosted, place, row.inputs),
            "namespace": action.namespace,
        },
        "output": _output(region, hosted, row, action),
    }


def _output(region: RegionBackend, hosted: HostedPipeline, row: ActionRow, action: Action) -> Json:
    place = action.region or region.name
    done = row.status == SUCCEEDED
    artifacts = reserved(hosted, row, action) if done else []
    # A running or abandoned action has no result (as recorded).
    ended = row.status not in (IN_PROGRESS, ABANDONED)
    return {
        "outputArtifacts": located(hosted, place, artifacts),
        "executionResult": _result(region, hosted, row, action) if ended else None,
        "outputVariables": output_variables(hosted.run.history, row, hosted.run.id) if done else {},
    }


def _result(region: RegionBackend, hosted: HostedPipeline, row: ActionRow, action: Action) -> Json:
    place, custom = action.region or region.name, region.url_templates(action.type)
    rejected = hosted.metadata.answered(row) is not None
    return {
        "externalExecutionId": external_of(hosted, row, action) or None,
        "externalExecutionSummary": shown_message(row, action) or None,
        "externalExecutionUrl": result_url(action, place, row.external_id, custom),
        "errorDetails": {"code": row.failure} if row.failure and not rejected else None,
        "logStreamARN": _log_stream(row.external_id, action),
    }


def external_of(hosted: HostedPipeline, row: ActionRow, action: Action) -> str:
    """The provider's ID of an action execution that has ended; that of an approval is its own ID (as recorded)."""
    return hosted.metadata.id_of(row) if action.is_approval else row.external_id


def _log_stream(external: str, action: Action) -> str | None:
    return external if action.provider == "Commands" and external.startswith("arn:") else None


def _resolved(hosted: HostedPipeline, row: ActionRow) -> dict[str, str]:
    try:
        return resolve(hosted.run.history, row, hosted.run.id)
    except Unresolved:
        return {}


def _masked(settings: dict[str, str], hidden: tuple[str, ...]) -> dict[str, str]:
    return {key: MASK if key in hidden else value for key, value in sorted(settings.items())}


# -- in the state ----------------------------------------------------------------------------------
def state(region: RegionBackend, hosted: HostedPipeline, stage: str, action: Action) -> Json:
    """Model: ActionState. Only the stage's latest execution shows: an action that it has not run has no execution (as
    recorded)."""
    number = hosted.metadata.latest.get(stage, 0)
    row = hosted.run.history.newest.get((number, stage, action.name))
    place, custom = action.region or region.name, region.url_templates(action.type)
    result: Json = {"actionName": action.name, "entityUrl": entity_url(action, place, custom)}
    if row is not None:
        result["latestExecution"] = latest(region, hosted, row, action)
        if action.category == "Source" and row.status == SUCCEEDED and row.external_id:
            result["currentRevision"] = {"revisionId": row.external_id}
            result["revisionUrl"] = revision_url(action, place, row.external_id, custom)
    if action.name in hosted.unfetched and stage == hosted.pipeline.stages[0].name:
        # A poll found no object, so nothing ran and there is no actionExecutionId (as recorded).
        code, message, since = hosted.unfetched[action.name]
        result["latestExecution"] = {
            "status": FAILED,
            "summary": message,
            "lastStatusChange": since,
            "errorDetails": {"code": code, "message": message},
        }
    return result


def latest(region: RegionBackend, hosted: HostedPipeline, row: ActionRow, action: Action) -> Json:
    """Model: ActionExecution."""
    if action.is_approval:
        return _approval(hosted, row)
    job = region.jobs.of(hosted.run.id, row)
    # A job worker's progress counts until the action has ended.
    progress = job.details if job is not None and row.status == IN_PROGRESS else {}
    external = row.external_id or progress.get("externalExecutionId") or ""
    place, custom = action.region or region.name, region.url_templates(action.type)
    source = action.category == "Source"  # its link is the revisionUrl (as recorded)
    return {
        "actionExecutionId": hosted.metadata.id_of(row),
        "status": row.status,
        # The message of a failure is in errorDetails alone (as recorded).
        "summary": (not row.failure and shown_message(row, action)) or progress.get("summary"),
        "lastStatusChange": hosted.last_change(row),
        "externalExecutionId": external or None,
        "externalExecutionUrl": None if source else execution_url(action, place, external, custom),
        "percentComplete": progress.get("percentComplete"),
        "errorDetails": _error(row),
        "logStreamARN": _log_stream(external, action),
    }


def _approval(hosted: HostedPipeline, row: ActionRow) -> Json:
    """The execution of an approval. Only an answer has a time and a caller (as recorded)."""
    identifier, answered = hosted.metadata.id_of(row), hosted.metadata.answered(row)
    pending = row.status == IN_PROGRESS
    outdated = pending and hosted.is_outdated(row.execution)
    canceled = outdated or row.status == ABANDONED
    return {
        "actionExecutionId": identifier,
        "status": FAILED if outdated else row.status,
        "summary": CANCELED if canceled else (row.message or None) if answered else None,
        "lastStatusChange": hosted.last_change(row) if answered else None,
        "token": hosted.approval_token(identifier) if pending and not outdated else None,
        "lastUpdatedBy": (answered.by or None) if answered else None,
        "errorDetails": None if answered else _error(row),
    }


def _error(row: ActionRow) -> dict[str, str | None] | None:
    """Model: ErrorDetails."""
    return {"code": row.failure, "message": row.message or None} if row.failure else None
