"""The random access keys that a server requires where real work is done, and the check of signed requests.

Without real work every key is accepted, as with moto. With real work, a request must be signed with the key that this
server generated, or with a key that its own IAM or STS has issued since then. No page ever gets the key.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
import string
import threading
import time
import weakref
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import IO, Any
from urllib.parse import parse_qsl, urlsplit
from wsgiref.types import WSGIEnvironment

from cp_teach.aws.server.http.aws_errors import Fault, Kind
from cp_teach.security.network import signature_v4
from cp_teach.security.network.endpoints import Credentials
from cp_teach.security.network.server_keys import remember_keys

_ID_LETTERS = string.ascii_uppercase + "234567"
_SECRET_LETTERS = string.ascii_letters + string.digits
_issued: set[str] = set()
"""Secret keys that IAM and STS have issued while a server of this process required keys."""
_LOCK = threading.Lock()


class AccessKeys:
    """The key pair of one server, and the owners of real work for which it is required."""

    def __init__(self) -> None:
        self.id = "AKIA" + _drawn(16, _ID_LETTERS)
        self.secret = _drawn(40, _SECRET_LETTERS)
        self._token_secret = secrets.token_bytes(32)
        self._owners: weakref.WeakSet[Any] = weakref.WeakSet()
        self._clients: weakref.WeakSet[Any] = weakref.WeakSet()
        self._always = False

    @property
    def required(self) -> bool:
        """True while real work is done behind this server."""
        return self._always or len(self._owners) > 0

    def require_for(self, owner: object, url: str) -> None:
        """Refuse all other keys while ``owner`` exists, or until ``release``. The kit's own clients get the keys."""
        with _LOCK:
            self._owners.add(owner)
            self._hand_out(url)

    def require_always(self, url: str) -> None:
        """Refuse all other keys permanently."""
        self._always = True
        with _LOCK:
            self._hand_out(url)

    def release(self, owner: object) -> None:
        """Record that ``owner`` no longer does real work."""
        self._owners.discard(owner)

    def token_secret(self) -> bytes:
        """The secret for approval tokens; empty while no keys are required."""
        return self._token_secret if self.required else b""

    def follow(self, credentials: Any) -> None:
        """Give these client credentials the keys now, or as soon as they are required."""
        with _LOCK:
            self._clients.add(credentials)
            if self.required:
                credentials.access_key, credentials.secret_key = self.id, self.secret

    def _hand_out(self, url: str) -> None:
        remember_keys(url, Credentials(self.id, self.secret))
        for credentials in list(self._clients):
            credentials.access_key, credentials.secret_key = self.id, self.secret
        if os.environ.get("AWS_ENDPOINT_URL") == url:  # a sandbox has pointed this process here
            os.environ["AWS_ACCESS_KEY_ID"], os.environ["AWS_SECRET_ACCESS_KEY"] = self.id, self.secret
        _draw_issued_keys()

    # -- checking ----------------------------------------------------------------------------------
    def check(self, environ: WSGIEnvironment, headers: Mapping[str, str], body: IO[bytes]) -> None:
        """Return if one of these keys has signed the request. Raises ``Fault``."""
        query = environ.get("QUERY_STRING", "")
        authorization = headers.get("authorization", "")
        if authorization.startswith(signature_v4.ALGORITHM):
            signed = signature_v4.read_header(authorization, headers)
        elif "X-Amz-Credential" in query or "X-Amz-Signature" in query:
            signed = signature_v4.read_query(query)
        elif "AWSAccessKeyId=" in query or authorization.startswith("AWS "):
            self._check_version_2(environ, headers, authorization, query)
            return
        else:
            raise Fault(
                Kind.NO_KEY,
                "This server does real work, so each request must be signed with its access key. "
                "Copy AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY from the place where the server was started.",
            )
        if signed is None:
            raise Fault(
                Kind.BAD_AUTHORIZATION,
                "The signature lacks a part, or its date differs from that of its scope.",
            )
        secret = self._secret_of(signed.scope.key)
        if signed.presigned:
            _check_expiry(query, signed.moment)
        payload = _payload(signed, headers, body)
        path = urlsplit(environ.get("RAW_URI", "")).path
        if environ.get("RAW_URI", "").startswith("//"):  # a path, not a host name
            path = environ["RAW_URI"].partition("?")[0]
        if not signature_v4.is_genuine(
            secret, signed, environ["REQUEST_METHOD"], path, query, headers, payload
        ):
            raise _does_not_match()

    def _secret_of(self, key: str) -> str:
        if hmac.compare_digest(key.encode(), self.id.encode()):
            return self.secret
        from moto.iam.models import iam_backends

        for account in list(iam_backends.values()):
            for backend in list(account.values()):
                access_key = backend.access_keys.get(key)
                if (
                    access_key is not None
                    and access_key.secret_access_key in _issued
                    and access_key.status == "Active"
                ):
                    return str(access_key.secret_access_key)
        raise Fault(
            Kind.UNKNOWN_KEY,
            "The security token included in the request is invalid: this server does real work, so it accepts only the "
            "access key that it generated, and keys that its own IAM and STS have issued since. Make a new client, or "
            "copy the key from the place where the server was started.",
        )

    def _check_version_2(
        self, environ: WSGIEnvironment, headers: Mapping[str, str], authorization: str, query: str
    ) -> None:
        """Check a signature of version 2 for S3, which boto3 still uses for presigned URLs."""
        from botocore.auth import HmacV1Auth, HmacV1QueryAuth
        from botocore.compat import HTTPHeaders
        from botocore.credentials import Credentials

        parameters = dict(parse_qsl(query, keep_blank_values=True))
        if authorization:
            key, _, signature = authorization.removeprefix("AWS ").partition(":")
            kind, expires = HmacV1Auth, None
        else:
            key, signature = parameters.get("AWSAccessKeyId", ""), parameters.get("Signature", "")
            kind, expires = HmacV1QueryAuth, parameters.get("Expires", "")
            if not expires.isdecimal() or len(expires) > 12 or int(expires) < time.time():
                raise Fault(Kind.EXPIRED, "Request has expired")
        signer = kind(Credentials(key, self._secret_of(key)))
        # botocore signs the current time, but here the date or the expiry in the request counts.
        moment = expires or headers.get("date", "")
        vars(signer)["_get_date"] = lambda: moment
        url = urlsplit("http://host" + environ.get("RAW_URI", "/"))
        sent = HTTPHeaders()
        for name, value in headers.items():
            sent[name] = value
        bucket = headers.get("host", "").partition(".")[0]
        # A bucket can be signed with a trailing slash; the last form is an S3 virtual host.
        for path in (url.path, f"{url.path}/", f"/{bucket}{url.path}"):
            expected = signer.get_signature(environ["REQUEST_METHOD"], url, sent, expires, path)
            if hmac.compare_digest(str(expected).strip().encode(), signature.strip().encode()):
                return
        raise _does_not_match()


