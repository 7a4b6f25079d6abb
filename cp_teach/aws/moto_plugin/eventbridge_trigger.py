"""What is no operation of the API and starts a pipeline all the same: a rule of EventBridge."""

from __future__ import annotations

from typing import Any

from cp_teach.aws.backend.region_backend import Region
from cp_teach.aws.backend.store import StoreFailed
from cp_teach.aws.operations.executions.executions import overrides
from cp_teach.aws.protocol.errors import AwsError
from cp_teach.engine import Refused


def event_started(region: Region, pipeline: str, rule: str, told: Any) -> str:
    """Start a pipeline because a rule matched; returns the execution ID, or "" if nothing could start.

    ``told`` is the input of the rule's target; its ``sourceRevisions`` and ``variables`` are used, as in
    StartPipelineExecution. A refusal is not reported, because the service treats events in this way. Raises
    ``StoreFailed``.
    """
    with region.transaction():
        hosted = region.hosted.get(pipeline)
        if hosted is None:
            return ""
        region.catch_up(hosted)
        given = told if isinstance(told, dict) else {}
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
