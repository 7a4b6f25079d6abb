"""The WSGI application: check each request from the outside in, then hand it to moto."""

from __future__ import annotations

import binascii
import logging
import re
from collections.abc import Iterable, Mapping
from http import HTTPStatus
from json import JSONDecodeError
from typing import IO, Any
from wsgiref.types import StartResponse, WSGIEnvironment
from xml.parsers.expat import ExpatError

from werkzeug.wsgi import ClosingIterator

from cp_teach.aws.moto_plugin.wsgi_application import MotoApplication
from cp_teach.aws.protocol import cbor_protocol
from cp_teach.aws.server.http import aws_errors, request_body
from cp_teach.aws.server.http.access_keys import AccessKeys
from cp_teach.aws.server.http.aws_errors import Fault, Kind
from cp_teach.aws.server.http.bounded_server import ANSWER_WITHIN, PER_SECOND, REFUSED_WITHIN
from cp_teach.aws.server.http.cbor_translation import translate
from cp_teach.security.input.json_input import InvalidJson, parse_json
from cp_teach.security.network import server_challenge, signature_v4
from cp_teach.security.network.browser_requests import KnownHosts, find_refusal, is_form_type

LOG = logging.getLogger(__name__)

ADDED = (
    # Without the sandbox, a page in a bucket would have this server's origin and could control the server.
    ("Content-Security-Policy", "sandbox allow-scripts"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
    ("X-Content-Type-Options", "nosniff"),
)
UNSIGNED = ("AWSCognitoIdentityService", "AWSCognitoIdentityProviderService")
"""Services with some unsigned operations (Cognito developer guide)."""
TARGET = "CodePipeline_20150709."
_ADMIN_PATH = re.compile(r"/codepipeline_[a-z]{2,4}(-[a-z]{1,8}){1,3}-[0-9]{1,2}/cp-teach/")
_WEBHOOK_PATH = re.compile(r"/codepipeline_[^/]+/cp-teach/webhook/[^/]+/[^/]+")
_PLAIN = re.compile(r"(?P<scheme>[A-Za-z0-9-]+)\s+\S.*")


class Application:
    """moto's application behind all checks. ``moto_api`` also enables moto's own API (``/moto-api/reset``)."""

    def __init__(self, hosts: KnownHosts, keys: AccessKeys, *, moto_api: bool = False) -> None:
        self.hosts, self.keys, self.moto_api = hosts, keys, moto_api
        self._moto: Any = MotoApplication()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        service, body = "", None
        try:
            headers: Mapping[str, str] = environ["cp_teach.headers"]
            service = aws_errors.service_of(environ)
            self._admit(environ, headers, service)
            body = request_body.read_body(environ, request_body.limit_of(environ, service))
            environ["cp_teach.time_limit"](float("inf"))
            if self.keys.required and not _needs_no_key(environ):
                self.keys.check(environ, headers, body)
            _check_text(environ, headers, body, service)
            return self._pass_on(environ, body, service, start_response)
        except Fault as fault:
            if body is not None:
                body.close()
            return _answer(fault, environ, service, start_response)

    def _admit(self, environ: WSGIEnvironment, headers: Mapping[str, str], service: str) -> None:
        """Check everything that depends only on the headers. Raises ``Fault``."""
        refused = find_refusal(
            environ["REQUEST_METHOD"],
            headers,
            self.hosts,
            scheme=environ["wsgi.url_scheme"],
            local_address=environ["cp_teach.local_address"],
        )
        if refused is not None:
            raise Fault(Kind.FOREIGN, refused.message, refused.status)
        path = re.sub("/+", "/", environ["PATH_INFO"])
        _check_authorization(headers, path, service)
        _check_type(environ, headers, path)
        if path.startswith("/moto-api") and not self.moto_api:
            message = (
                "This server does not serve moto's own API. Start it with --moto-api to enable that API."
            )
            raise Fault(Kind.NOT_ROUTED, message)
        if path == "/favicon.ico":
            raise Fault(Kind.NOT_ROUTED, "This server has no icon.")
        if path.startswith("/codepipeline_") and not _ADMIN_PATH.match(path):
            raise Fault(
                Kind.NOT_ROUTED,
                "The admin API is at /codepipeline_REGION/cp-teach/, such as /codepipeline_us-east-1/cp-teach/status.",
            )
        _check_operation(environ, headers, path, service)

    def _pass_on(
        self, environ: WSGIEnvironment, body: IO[bytes], service: str, start_response: StartResponse
    ) -> Iterable[bytes]:
        in_cbor = environ.get("HTTP_SMITHY_PROTOCOL") == cbor_protocol.PROTOCOL
        if in_cbor and service != "codepipeline":
            begin = _Begin(environ, start_response)

            def answer(asked: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
                return self._pass_on(asked, asked["wsgi.input"], service, start)

            return ClosingIterator(translate(environ, body, service, begin, answer), [body.close])
        routed = environ
        if environ.get("HTTP_AUTHORIZATION", "").startswith("AWS "):
            # moto takes a signature of version 2 that happens to have four slashes for a scope of version 4.
            routed = {**environ, "HTTP_AUTHORIZATION": "AWS key:signature"}
        try:
            application = self._moto.get_application(routed)
        except Exception as error:
            # moto finds no service for the request; which exception it raises then is accidental.
            LOG.debug("moto cannot route a request", exc_info=True)
            raise Fault(Kind.NOT_ROUTED, "No service of this server matches the request.") from error
        body.seek(0)  # moto may have read from it to find the operation
        environ["wsgi.input"] = body
        begin = _Begin(environ, start_response)
        try:
            return ClosingIterator(application(environ, begin), [body.close])
        except Exception as error:
            LOG.debug("moto has failed", exc_info=True)
            if begin.begun:
                raise
            raise _fault_of(error, service) from error


class _Begin:
    """A ``start_response`` that removes CORS headers and adds the headers that isolate pages."""

    def __init__(self, environ: WSGIEnvironment, start_response: StartResponse) -> None:
        self._environ, self._start, self.begun = environ, start_response, False

    def __call__(self, status: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
        kept = [pair for pair in headers if not pair[0].lower().startswith("access-control-")]
        names = {name.lower() for name, _ in kept}
        kept += [pair for pair in ADDED if pair[0].lower() not in names]
        if "smithy-protocol" in names and ("Content-Length", "0") in kept:
            kept = [pair for pair in kept if pair[0].lower() != "content-type"]  # Flask adds one
        length = next((value for name, value in kept if name.lower() == "content-length"), "0")
        size = int(length) if length.isdecimal() else 0
        self._environ["cp_teach.time_limit"](ANSWER_WITHIN + size / PER_SECOND)
        self.begun = True
        return self._start(status, kept, *rest)


def _answer(
    fault: Fault, environ: WSGIEnvironment, service: str, start_response: StartResponse
) -> Iterable[bytes]:
    answer = aws_errors.error_response(fault, environ, service)
    headers = [*answer.headers, ("Content-Length", str(len(answer.body))), *ADDED]
    environ["cp_teach.time_limit"](REFUSED_WITHIN)  # the rest of its body is read no longer than that
    start_response(f"{answer.status} {HTTPStatus(answer.status).phrase}", headers)
    return [] if environ["REQUEST_METHOD"] == "HEAD" else [answer.body]


def _check_authorization(headers: Mapping[str, str], path: str, service: str) -> None:
    """Check that moto can read the service from the ``Authorization`` header. Raises ``Fault``."""
    authorization = headers.get("authorization")
    if authorization is not None:
        read = signature_v4.scope_of if authorization.startswith("AWS4-HMAC") else _PLAIN.fullmatch
        if read(authorization) is None:
            raise Fault(Kind.BAD_AUTHORIZATION, "The Authorization header is malformed.")
        if aws_errors.is_admin(path) and service != "codepipeline":
            message = "A request to the admin API must be signed for the service codepipeline."
            raise Fault(Kind.BAD_AUTHORIZATION, message)
    target = headers.get("x-amz-target")
    is_call = target is not None or "smithy-protocol" in headers
    if not is_call or service or (authorization is None and target and target.partition(".")[0] in UNSIGNED):
        return
    raise Fault(Kind.NO_KEY, "Missing Authentication Token: the request is not signed.")


def _check_type(environ: WSGIEnvironment, headers: Mapping[str, str], path: str) -> None:
    """Require JSON for requests that change something, because a page needs a preflight to send JSON to another
    origin. Raises ``Fault``."""
    content_type = headers.get("content-type", "")
    if "x-amz-target" in headers and content_type and is_form_type(content_type):
        message = f"This operation must be sent as application/x-amz-json-1.1, not as {content_type[:60]!r}."
        raise Fault(Kind.MALFORMED, message)
    is_cbor = content_type.partition(";")[0].strip().lower() in ("", "application/cbor")
    if headers.get("smithy-protocol") == cbor_protocol.PROTOCOL and not is_cbor:
        message = f"This operation must be sent as application/cbor, not as {content_type[:60]!r}."
        raise Fault(Kind.MALFORMED, message)
    must_be_json = aws_errors.is_admin(path) and environ["REQUEST_METHOD"] not in ("GET", "HEAD")
    is_json = content_type.partition(";")[0].strip().lower() == "application/json"
    if must_be_json and not is_json and not _needs_no_key(environ):
        message = "The admin API accepts only JSON: send the header Content-Type: application/json."
        raise Fault(Kind.MALFORMED, message, 415)


def _check_operation(environ: WSGIEnvironment, headers: Mapping[str, str], path: str, service: str) -> None:
    """Check that a request for CodePipeline can be one of its operations, and set the path that moto knows. Raises
    ``Fault``."""
    in_cbor = cbor_protocol.canonical_path(path)
    if service != "codepipeline":
        if in_cbor or headers.get("x-amz-target", "").startswith(TARGET):
            raise Fault(Kind.NOT_ROUTED, f"The service {service[:40]!r} has no CodePipeline operations.")
        return
    if aws_errors.is_admin(path) or path.startswith("/moto-api"):
        return
    protocol = headers.get("smithy-protocol")
    if protocol not in (None, cbor_protocol.PROTOCOL):
        message = (
            f"CodePipeline does not speak the protocol {protocol[:40]!r}. Send smithy-protocol: rpc-v2-cbor."
        )
        raise Fault(Kind.NOT_ROUTED, message)
    if not in_cbor and (path != "/" or protocol is not None):
        raise Fault(Kind.NOT_ROUTED, f"CodePipeline has no operation at the path {path[:80]!r}.")
    if in_cbor and protocol is None:
        raise Fault(Kind.NOT_ROUTED, "This operation needs the header smithy-protocol: rpc-v2-cbor.")
    if in_cbor and environ["REQUEST_METHOD"] != "POST":
        raise Fault(Kind.NOT_ROUTED, "An operation must be sent with POST.", 405)
    if in_cbor and (forbidden := [name for name in cbor_protocol.FORBIDDEN if name in headers]):
        raise Fault(Kind.MALFORMED, f"A request in CBOR must not have the header {forbidden[0]}.")
    environ["PATH_INFO"] = in_cbor or path


def _needs_no_key(environ: WSGIEnvironment) -> bool:
    """True for the challenge, which is sent before anything is signed, and for a webhook call, which has its own
    authentication and comes from programs that do not have this server's key.

    A request whose headers name another service is excluded, because moto checks these headers before the path.
    """
    if any(name in environ for name in ("HTTP_AUTHORIZATION", "HTTP_X_AMZ_TARGET", "HTTP_SMITHY_PROTOCOL")):
        return False
    method, path = environ["REQUEST_METHOD"], environ["PATH_INFO"]
    if method == "GET":
        return bool(path == server_challenge.PATH)
    return method == "POST" and _WEBHOOK_PATH.fullmatch(path) is not None


def _check_text(environ: WSGIEnvironment, headers: Mapping[str, str], body: IO[bytes], service: str) -> None:
    """Check that text is UTF-8 and that JSON is valid, because moto fails on both. Raises ``Fault``."""
    content_type = headers.get("content-type", "").partition(";")[0].strip().lower()
    is_query = service in aws_errors.QUERY or service == "ec2"
    is_json = "x-amz-target" in headers or content_type.startswith("application/x-amz-json")
    is_ours = aws_errors.is_admin(environ["PATH_INFO"])
    if not (is_query or is_json or is_ours):
        return
    body.seek(0)
    data = body.read()
    body.seek(0)
    try:
        if is_json and data and not is_ours:
            parse_json(data)
        else:
            data.decode()
    except InvalidJson as error:
        raise Fault(Kind.MALFORMED, f"The body of the request cannot be read. {error}") from error
    except UnicodeDecodeError:
        raise Fault(Kind.MALFORMED, "The body of the request is not UTF-8.") from None


def _fault_of(error: Exception, service: str) -> Fault:
    name = type(error).__name__
    if isinstance(error, NotImplementedError) or name == "OperationNotFoundError":
        return Fault(Kind.NOT_IMPLEMENTED, "moto does not support this operation; AWS might.")
    if isinstance(error, UnicodeError | RecursionError | ExpatError | JSONDecodeError | binascii.Error):
        return Fault(Kind.MALFORMED, f"The body of the request cannot be read ({name}).")
    if not service:  # not signed, so it does not come from an AWS client
        return Fault(Kind.MALFORMED, f"moto cannot read this request ({name}).")
    return Fault(Kind.BROKEN, f"moto cannot answer this request ({name}); AWS might.")
