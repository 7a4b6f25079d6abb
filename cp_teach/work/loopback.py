"""An endpoint on this machine: the only kind that is given to a program which speaks to AWS."""

from __future__ import annotations

import ipaddress
import os
import re
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

from cp_teach.work.shell import clean_env

KEY = "AKIAIOSFODNN7EXAMPLE"
SECRET = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
"""The keys of AWS's own documentation: they open nothing."""
REGION = "us-east-1"


class Keys(NamedTuple):
    """An access key: its id, and the secret that signs."""

    id: str
    secret: str


_keys: dict[str, Keys] = {}
"""Keys that servers of this process demand, by their addresses."""


def remember_keys(url: str, keys: Keys) -> None:
    """A server of this process, at this address, demands these keys."""
    _keys[_place(url)] = keys


def keys_for(url: str) -> Keys:
    """The keys to speak with to this address: what a server of this process has drawn, or keys that open nothing."""
    return _keys.get(_place(url), Keys(KEY, SECRET))


def exported_keys_for(url: str) -> Keys:
    """The same for a program of our own: where ``AWS_ENDPOINT_URL`` is this very address, the keys that the user has
    exported beside it count. They are never handed to a stranger's program, for they may be real ones."""
    if _place(url) not in _keys and _place(os.environ.get("AWS_ENDPOINT_URL", "")) == _place(url):
        return Keys(os.environ.get("AWS_ACCESS_KEY_ID", KEY), os.environ.get("AWS_SECRET_ACCESS_KEY", SECRET))
    return keys_for(url)


def _place(url: str) -> str:
    return url.rstrip("/").replace("//localhost:", "//127.0.0.1:")


def loopback(url: str) -> str:
    """The endpoint, without a slash at its end. Raises ``ValueError`` for one that is not on this machine."""
    # Some programs read what is before @ or behind a backslash as the host, others what is on the other side.
    odd = re.search(r"[\\@\s\x00-\x1f]", url)
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname or "", parts.port
        here = host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        here = False
    if odd or not here or parts.scheme not in ("http", "https"):
        raise ValueError(
            f"The endpoint {url!r} is not on this machine. "
            "Give the address of a server that runs here, such as http://127.0.0.1:5000."
        )
    return url.rstrip("/")


def environment(folder: Path, endpoint: str, region: str = REGION) -> dict[str, str]:
    """The environment of a command that speaks to this endpoint: ``clean_env`` with the keys of ``keys_for``."""
    keys = keys_for(endpoint)
    return {
        **clean_env(folder),
        "AWS_ENDPOINT_URL": loopback(endpoint),
        "AWS_ACCESS_KEY_ID": keys.id,
        "AWS_SECRET_ACCESS_KEY": keys.secret,
        "AWS_DEFAULT_REGION": region,
        "AWS_REGION": region,
        "NO_PROXY": "*",  # macOS has proxies that no variable names
        "no_proxy": "*",
    }
