"""The server's own errors, in the protocol of the requested service: JSON, query, XML, or CBOR."""

from __future__ import annotations

import json
import uuid
from typing import Any, NamedTuple
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


class Fault(Exception):
    """A request that is refused before it reaches moto. The code is the one that AWS uses in the protocol of the
    service."""

    def __init__(self, kind: Kind, message: str, status: int = 0) -> None:
        super().__init__(message)
        self.kind, self.message, self.status = kind, message, status


class Kind(NamedTuple):
    """One kind of fault: (status, code) for services that speak JSON, for those that speak XML, and for S3."""

    json: tuple[int, str]
    query: tuple[int, str]
    s3: tuple[int, str]


FOREIGN = Kind((403, "AccessDeniedException"), (403, "AccessDenied"), (403, "AccessDenied"))
NOT_ROUTED = Kind((404, "UnknownOperationException"), (404, "InvalidAction"), (404, "NoSuchKey"))
MALFORMED = Kind((400, "SerializationException"), (400, "MalformedQueryString"), (400, "InvalidRequest"))
TOO_LARGE = Kind((413, "RequestEntityTooLarge"), (413, "RequestEntityTooLarge"), (400, "EntityTooLarge"))
CUT_SHORT = Kind((400, "SerializationException"), (400, "MalformedQueryString"), (400, "IncompleteBody"))
BAD_AUTHORIZATION = Kind(
    (400, "IncompleteSignatureException"), (400, "IncompleteSignature"), (400, "AuthorizationHeaderMalformed")
)
NO_KEY = Kind(
    (403, "MissingAuthenticationTokenException"), (403, "MissingAuthenticationToken"), (403, "AccessDenied")
)
UNKNOWN_KEY = Kind(
    (403, "UnrecognizedClientException"), (403, "InvalidClientTokenId"), (403, "InvalidAccessKeyId")
)
BAD_SIGNATURE = Kind(
    (403, "InvalidSignatureException"), (403, "SignatureDoesNotMatch"), (403, "SignatureDoesNotMatch")
)
EXPIRED = Kind((403, "ExpiredTokenException"), (403, "ExpiredToken"), (403, "AccessDenied"))
BAD_DIGEST = Kind(
    (400, "InvalidSignatureException"), (400, "SignatureDoesNotMatch"), (400, "XAmzContentSHA256Mismatch")
)
NOT_IMPLEMENTED = Kind((501, "NotImplementedException"), (501, "NotImplemented"), (501, "NotImplemented"))
BROKEN = Kind((500, "InternalFailure"), (500, "InternalFailure"), (500, "InternalError"))


class Answer(NamedTuple):
    """An HTTP response."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes


def error_response(fault: Fault, environ: dict[str, Any], service: str) -> Answer:
    """The fault in the protocol of this service; ``service`` is the signing name, or "" if it is unknown."""
    path, identifier = environ.get("PATH_INFO", ""), str(uuid.uuid4())
    target = environ.get("HTTP_X_AMZ_TARGET")
    if is_admin(path):
        status, code = fault.kind.json
        answer = _json(status, {"error": fault.message, "code": code}, "application/json", "")
    elif environ.get("HTTP_SMITHY_PROTOCOL") == cbor_protocol.PROTOCOL:
        status, code = fault.kind.json
        headers = [*_typed("application/cbor", code), ("smithy-protocol", cbor_protocol.PROTOCOL)]
        answer = Answer(status, headers, cbor_protocol.error(code, fault.message))
    elif target is not None:
        status, code = fault.kind.json
        kind = "application/x-amz-json-1.1"
        answer = _json(status, {"__type": code, "message": fault.message}, kind, code)
    elif service == "ec2":
        answer = _xml(fault.kind.query, EC2_TEMPLATE, fault, identifier)
    elif service in QUERY or service in XML:
        answer = _xml(fault.kind.query, QUERY_TEMPLATE, fault, identifier)
    elif service in ("s3", ""):  # moto, too, treats an unknown service as S3
        answer = _xml(fault.kind.s3, S3_TEMPLATE, fault, identifier)
    else:
        status, code = fault.kind.json
        answer = _json(status, {"message": fault.message}, "application/json", code)
    return answer._replace(
        status=fault.status or answer.status, headers=[*answer.headers, ("x-amzn-RequestId", identifier)]
    )


def is_admin(path: str) -> bool:
    """True for a path of the admin API or of a webhook."""
    return path.startswith("/codepipeline_") and path.partition("/cp-teach/")[0].count("/") == 1


def service_of(environ: dict[str, Any]) -> str:
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


def _xml(kind: tuple[int, str], template: str, fault: Fault, identifier: str) -> Answer:
    status, code = kind
    details = f"<Code>{code}</Code><Message>{escape(_printable(fault.message))}</Message>"
    text = '<?xml version="1.0" encoding="UTF-8"?>\n' + template.format(details, identifier)
    return Answer(status, [("Content-Type", "application/xml")], text.encode("utf-8", "replace"))


def _printable(text: str) -> str:
    """The text without characters that XML does not allow."""
    return "".join(letter if letter.isprintable() else "?" for letter in text)
