"""Requests in rpc-v2-cbor for moto's services: moto answers them in JSON, and this module translates there and back.

The models of some services prefer CBOR, and the SDKs for Go, Java, and .NET follow them. CodePipeline's own requests
are not translated; they are read as they are.
"""

from __future__ import annotations

import base64
import io
import json
import re
import zlib
from collections.abc import Callable, Iterable
from datetime import datetime
from functools import cache
from typing import IO, Any
from wsgiref.types import StartResponse, WSGIEnvironment

import cbor2

from cp_teach.aws.protocol import cbor_protocol
from cp_teach.aws.protocol.errors import AwsError
from cp_teach.aws.server.http.aws_errors import Fault, Kind
from cp_teach.aws.server.http.request_body import API
from cp_teach.work.sandbox.aws_clients import bare_session

_PATH = re.compile(r"(?:/[^/]+)*/service/(?P<name>[A-Za-z0-9_.]+)/operation/(?P<operation>[A-Za-z0-9]+)")
_SERVICES = ("codebuild", "codedeploy", "cloudwatch", "codeconnections", "resourcegroupstaggingapi")
"""The services of the course whose models have CBOR and JSON (botocore)."""

_NOT_IN_JSON = ("HTTP_SMITHY_PROTOCOL", "HTTP_CONTENT_ENCODING")

Answer = Callable[[WSGIEnvironment, StartResponse], Iterable[bytes]]


@cache
def _models() -> dict[str, Any]:
    """The service models that can be translated, by signing name."""
    session = bare_session()
    models = (session.get_service_model(name) for name in _SERVICES)
    return {
        model.signing_name: model
        for model in models
        if "json" in (model.metadata.get("protocols") or ["json"])
    }


def translate(
    environ: WSGIEnvironment, body: IO[bytes], service: str, start: StartResponse, answer: Answer
) -> Any:
    """Answer a request in CBOR by a JSON request to ``answer``. Raises ``Fault`` for a request that cannot be
    translated."""
    match, model = _PATH.fullmatch(environ["PATH_INFO"]), _models().get(service)
    if model is None:
        raise Fault(
            Kind.NOT_IMPLEMENTED,
            f"The service {service[:40]!r} is not answered in CBOR here. Set your SDK to another of its protocols.",
        )
    if match is None or match["operation"] not in model.operation_names:
        raise Fault(Kind.NOT_ROUTED, f"{model.metadata['serviceId']} has no operation at this path.")
    if environ["REQUEST_METHOD"] != "POST":
        raise Fault(Kind.NOT_ROUTED, "An operation must be sent with POST.", 405)
    status, headers, data = _asked_in_json(
        environ, _request(environ, body), model, match["operation"], answer
    )
    content = _response(status, headers, data, model, match["operation"])
    kept = [
        (name, value)
        for name, value in headers
        if name.lower() not in ("content-type", "content-length", "x-amzn-errortype")
    ]
    start(
        status,
        [*kept, *cbor_protocol.HEADERS.items(), ("Content-Length", str(len(content)))],
    )
    return [content]


def _request(environ: WSGIEnvironment, body: IO[bytes]) -> bytes:
    body.seek(0)
    data = body.read()
    if (
        environ.get("HTTP_CONTENT_ENCODING", "").lower() == "gzip"
    ):  # CloudWatch's clients compress large requests
        data = _unzipped(data)
    try:
        value = cbor_protocol.parse(data, "")
    except AwsError as error:
        raise Fault(Kind.MALFORMED, error.message) from error
    return json.dumps(value, default=lambda blob: base64.b64encode(blob).decode()).encode()


def _unzipped(data: bytes) -> bytes:
    reader = zlib.decompressobj(zlib.MAX_WBITS | 16)
    try:
        text = reader.decompress(data, API)
    except zlib.error as error:
        raise Fault(Kind.MALFORMED, "The body of the request is not in gzip's format.") from error
    if reader.unconsumed_tail:
        raise Fault(Kind.TOO_LARGE, f"The request body has more than {API:,} bytes.")
    return text


def _asked_in_json(
    environ: WSGIEnvironment, body: bytes, model: Any, operation: str, answer: Answer
) -> tuple[str, list[tuple[str, str]], bytes]:
    metadata = model.metadata
    asked = {key: value for key, value in environ.items() if key not in _NOT_IN_JSON}
    asked |= {
        "PATH_INFO": "/",
        "HTTP_X_AMZ_TARGET": f"{metadata['targetPrefix']}.{operation}",
        "CONTENT_TYPE": f"application/x-amz-json-{metadata['jsonVersion']}",
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.input": io.BytesIO(body),
    }
    begun: list[tuple[str, list[tuple[str, str]]]] = []

    def start(status: str, headers: list[tuple[str, str]], *_: Any) -> Callable[[bytes], object]:
        begun.append((status, headers))
        return lambda data: None

    result = answer(asked, start)
    try:
        data = b"".join(result)
    finally:
        getattr(result, "close", lambda: None)()
    status, headers = begun[-1]
    return status, headers, data


def _response(status: str, headers: list[tuple[str, str]], data: bytes, model: Any, operation: str) -> bytes:
    import botocore.parsers

    answered = {
        "status_code": int(status[:3]),
        "headers": {name.lower(): value for name, value in headers},
        "body": data,
    }
    shape = model.operation_model(operation).output_shape
    parsed = botocore.parsers.create_parser("json").parse(answered, shape)
    parsed.pop("ResponseMetadata", None)
    error = parsed.pop("Error", None)
    if error is not None:
        code = f"com.amazonaws.{model.endpoint_prefix}#{error.get('Code')}"
        return cbor2.dumps({**_encodable(parsed), "__type": code, "message": str(error.get("Message"))})
    return b"" if shape is None else cbor2.dumps(_encodable(parsed))


def _encodable(value: Any) -> Any:
    if isinstance(value, datetime):
        return cbor2.CBORTag(1, round(value.timestamp(), 3))
    if isinstance(value, dict):
        return {key: _encodable(item) for key, item in value.items() if item is not None}
    return [_encodable(item) for item in value] if isinstance(value, list) else value
