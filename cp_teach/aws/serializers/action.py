"""Action executions in the history, and actions in GetPipelineState."""

from __future__ import annotations

from cp_teach.aws.backend.artifact_locations import located, reserved
from cp_teach.aws.backend.hosted_pipeline import HostedPipeline
from cp_teach.aws.backend.provider_metadata import entity_url, execution_url, revision_url
from cp_teach.aws.backend.region_backend import RegionBackend
from cp_teach.aws.protocol.json_protocol import Json
from cp_teach.aws.serializers.pipeline_structure import MASK, secrets
from cp_teach.engine.history.records import ActionRow, action_of
from cp_teach.engine.model.state import ABANDONED, IN_PROGRESS, SUCCEEDED
from cp_teach.engine.queries.variable_resolution import Unresolved, output_variables, resolve
from cp_teach.pipeline import Action

CANCELED = "The approval action has been canceled."
"""The summary of an abandoned approval."""


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
    artifacts = reserved(row, action) if done else []
    return {
        "outputArtifacts": located(hosted, place, artifacts),
        "executionResult": None if row.status == IN_PROGRESS else _result(region, hosted, row, action),
        "outputVariables": output_variables(hosted.run.history, row, hosted.run.id) if done else {},
    }


def _result(region: RegionBackend, hosted: HostedPipeline, row: ActionRow, action: Action) -> Json:
    external = hosted.metadata.id_of(row) if action.is_approval else row.external_id
    return {
        "externalExecutionId": external or None,
        "externalExecutionSummary": _summary(row, action) or None,
        "externalExecutionUrl": _execution_url(region, action, row.external_id),
        "errorDetails": _error(row),
    }


def _resolved(hosted: HostedPipeline, row: ActionRow) -> dict[str, str]:
    try:
        return resolve(hosted.run.history, row, hosted.run.id)
    except Unresolved:
        return {}


def _masked(settings: dict[str, str], hidden: tuple[str, ...]) -> dict[str, str]:
    return {key: MASK if key in hidden else value for key, value in sorted(settings.items())}


def _summary(row: ActionRow, action: Action) -> str:
    return CANCELED if action.is_approval and row.status == ABANDONED else row.message


def _error(row: ActionRow) -> dict[str, str | None] | None:
    """Model: ErrorDetails."""
    return {"code": row.failure, "message": row.message or None} if row.failure else None


# -- in the state ----------------------------------------------------------------------------------
def state(region: RegionBackend, hosted: HostedPipeline, stage: str, action: Action) -> Json:
    """Model: ActionState."""
    row = hosted.run.history.latest.get((stage, action.name))
    place = action.region or region.name
    result: Json = {"actionName": action.name, "entityUrl": _entity(region, action)}
    if row is not None:
        result["latestExecution"] = latest(region, hosted, row, action)
        if action.category == "Source" and row.status == SUCCEEDED and row.external_id:
            result["currentRevision"] = {"revisionId": row.external_id}
            result["revisionUrl"] = revision_url(action, place, row.external_id)
    if action.name in hosted.unfetched and stage == hosted.pipeline.stages[0].name:
        # A poll found no object, so nothing ran and there is no actionExecutionId (as recorded).
        code, message, since = hosted.unfetched[action.name]
        result["latestExecution"] = {
            "status": "Failed",
            "summary": message,
            "lastStatusChange": since,
            "errorDetails": {"code": code, "message": message},
        }
    return result


def latest(region: RegionBackend, hosted: HostedPipeline, row: ActionRow, action: Action) -> Json:
    """Model: ActionExecution."""
    identifier = hosted.metadata.id_of(row)
    pending = action.is_approval and row.status == IN_PROGRESS
    answered = hosted.metadata.answered(row)
    job = region.jobs.of(hosted.run.id, row)
    # A job worker's progress counts until the action has ended.
    progress = job.details if job is not None and row.status == IN_PROGRESS else {}
    external = row.external_id or progress.get("externalExecutionId")
    return {
        "actionExecutionId": identifier,
        "status": row.status,
        "summary": _summary(row, action) or progress.get("summary"),
        # Missing on a pending approval (as recorded).
        "lastStatusChange": None if pending else hosted.last_change(row),
        "token": hosted.approval_token(identifier) if pending else None,
        "lastUpdatedBy": (answered.by or None) if answered else None,
        "externalExecutionId": external or None,
        "externalExecutionUrl": _execution_url(region, action, external or ""),
        "percentComplete": progress.get("percentComplete"),
        "errorDetails": _error(row),
    }


def _url_template(region: RegionBackend, action: Action, name: str) -> str | None:
    return (region.custom_type(action.type).get("settings") or {}).get(name)


def _entity(region: RegionBackend, action: Action) -> str | None:
    template = _url_template(region, action, "entityUrlTemplate")
    return fill(template, action) if template else entity_url(action, action.region or region.name)


def _execution_url(region: RegionBackend, action: Action, external: str) -> str | None:
    if not external:
        return None
    template = _url_template(region, action, "executionUrlTemplate")
    if template:
        return fill(template, action).replace("{ExternalExecutionId}", external)
    return execution_url(action, action.region or region.name, external)


def fill(template: str, action: Action) -> str:
    """A URL template of a custom action with the values of ``{Config:Name}`` (model: UrlTemplate)."""
    for key, value in action.settings.items():
        template = template.replace(f"{{Config:{key}}}", value)
    return template
