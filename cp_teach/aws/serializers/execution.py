"""Executions in GetPipelineExecution and ListPipelineExecutions."""

from __future__ import annotations

from cp_teach.aws.backend.hosted_pipeline import HostedPipeline
from cp_teach.aws.backend.provider_metadata import revision_url
from cp_teach.aws.backend.region_backend import RegionBackend
from cp_teach.aws.protocol.json_protocol import Json
from cp_teach.engine.history.records import ExecutionRow
from cp_teach.engine.model.state import FAILED, ROLLBACK, STOPPED, SUCCEEDED
from cp_teach.pipeline.revision_summary import revision_summary


def execution(region: RegionBackend, hosted: HostedPipeline, number: int) -> Json:
    """Model: PipelineExecution."""
    row = hosted.run.history.executions[number]
    return {
        "pipelineName": hosted.name,
        "pipelineVersion": hosted.metadata.executions[number].version,
        **_common(hosted, number, row),
        "artifactRevisions": [
            {
                "name": artifact,
                "revisionId": revision["revisionId"],
                "revisionSummary": revision["revisionSummary"],
                "revisionUrl": revision["revisionUrl"],
            }
            for revision in sources(region, hosted, row)
            for artifact in row.pipeline.stages[0][revision["actionName"]].output_names
        ],
        "variables": _variables(row) or None,
    }


def _variables(row: ExecutionRow) -> list[Json]:
    """The variables; an execution that failed before its first stage has none (as recorded)."""
    started = row.visits or row.status != FAILED
    return [{"name": name, "resolvedValue": value} for name, value in row.variables] if started else []


def summary(region: RegionBackend, hosted: HostedPipeline, number: int) -> Json:
    """Model: PipelineExecutionSummary."""
    row = hosted.run.history.executions[number]
    return {
        **_common(hosted, number, row),
        "startTime": hosted.epoch(row.started),
        "lastUpdateTime": hosted.epoch(hosted.metadata.executions[number].updated),
        "sourceRevisions": sources(region, hosted, row),
        "stopTrigger": {"reason": row.stop_reason} if row.stop_reason else None,
    }


def _common(hosted: HostedPipeline, number: int, row: ExecutionRow) -> Json:
    rolls = row.kind == ROLLBACK
    return {
        "pipelineExecutionId": hosted.id_of(number),
        "status": row.status,
        "statusSummary": row.reason or (row.stop_reason if row.status == STOPPED else "") or None,
        "trigger": {
            "triggerType": row.trigger,
            "triggerDetail": hosted.metadata.executions[number].detail or None,
        },
        "executionMode": row.pipeline.mode,
        # Absent on ordinary executions (as recorded).
        "executionType": ROLLBACK if rolls else None,
        "rollbackMetadata": {"rollbackTargetPipelineExecutionId": hosted.id_of(row.target)}
        if rolls
        else None,
    }


def sources(region: RegionBackend, hosted: HostedPipeline, row: ExecutionRow) -> list[Json]:
    """Model: SourceRevisionList; without the sources that have not finished (as recorded)."""
    newest = hosted.run.history.newest
    stage = row.pipeline.stages[0].name
    summaries = []
    for revision in row.revisions:
        ran = newest.get((row.target or row.number, stage, revision.action))
        if ran is not None and ran.status == SUCCEEDED:
            action = row.pipeline.stages[0][revision.action]
            summaries.append(
                {
                    "actionName": revision.action,
                    "revisionId": revision.id,
                    "revisionSummary": revision_summary(action.provider, ran.message or revision.message),
                    "revisionUrl": revision_url(
                        action, action.region or region.name, revision.id, region.url_templates(action.type)
                    ),
                }
            )
    return summaries
