"""What an operation raises: AWS's error name and message, nothing else."""

from __future__ import annotations

import re
from collections.abc import Callable

from cp_teach.engine import Refused

NUMBERED = re.compile(r"\b([Ee])xecution (\d+)\b")
"""How the engine's sentences name an execution."""


class AwsError(Exception):
    """An error as the service answers it: ``code`` is the name in the service model (``StageNotFoundException``)."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code, self.message = code, message


def validation(message: str) -> AwsError:
    """A ValidationException: what was sent is wrong in itself."""
    return AwsError("ValidationException", message)


RECORDED = (
    "Target pipeline execution has not completed successfully in the stage",
    "Cannot start rollback while the stage is in progress",
)
"""Sentences of the service that are known word for word; what the engine says beyond them is left out."""


def refused(error: Refused, id_of: Callable[[int], str]) -> AwsError:
    """The engine's refusal as the service says it: executions are named by their ids, not by their numbers."""
    said = next((words for words in RECORDED if error.reason.startswith(words)), "")
    said = said or f"{error.reason} {error.instead}".strip()
    return AwsError(
        error.error, NUMBERED.sub(lambda found: f"{found[1]}xecution {id_of(int(found[2]))}", said)
    )
