"""How a client asks the admin API that stands beside AWS's operations: over HTTP, or inside ``mock_aws``."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

from cp_teach.security import direct_http
from cp_teach.security.botocore_guard import held
from cp_teach.security.endpoints import EndpointRefused, NotProved, address_of, is_aws, require_server
from cp_teach.security.json_input import BadJson, parse_json


class Unreachable(ConnectionError):
    """No server, or one that is not ours; the message says what to do."""


class Wrong(Exception):
    """The admin API said no; ``code`` is AWS's error name where it has one."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class NoAdmin(Unreachable):
    """Somebody answers, but has no admin API of ours."""


Line = Callable[[str, str, dict[str, Any] | None], dict[str, Any]]


def line_to(client: Any) -> Line:
    """How the admin API beside this client's endpoint is reached. Raises ``Unreachable``.

    An address of AWS is only taken inside ``mock_aws``; any other that is not on this machine has to prove first that
    a cp-teach server answers there.
    """
    url, region = client.meta.endpoint_url, client.meta.region_name
    try:
        aws = is_aws(address_of(url).host)
    except EndpointRefused as error:
        raise Unreachable(str(error)) from error
    if not aws:
        return lambda method, path, body: over_http(url, region, method, path, body)
    if not _mocked():
        raise Unreachable(
            f"This client would reach the real service at {url}, and cp_teach never does. Give boto3.client the "
            "endpoint_url of a cp-teach server, or use it inside cp_teach.mock_aws()."
        )
    return lambda method, path, body: in_process(client, region, method, path, body)


def _mocked() -> bool:
    """Whether a mock of moto is active now, so that a client for AWS is answered in this process."""
    import sys

    models = sys.modules.get("moto.core.models")
    return models is not None and bool(models.MockAWS._mocks_active)


def over_http(url: str, region: str, method: str, path: str, body: dict[str, Any] | None) -> dict[str, Any]:
    """One request of the admin API over HTTP. Raises ``Wrong`` or ``Unreachable``."""
    try:
        address = f"{require_server(url)}/codepipeline_{quote(region, safe='')}/cp-teach/{path}"
    except NotProved as error:
        raise NoAdmin(str(error)) from error
    except EndpointRefused as error:
        raise Unreachable(str(error)) from error
    data = json.dumps(body).encode() if body is not None else None
    try:
        status, answer = direct_http.send(method, address, data, headers={"Content-Type": "application/json"})
    except direct_http.NoAnswer as error:
        raise Unreachable(
            f"Nobody answers at {url}: {error}. Start a server with `cp-teach serve`."
        ) from error
    try:
        told = parse_json(answer)
    except BadJson:
        told = None
    if not isinstance(told, dict) or (status != 200 and "error" not in told):
        raise NoAdmin(f"{url} has no admin API of cp_teach (HTTP {status}).")
    if status != 200:
        raise Wrong(str(told.get("code", "ValidationException")), str(told["error"]))
    return told


def in_process(
    client: Any, region: str, method: str, path: str, body: dict[str, Any] | None
) -> dict[str, Any]:
    """The same without HTTP, inside ``mock_aws``."""
    if not _mocked():
        raise Unreachable("The mock_aws in which this pipeline lived has ended. Connect again inside a mock.")
    from moto.codepipeline.models import codepipeline_backends
    from moto.iam.models import get_account_id_from

    from cp_teach.aws.admin import ask

    try:
        with held():  # a key that has expired is fetched anew
            key = client._request_signer._credentials.access_key
    except EndpointRefused as error:
        raise Unreachable(str(error)) from error
    backend: Any = codepipeline_backends[get_account_id_from(key)][region]
    if not hasattr(backend, "service"):
        raise Unreachable("This is moto's own mock_aws. Use cp_teach.mock_aws() in its place.")
    path, _, query = path.partition("?")
    pairs = dict(pair.split("=", 1) for pair in query.split("&") if pair)
    data = json.dumps(body).encode() if body is not None else b""
    status, _, text = ask(backend.service, method, tuple(path.split("/")), pairs, data)
    told: dict[str, Any] = json.loads(text)
    if status != 200:
        raise Wrong(told.get("code", "ValidationException"), told["error"])
    return told
