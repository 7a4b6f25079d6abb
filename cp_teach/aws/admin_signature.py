"""Signing requests of the admin API: a server that does real work demands its key there, too."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from cp_teach.security.signature_v4 import sign


def keys_of(client: Any) -> tuple[str, str] | None:
    """The keys with which a boto3 client signs; None where it has none."""
    credentials = client._request_signer._credentials
    return (credentials.access_key, credentials.secret_key) if credentials is not None else None


def signature_of(
    method: str, address: str, data: bytes, region: str, keys: tuple[str, str]
) -> dict[str, str]:
    """The headers that sign a request to this address with these keys, as a client of AWS signs it."""
    parts, moment = urlsplit(address), datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    key, secret = keys
    return sign(
        key,
        secret,
        method,
        parts.netloc,
        parts.path,
        parts.query,
        data,
        region=region,
        service="codepipeline",
        moment=moment,
    )
