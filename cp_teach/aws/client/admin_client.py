"""Client for the admin API: over HTTP, or in this process inside ``mock_aws``."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl, quote

from cp_teach.aws.client.connection_errors import AdminApiError, NoAdminApi, Unreachable
from cp_teach.security.input.json_input import InvalidJson, parse_json
from cp_teach.security.network import direct_http
from cp_teach.security.network.botocore_guard import restricted
from cp_teach.security.network.endpoints import (
    Credentials,
    EndpointRefused,
    NotProved,
    address_of,
    is_aws,
    require_server,
)
from cp_teach.security.network.server_keys import credentials_for
from cp_teach.security.network.signature_v4 import sign

Sender = Callable[[str, str, dict[str, Any] | None], dict[str, Any]]
"""(HTTP method, path and query below ``/cp-teach/``, JSON body) -> the JSON answer."""


def admin_sender(client: Any) -> Sender:
    """A function that sends requests to the admin API beside this client's endpoint. Raises ``Unreachable``.

    An AWS address is accepted only inside ``mock_aws``. A server on another machine must first prove that it is a
    cp-teach server.
    """
    url, region = client.meta.endpoint_url, client.meta.region_name
    try:
        aws = is_aws(address_of(url).host)
    except EndpointRefused as error:
        raise Unreachable(str(error)) from error
    if not aws:
        return lambda method, path, body: over_http(url, region, method, path, body, _signing_keys(client))
    if not _mocked():
        raise Unreachable(
            f"This client would reach the real service at {url}, and cp_teach never does. Give boto3.client the "
            "endpoint_url of a cp-teach server, or use it inside cp_teach.mock_aws()."
        )
    return lambda method, path, body: _in_process(client, region, method, path, body)


def _mocked() -> bool:
    """Whether a moto mock is active, so that a client for AWS is answered in this process."""
    models = sys.modules.get("moto.core.models")
    return models is not None and bool(models.botocore_stubber.enabled)


def credentials_object(client: Any) -> Any:
    """The credentials object of a boto3 client; None for a client that does not sign.

    botocore has no public access to it: a client can have other credentials than its session, and only the client's
    private request signer refers to them (botocore 1.44). No other module reads this attribute.
    """
    return client._request_signer._credentials


def keys_of(client: Any) -> Credentials | None:
    """The keys of a boto3 client; None if it has none. Raises ``Unreachable`` if they would come from elsewhere."""
    try:
        with restricted():  # reading an expired key fetches a new one
            keys = credentials_object(client)
            return None if keys is None else Credentials(keys.access_key, keys.secret_key)
    except EndpointRefused as error:
        raise Unreachable(str(error)) from error


def _signing_keys(client: Any) -> Credentials | None:
    """The keys for the admin API: the client's, or the server's if the client would first have to fetch its keys
    elsewhere."""
    try:
        return keys_of(client)
    except Unreachable:
        return credentials_for(client.meta.endpoint_url)


def over_http(
    url: str,
    region: str,
    method: str,
    path: str,
    body: dict[str, Any] | None,
    keys: Credentials | None = None,
) -> dict[str, Any]:
    """One request of the admin API over HTTP, signed with these keys. Raises ``AdminApiError`` or ``Unreachable``."""
    try:
        address = f"{require_server(url)}/codepipeline_{quote(region, safe='')}/cp-teach/{path}"
    except NotProved as error:
        raise NoAdminApi(str(error)) from error
    except EndpointRefused as error:
        raise Unreachable(str(error)) from error
    data = json.dumps(body).encode() if body is not None else None
    headers = {"Content-Type": "application/json"}
    if keys is not None:
        headers |= sign(keys, method, address, data or b"", region=region, service="codepipeline")
    try:
        status, answer = direct_http.send_request(method, address, data, headers=headers)
    except direct_http.NoResponse as error:
        raise Unreachable(f"No server answers at {url}: {error}. Start one with `cp-teach serve`.") from error
    try:
        document = parse_json(answer)
    except InvalidJson:
        document = None
    if not isinstance(document, dict) or (status != 200 and "error" not in document):
        raise NoAdminApi(f"{url} does not have the cp_teach admin API (HTTP {status}).")
    return _checked(status, document)


def _in_process(
    client: Any, region: str, method: str, path: str, body: dict[str, Any] | None
) -> dict[str, Any]:
    if not _mocked():
        raise Unreachable("The mock_aws that held this pipeline has ended. Connect again inside a mock.")
    from moto.codepipeline.models import codepipeline_backends
    from moto.iam.models import get_account_id_from

    from cp_teach.aws.admin_api.dispatch import handle  # only a mock needs the backend in this process

    keys = keys_of(client)
    if keys is None:
        raise Unreachable("This client has no access key. Make it with one; inside a mock any key works.")
    backend: Any = codepipeline_backends[get_account_id_from(keys.access_key)][region]
    if not hasattr(backend, "service"):
        raise Unreachable("This is moto's own mock_aws. Use cp_teach.mock_aws() instead.")
    path, _, query = path.partition("?")
    data = json.dumps(body).encode() if body is not None else b""
    status, _, text = handle(backend.service, method, tuple(path.split("/")), dict(parse_qsl(query)), data)
    return _checked(status, json.loads(text))


def _checked(status: int, document: dict[str, Any]) -> dict[str, Any]:
    if status != 200:
        raise AdminApiError(str(document.get("code", "ValidationException")), str(document["error"]))
    return document
