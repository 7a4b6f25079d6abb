"""AWS Signature Version 4: sign requests, and check the signatures of requests.

Source: IAM user guide, "Create a signed AWS API request"; S3 API reference, "Authenticating requests: using query
parameters". Each part of a request is used as it was sent, so that both sides sign the same text.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import NamedTuple
from urllib.parse import parse_qsl, quote, unquote, unquote_plus, urlsplit

from cp_teach.security.network.endpoints import Credentials

ALGORITHM = "AWS4-HMAC-SHA256"
UNSIGNED = "UNSIGNED-PAYLOAD"

_SCOPE = (
    r"(?P<key>[\w.+=@-]{1,256})/(?P<date>\d{8})/(?P<region>[A-Za-z0-9-]{1,64})/(?P<service>[A-Za-z0-9-]{1,64})"
    "/aws4_request"
)
_CREDENTIAL = re.compile(_SCOPE, re.A)
_HEADER = re.compile(rf"{ALGORITHM}\s+Credential={_SCOPE}(?P<rest>[\s,].*)?", re.A)
_PART = re.compile(r"(?P<name>SignedHeaders|Signature)=(?P<value>[\w;.-]+)", re.A)


class Scope(NamedTuple):
    """The key, day, region, and service of a signature."""

    key: str
    date: str
    region: str
    service: str


class Signed(NamedTuple):
    """The signature fields of a request."""

    scope: Scope
    headers: tuple[str, ...]
    signature: str
    moment: str
    """``20261130T214000Z``."""
    presigned: bool


def scope_of(authorization: str) -> Scope | None:
    """The credential scope of a version 4 ``Authorization`` header; None if the header is malformed."""
    match = _HEADER.fullmatch(authorization.strip())
    return None if match is None else Scope(match["key"], match["date"], match["region"], match["service"])


def read_header(authorization: str, headers: Mapping[str, str]) -> Signed | None:
    """The signature fields of the ``Authorization`` header; None if one is missing."""
    scope = scope_of(authorization)
    parts = {match["name"]: match["value"] for match in _PART.finditer(authorization)}
    moment = headers.get("x-amz-date", "")
    if scope is None or len(parts) != 2 or not moment.startswith(scope.date):
        return None
    return Signed(scope, tuple(parts["SignedHeaders"].split(";")), parts["Signature"], moment, False)


def read_query(query: str) -> Signed | None:
    """The signature fields of a presigned URL; None if one is missing."""
    parameters = dict(parse_qsl(query, keep_blank_values=True))
    match = _CREDENTIAL.fullmatch(parameters.get("X-Amz-Credential", ""))
    moment, signed = parameters.get("X-Amz-Date", ""), parameters.get("X-Amz-SignedHeaders", "")
    if (
        match is None
        or parameters.get("X-Amz-Algorithm") != ALGORITHM
        or not moment.startswith(match["date"])
    ):
        return None
    scope = Scope(match["key"], match["date"], match["region"], match["service"])
    return Signed(scope, tuple(signed.split(";")), parameters.get("X-Amz-Signature", ""), moment, True)


def signature(
    secret: str, signed: Signed, method: str, path: str, query: str, headers: Mapping[str, str], payload: str
) -> str:
    """The signature of a request. Path and query are already in canonical form (see ``is_genuine``)."""
    lines = [method, path, query]
    lines += [f"{name}:{' '.join(headers.get(name, '').split())}" for name in signed.headers]
    lines += ["", ";".join(signed.headers), payload]
    request = hashlib.sha256("\n".join(lines).encode("latin-1", "replace")).hexdigest()
    scope = (*signed.scope[1:], "aws4_request")
    key = f"AWS4{secret}".encode()
    for part in scope:
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    text = f"{ALGORITHM}\n{signed.moment}\n{'/'.join(scope)}\n{request}"
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()


def is_genuine(
    secret: str, signed: Signed, method: str, path: str, query: str, headers: Mapping[str, str], payload: str
) -> bool:
    """True if the request was signed with that secret. ``path`` and ``query`` are those of the request line, as sent.

    Clients differ in how they encode a path or query again before they sign it, so each form that the documentation
    allows is tried. ``host`` must be among the signed headers, as AWS requires.
    """
    if "host" not in signed.headers:
        return False
    return any(
        hmac.compare_digest(
            signature(secret, signed, method, one_path, one_query, headers, payload).encode(),
            signed.signature.encode(),
        )
        for one_path in dict.fromkeys(_paths(path or "/"))
        for one_query in dict.fromkeys(_queries(query))
    )


def _paths(path: str) -> Iterator[str]:
    yield path
    yield quote(_normalized(path), safe="/~")
    yield quote(unquote(path), safe="/~")


def _normalized(path: str) -> str:
    """The path without empty segments and dots, as every service except S3 requires."""
    parts: list[str] = []
    for part in path.split("/"):
        if part == "..":
            parts = parts[:-1]
        elif part not in ("", "."):
            parts.append(part)
    end = "/" if path.endswith("/") and parts else ""
    return "/" + "/".join(parts) + end


def _queries(query: str) -> Iterator[str]:
    pairs = [pair.partition("=") for pair in query.split("&") if pair]
    pairs = [pair for pair in pairs if pair[0] != "X-Amz-Signature"]
    yield _joined((name, value) for name, _, value in pairs)
    yield _joined((_encode_once(name), _encode_once(value)) for name, _, value in pairs)


def _encode_once(text: str) -> str:
    return quote(unquote_plus(text), safe="-_.~")


def _joined(pairs: Iterable[tuple[str, str]]) -> str:
    return "&".join(f"{name}={value}" for name, value in sorted(pairs))


def sign(
    keys: Credentials, method: str, url: str, body: bytes, *, region: str, service: str
) -> dict[str, str]:
    """The headers that sign a request of this moment. The path and query of ``url`` are signed as they are."""
    parts, moment = urlsplit(url), datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    payload = hashlib.sha256(body).hexdigest()
    headers = {"host": parts.netloc, "x-amz-content-sha256": payload, "x-amz-date": moment}
    scope = Scope(keys.access_key, moment[:8], region, service)
    unsigned = Signed(scope, tuple(sorted(headers)), "", moment, False)
    query = next(_queries(parts.query))
    signed = signature(keys.secret_key, unsigned, method, parts.path, query, headers, payload)
    return {
        "X-Amz-Date": moment,
        "X-Amz-Content-Sha256": payload,
        "Authorization": f"{ALGORITHM} Credential={'/'.join(scope)}/aws4_request, "
        f"SignedHeaders={';'.join(unsigned.headers)}, Signature={signed}",
    }
