"""What is told when a pipeline behind the API refuses something, or cannot be seen any more."""

from __future__ import annotations

from typing import Any

from cp_teach.engine.refusal import Refused


def absence(name: str, error: Exception) -> str:
    """What became of the pipeline of that name, when looking at it raised ``error``: one sentence for its console."""
    if isinstance(error, LookupError) or getattr(error, "code", "") == "PipelineNotFoundException":
        return f"The pipeline {name} no longer exists. This is its last picture, so you cannot change anything here."
    if isinstance(error, ConnectionError):
        return f"The service that holds {name} does not answer. This is its last picture until the service is back."
    return (
        f"The service's answer about {name} cannot be read, so this is its last picture. Run the cell again."
    )


def refusal_of(error: Any) -> Refused:
    """The refusal that a ``ClientError`` of boto3, or the ``Wrong`` of the admin API, stands for."""
    told = getattr(error, "response", {"Error": {"Code": getattr(error, "code", ""), "Message": str(error)}})
    return Refused(told["Error"]["Code"], told["Error"]["Message"])