def _does_not_match() -> Fault:
    return Fault(
        Kind.BAD_SIGNATURE,
        "The request signature we calculated does not match the signature you provided. "
        "Check your AWS Secret Access Key and signing method.",
    )


def _check_expiry(query: str, moment: str) -> None:
    parameters = dict(parse_qsl(query, keep_blank_values=True))
    seconds = parameters.get("X-Amz-Expires", "")
    try:
        signed = datetime.strptime(moment, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC).timestamp()
    except ValueError:
        raise Fault(Kind.BAD_AUTHORIZATION, "X-Amz-Date is not a date such as 20261130T214000Z.") from None
    if not seconds.isdecimal() or len(seconds) > 6 or signed + int(seconds) < time.time():
        raise Fault(Kind.EXPIRED, "Request has expired")


def _payload(signed: signature_v4.Signed, headers: Mapping[str, str], body: IO[bytes]) -> str:
    """The body hash that the signature covers. A hash in a header must match the body."""
    declared = headers.get("x-amz-content-sha256", "")
    if signed.presigned:
        return declared if "x-amz-content-sha256" in signed.headers else signature_v4.UNSIGNED
    if declared and not (len(declared) == 64 and set(declared) <= set(string.hexdigits)):
        return declared  # UNSIGNED-PAYLOAD, or STREAMING-… whose chunks are S3's to read
    digest = hashlib.sha256()
    body.seek(0)
    while piece := body.read(1 << 16):
        digest.update(piece)
    body.seek(0)
    if declared and not hmac.compare_digest(digest.hexdigest(), declared.lower()):
        raise Fault(
            Kind.BAD_DIGEST, "The provided 'x-amz-content-sha256' header does not match what was computed."
        )
    return digest.hexdigest()


def _drawn(length: int, letters: str) -> str:
    return "".join(secrets.choice(letters) for _ in range(length))


def _draw_issued_keys() -> None:
    """Make moto's IAM and STS draw secret keys from the operating system. moto's own generator is seeded, so its keys
    are predictable."""
    from moto.iam import models

    vars(models)["random_alphanumeric"] = _issue


def _issue(length: int) -> str:
    secret = _drawn(length, _SECRET_LETTERS)
    _issued.add(secret)
    return secret
