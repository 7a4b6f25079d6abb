"""Errors of operations: AWS's error name and message."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable

from cp_teach.engine import Refused

NUMBERED = re.compile(r"\b([Ee])xecution (\d+)\b")
"""An execution in a message of the engine."""


class AwsError(Exception):
    """An error response; ``code`` is the name in the service model, such as ``StageNotFoundException``."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code, self.message = code, message


def validation(message: str) -> AwsError:
    """A ValidationException: the request is invalid whatever the state of the service."""
    return AwsError("ValidationException", message)


def serialization(reason: str) -> AwsError:
    """A SerializationException: the body of the request is not in its protocol."""
    return AwsError("SerializationException", f"The body of the request cannot be read. {reason}")


RECORDED: dict[tuple[str, str], str] = {
    ("PipelineExecutionNotFoundException", ""): (
        "Pipeline Execution with id '{execution}' does not exist in pipeline with name '{pipeline}'"
    ),
    ("PipelineExecutionNotStoppableException", ""): (
        "The pipeline execution with ID '{execution}' in '{pipeline}' can't be stopped now. Either it does not exist "
        "in the pipeline, or the pipeline execution has no action executions in progress."
    ),
    ("StageNotRetryableException", ""): (
        "The stage named {stage} in the {pipeline} pipeline can't be retried now. Either it contains no failed "
        "actions, the execution '{execution}' is already superseded, or the pipeline definition has changed since the "
        "action(s) failed."
    ),
    ("PipelineExecutionOutdatedException", ""): (
        "Pipeline '{pipeline}' has been updated since the rollback request was made."
    ),
    ("UnableToRollbackStageException", "Target pipeline execution has not completed"): (
        "Target Pipeline Execution with id '{execution}' has not completed in stage with name '{stage}'"
    ),
    ("UnableToRollbackStageException", "Cannot start rollback while"): (
        "Pipeline '{pipeline}' cannot start rollback since stage {stage} is in progress."
    ),
}
"""(error, start of the engine's reason) -> the message of the service (recorded on AWS, 2026)."""


def recorded(error: str, reason: str = "", **names: str) -> AwsError | None:
    """The error response with the message of the service; None if it has not been recorded.

    ``names`` are the pipeline, the stage, and the ID of the execution.
    """
    for (code, start), message in RECORDED.items():
        if code == error and reason.startswith(start):
            return AwsError(code, message.format_map(defaultdict(str, names)))
    return None


def refused(error: Refused, id_of: Callable[[int], str], **names: str) -> AwsError:
    """The engine's refusal as an error response: with the message of the service, or else the engine's own, which names
    an execution by its ID instead of its number."""
    if answer := recorded(error.error, error.reason, **names):
        return answer
    message = f"{error.reason} {error.instead}".strip()
    return AwsError(
        error.error, NUMBERED.sub(lambda match: f"{match[1]}xecution {id_of(int(match[2]))}", message)
    )
