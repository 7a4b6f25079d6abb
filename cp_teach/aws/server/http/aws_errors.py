"""The server's own errors, in the protocol of the requested service: JSON, query, XML, or CBOR."""

from __future__ import annotations

import json
import uuid
from enum import Enum
from typing import NamedTuple
from wsgiref.types import WSGIEnvironment
from xml.sax.saxutils import escape

from cp_teach.aws.protocol import cbor_protocol
from cp_teach.security.network import signature_v4

QUERY = frozenset(
    (
        "autoscaling",
        "cloudformation",
        "cloudsearch",
        "elasticache",
        "elasticbeanstalk",
        "elasticloadbalancing",
    )
).union(("iam", "importexport", "rds", "redshift", "sdb", "ses", "sns", "sts"))
"""Services of the query protocol, by their signing names (botocore's models)."""
XML = frozenset(("cloudfront", "route53"))
EC2_TEMPLATE = "<Response><Errors><Error>{}</Error></Errors><RequestID>{}</RequestID></Response>"
QUERY_TEMPLATE = (
    "<ErrorResponse><Error><Type>Sender</Type>{}</Error><RequestId>{}</RequestId></ErrorResponse>"
)
S3_TEMPLATE = "<Error>{}<RequestId>{}</RequestId></Error>"


class Kind(Enum):
    """The kinds of faults: the status, and the code in services that speak JSON, in those that speak XML, and in S3."""

    FOREIGN = 403, "AccessDeniedException", "AccessDenied", "AccessDenied"
    NOT_ROUTED = 404, "UnknownOperationException", "InvalidAction", "NoSuchKey"
    MALFORMED = 400, "SerializationException", "MalformedQueryString", "InvalidRequest"
    TOO_LARGE = 413, "RequestEntityTooLarge", "RequestEntityTooLarge", "EntityTooLarge"
    CUT_SHORT = 400, "SerializationException", "MalformedQueryString", "IncompleteBody"
    BAD_AUTHORIZATION = (
        400,
        "IncompleteSignatureException",
        "IncompleteSignature",
        "AuthorizationHeaderMalformed",
    )
    NO_KEY = 403, "MissingAuthenticationTokenException", "MissingAuthenticationToken", "AccessDenied"
    UNKNOWN_KEY = 403, "UnrecognizedClientException", "InvalidClientTokenId", "InvalidAccessKeyId"
    BAD_SIGNATURE = 403, "InvalidSignatureException", "SignatureDoesNotMatch", "SignatureDoesNotMatch"
    EXPIRED = 403, "ExpiredTokenException", "ExpiredToken", "AccessDenied"
    BAD_DIGEST = 400, "InvalidSignatureException", "SignatureDoesNotMatch", "XAmzContentSHA256Mismatch"
    NOT_IMPLEMENTED = 501, "NotImplementedException", "NotImplemented", "NotImplemented"
    BROKEN = 500, "InternalFailure", "InternalFailure", "InternalError"


class Fault(Exception):
    """A request that is refused before it reaches moto. The code is the one that AWS uses in the protocol of the
    service."""

    def __init__(self, kind: Kind, message: str, status: int = 0) -> None:
        super().__init__(message)
        self.kind, self.message, self.status = kind, message, status


class Answer(NamedTuple):
    """An HTTP response."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes


def error_response(fault: Fault, environ: WSGIEnvironment, service: str) -> Answer:
    """The fault in the protocol of this service; ``service`` is the signing name, or "" if it is unknown."""
    identifier = str(uuid.uuid4())
    status, code, query_code, s3_code = fault.kind.value
    if is_admin(environ.get("PATH_INFO", "")):
        answer = _json(status, {"error": fault.message, "code": code}, "application/json", "")
    elif environ.get("HTTP_SMITHY_PROTOCOL") == cbor_protocol.PROTOCOL:
        headers = list(cbor_protocol.HEADERS.items())
        answer = Answer(status, headers, cbor_protocol.error(code, fault.message))
    elif "HTTP_X_AMZ_TARGET" in environ:
        answer = _json(status, {"__type": code, "message": fault.message}, "application/x-amz-json-1.1", code)
    elif service == "ec2":
        answer = _xml(status, query_code, EC2_TEMPLATE, fault, identifier)
    elif service in QUERY or service in XML:
        answer = _xml(status, query_code, QUERY_TEMPLATE, fault, identifier)
    elif service in ("s3", ""):  # moto, too, treats an unknown service as S3
        status = 400 if fault.kind is Kind.TOO_LARGE else status  # S3's own status for EntityTooLarge
        answer = _xml(status, s3_code, S3_TEMPLATE, fault, identifier)
    else:
        answer = _json(status, {"message": fault.message}, "application/json", code)
    return answer._replace(
        status=fault.status or answer.status, headers=[*answer.headers, ("x-amzn-RequestId", identifier)]
    )


def is_admin(path: str) -> bool:
    """True for a path of the admin API or of a webhook."""
    return path.startswith("/codepipeline_") and path.partition("/cp-teach/")[0].count("/") == 1


def service_of(environ: WSGIEnvironment) -> str:
    """The signing name of the requested service; "" if the request is not signed."""
    scope = signature_v4.scope_of(environ.get("HTTP_AUTHORIZATION", ""))
    if scope is None and "X-Amz-Credential" in environ.get("QUERY_STRING", ""):
        signed = signature_v4.read_query(environ["QUERY_STRING"])
        scope = signed.scope if signed is not None else None
    return scope.service.lower() if scope is not None else ""


def _typed(content_type: str, code: str) -> list[tuple[str, str]]:
    headers = [("Content-Type", content_type)]
    return [*headers, ("x-amzn-errortype", code)] if code else headers


def _json(status: int, body: dict[str, str], content_type: str, code: str) -> Answer:
    return Answer(status, _typed(content_type, code), json.dumps(body).encode())


def _xml(status: int, code: str, template: str, fault: Fault, identifier: str) -> Answer:
    printable = "".join(letter if letter.isprintable() else "?" for letter in fault.message)  # else not XML
    details = f"<Code>{code}</Code><Message>{escape(printable)}</Message>"
    text = '<?xml version="1.0" encoding="UTF-8"?>\n' + template.format(details, identifier)
    return Answer(status, [("Content-Type", "application/xml")], text.encode("utf-8", "replace"))
