"""What is told when a pipeline behind the API refuses something, or cannot be seen any more."""

from __future__ import annotations

from typing import Any

from cp_teach.engine.refusal import Refused


def absence(name: str, error: Exception) -> str:
    """What became of the pipeline of that name, when looking at it raised ``error``: one sentence for its console."""
    if isinstance(error, LookupError) or getattr(error, "code", "") == "PipelineNotFoundException":
        return (
            f"There is no pipeline {name} any more: this is its last picture, and nothing can be asked of it."
        )
    if isinstance(error, ConnectionError):
        return f"The service that holds {name} does not answer: this is its last picture, until the service is back."
    return (
        f"What the service tells of {name} cannot be read, so this is its last picture: run the cell again."
    )


def refusal_of(error: Any) -> Refused:
    """The refusal that a ``ClientError`` of boto3, or the ``Wrong`` of the admin API, stands for."""
    told = getattr(error, "response", {"Error": {"Code": getattr(error, "code", ""), "Message": str(error)}})
    return Refused(told["Error"]["Code"], told["Error"]["Message"])
