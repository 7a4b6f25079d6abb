"""Connect to a pipeline behind AWS's API: through the admin API where the server has it, otherwise by polling."""

from __future__ import annotations

from typing import Any

from cp_teach.aws.client.connection_errors import AdminApiError, NoAdminApi
from cp_teach.aws.client.polling_run import PollingRun
from cp_teach.aws.client.remote_run import RemoteRun


def connect(client: Any, name: str, *, trusted: bool = False) -> RemoteRun:
    """The pipeline ``name`` that the boto3 ``client`` reaches, with the interface of a Run.

    >>> console = Console(connect(client, "demo"))  # doctest: +SKIP

    From then on, the client is restricted to this machine and to proven cp-teach servers; a request to any other
    address is refused. A server without the admin API is polled. That server must be on this machine, unless
    ``trusted=True`` is given. AWS itself is refused even then. Raises ``LookupError`` if there is no such pipeline,
    and ``Unreachable`` if no server answers or the address is not allowed.
    """
    try:
        return RemoteRun(client, name)
    except AdminApiError as error:
        raise LookupError(str(error)) from error
    except NoAdminApi:
        return PollingRun(client, name, trusted=trusted)
