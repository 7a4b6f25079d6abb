"""Errors of a client of the admin API, and the messages that a console shows for a pipeline it cannot read."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from cp_teach.engine.rules.validation import Refused
from cp_teach.security.network.botocore_guard import restricted
from cp_teach.security.network.endpoints import EndpointRefused

if TYPE_CHECKING:
    from botocore.exceptions import ClientError


class Unreachable(ConnectionError):
    """There is no server, or the server is not a cp-teach server; the message says what to do."""


class NoAdminApi(Unreachable):
    """A server answers, but it does not have the cp_teach admin API."""


class AdminApiError(Exception):
    """The admin API refused a request; ``code`` is AWS's error name if it has one."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@contextmanager
def sending_requests(client: Any) -> Iterator[None]:
    """Restrict botocore in a block that sends requests with ``client``. Raises ``Unreachable`` if no server answers."""
    from botocore.exceptions import BotoCoreError

    try:
        with restricted():
            yield
    except EndpointRefused as error:
        raise Unreachable(str(error)) from error
    except BotoCoreError as error:
        raise Unreachable(f"No server answers at {client.meta.endpoint_url}: {error}") from error


def absence_message(name: str, error: Exception) -> str:
    """What a console shows when reading the pipeline ``name`` raised ``error``: a sentence, and what to do."""
    if isinstance(error, LookupError) or getattr(error, "code", "") == "PipelineNotFoundException":
        return (
            f"The pipeline {name} no longer exists, so this is its last picture. "
            "To go on, run the cells that create it, and then this one."
        )
    if isinstance(error, ConnectionError):
        return (
            f"The service that holds {name} does not answer, so this is its last picture. "
            "The console goes on by itself when the service is back."
        )
    return (
        f"The service's answer about {name} cannot be read, so this is its last picture. Run the cell again."
    )


def refusal_of(error: ClientError | AdminApiError) -> Refused:
    """Convert an error of boto3 or of the admin API to a refusal."""
    if isinstance(error, AdminApiError):
        return Refused(error.code, str(error))
    return Refused(error.response["Error"]["Code"], error.response["Error"]["Message"])
