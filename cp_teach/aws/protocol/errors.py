"""Errors of operations: AWS's error name and message."""

from __future__ import annotations

import re
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


RECORDED = (
    "Target pipeline execution has not completed successfully in the stage",
    "Cannot start rollback while the stage is in progress",
)
"""Messages of the service as recorded. They replace the engine's longer ones."""


def refused(error: Refused, id_of: Callable[[int], str]) -> AwsError:
    """The engine's refusal as an error response, which names an execution by its ID instead of its number."""
    message = next((text for text in RECORDED if error.reason.startswith(text)), "")
    message = message or f"{error.reason} {error.instead}".strip()
    return AwsError(
        error.error, NUMBERED.sub(lambda match: f"{match[1]}xecution {id_of(int(match[2]))}", message)
    )
