"""The access keys that this process's servers require, by address, for the kit's own clients and programs."""

from __future__ import annotations

import os

from cp_teach.security.network.endpoints import EXAMPLE, Credentials

_keys: dict[str, Credentials] = {}


def remember_keys(url: str, credentials: Credentials) -> None:
    """Record that the server at this address requires these keys."""
    _keys[_normalized(url)] = credentials


def credentials_for(url: str) -> Credentials:
    """The keys that a server of this process requires at this address, or the example keys, which are not valid at
    AWS."""
    return _keys.get(_normalized(url), EXAMPLE)


def exported_keys_for(url: str) -> Credentials:
    """Like ``credentials_for``, for one of the kit's programs: if ``AWS_ENDPOINT_URL`` is this address, the keys
    exported with it count.

    They are never given to untrusted programs, because they can be real keys.
    """
    url = _normalized(url)
    if url not in _keys and _normalized(os.environ.get("AWS_ENDPOINT_URL", "")) == url:
        return Credentials(
            os.environ.get("AWS_ACCESS_KEY_ID", EXAMPLE.access_key),
            os.environ.get("AWS_SECRET_ACCESS_KEY", EXAMPLE.secret_key),
        )
    return _keys.get(url, EXAMPLE)


def _normalized(url: str) -> str:
    return url.rstrip("/").replace("//localhost:", "//127.0.0.1:")
