"""Dispatch HTTP requests of the admin API and webhook calls to a Region and a handler; map errors to status
codes."""

from __future__ import annotations

import os
import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

from cp_teach.aws.admin_api.handlers import HANDLERS, AdminRequest, BadRequest
from cp_teach.aws.backend.region_backend import RegionBackend
from cp_teach.aws.backend.store import StoreFailed
from cp_teach.aws.operations.pipelines.webhook_calls import WebhookRefused, call_webhook
from cp_teach.aws.protocol import json_protocol
from cp_teach.aws.protocol.errors import AwsError
from cp_teach.aws.protocol.json_protocol import Json
from cp_teach.security.input.json_input import InvalidJson, parse_json
from cp_teach.security.network.signature_v4 import scope_of

Response = tuple[int, dict[str, str], str]
"""Status, headers, and body."""


def handle_http(request: Any, full_url: str) -> Response:
    """Answer a request in the form in which moto passes it on."""
    from moto.codepipeline.models import codepipeline_backends

    url = urlsplit(full_url)
    region_name, _, rest = url.path.partition("/codepipeline_")[2].partition("/cp-teach/")
    path = tuple(segment for segment in rest.split("/") if segment)
    query = {key: values[-1] for key, values in parse_qs(url.query).items()}
    is_webhook = path[:1] == ("webhook",)
    account = path[1] if is_webhook and len(path) == 3 else query.get("account") or _account_of(request)
    if not re.fullmatch("[0-9]{12}", account):
        return _error(404, f"There is no account {account[:40]!r}: an account ID has 12 digits.")
    try:
        backend: Any = codepipeline_backends[account][region_name]
    except KeyError:
        return _error(404, f"There is no region {region_name}.")
    body = request.get_data() if hasattr(request, "get_data") else (request.body or b"")
    if is_webhook:
        return _call_webhook(backend.service, path, body, request)
    return handle(backend.service, request.method, path, query, body)


def _account_of(request: Any) -> str:
    """The account of the key that signed the request, or moto's default account."""
    from moto.iam.models import get_account_id_from

    scope = scope_of(request.headers.get("Authorization", ""))
    key = scope.key if scope is not None else ""
    return os.environ.get("MOTO_ACCOUNT_ID") or get_account_id_from(key)


def handle(
    region: RegionBackend, method: str, path: tuple[str, ...], query: dict[str, str], body: bytes
) -> Response:
    """Answer one request of the admin API."""
    kind = path[0] if path else ""
    handler = HANDLERS.get(("GET" if method == "GET" else "POST", kind))
    if handler is None:
        requests = ", ".join(f"{verb} {name}" for verb, name in HANDLERS)
        return _error(404, f"The admin API has no {method} {kind}. It has: {requests}.")
    try:
        document = parse_json(body) if body else {}
        if not isinstance(document, dict):
            raise BadRequest("the body of a request must be a JSON object")
        with region.transaction():
            region.fire_timers()
            if len(path) > 1 and path[1] in region.pipelines:
                region.catch_up(region.pipelines[path[1]])
            return _json(200, handler(region, AdminRequest(path, query, document)))
    except StoreFailed as error:
        return _error(503, error.message, error.code)
    except AwsError as error:
        return _error(404 if "NotFound" in error.code else 400, error.message, error.code)
    except InvalidJson as error:
        return _error(400, str(error), "SerializationException")
    except (ValueError, TypeError) as error:
        return _error(400, str(error))


def _call_webhook(region: RegionBackend, path: tuple[str, ...], body: bytes, request: Any) -> Response:
    if len(path) != 3 or request.method != "POST":
        return _error(404, "A webhook must be called with POST, at the address that ListWebhooks returns.")
    try:
        address = getattr(request, "remote_addr", "") or ""
        started = call_webhook(region, path[2], body, dict(request.headers), address)
    except WebhookRefused as error:
        return _error(error.status, error.message, error.code)
    except AwsError as error:
        return _error(503 if isinstance(error, StoreFailed) else 400, error.message, error.code)
    return _json(200, {"pipelineExecutionId": started})


def _error(status: int, message: str, code: str = "") -> Response:
    return _json(status, {"error": message, **({"code": code} if code else {})})


def _json(status: int, document: Json) -> Response:
    return (
        status,
        {"Content-Type": "application/json"},
        json_protocol.body(document, nulls=True),
    )  # the event of a function has nulls (as recorded)
