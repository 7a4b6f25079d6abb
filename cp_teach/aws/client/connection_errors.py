"""Messages for a pipeline behind the API that refuses a command or can no longer be read."""

from __future__ import annotations

from typing import Any

from cp_teach.engine.rules.validation import Refused


def absence_message(name: str, error: Exception) -> str:
    """The sentence that a console shows when reading the pipeline ``name`` raised ``error``."""
    if isinstance(error, LookupError) or getattr(error, "code", "") == "PipelineNotFoundException":
        return (
            f"The pipeline {name} no longer exists; this is its last picture, so you cannot change anything."
        )
    if isinstance(error, ConnectionError):
        return f"The service that holds {name} does not answer; this is its last picture until the service is back."
    return (
        f"The service's answer about {name} cannot be read, so this is its last picture: run the cell again."
    )


def refusal_of(error: Any) -> Refused:
    """Convert a ``ClientError`` of boto3, or a ``Wrong`` of the admin API, to a refusal."""
    response = getattr(
        error, "response", {"Error": {"Code": getattr(error, "code", ""), "Message": str(error)}}
    )
    return Refused(response["Error"]["Code"], response["Error"]["Message"])
