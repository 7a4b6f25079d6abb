"""Starts a pipeline because an EventBridge rule matched an event."""

from __future__ import annotations

from typing import Any

from cp_teach.aws.backend.region_backend import RegionBackend
from cp_teach.aws.backend.store import StoreFailed
from cp_teach.aws.operations.executions.executions import overrides
from cp_teach.aws.protocol.errors import AwsError
from cp_teach.engine import Refused


def event_started(region: RegionBackend, pipeline: str, rule: str, data: Any) -> str:
    """Start a pipeline, and return the execution ID, or "" if it could not start.

    ``data`` is the input of the rule's target; its ``sourceRevisions`` and ``variables`` are used, as in
    StartPipelineExecution. Like the service, this does not report why a pipeline could not start. Raises
    ``StoreFailed``.
    """
    with region.transaction():
        hosted = region.pipelines.get(pipeline)
        if hosted is None:
            return ""
        region.catch_up(hosted)
        given = data if isinstance(data, dict) else {}
        try:
            number = region.start(
                hosted,
                "CloudWatchEvent",
                rule,
                variables=tuple((each["name"], each["value"]) for each in given.get("variables", ())),
                overrides=overrides(given.get("sourceRevisions", ())),
            )
        except StoreFailed:
            raise
        except (AwsError, Refused, KeyError, TypeError):
            return ""
        return hosted.id_of(number)
