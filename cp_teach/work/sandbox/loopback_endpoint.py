"""The environment of a program that uses AWS: an endpoint on this machine, and that server's keys."""

from __future__ import annotations

from pathlib import Path

from cp_teach.security.network.endpoints import REGION, require_loopback
from cp_teach.security.network.server_keys import credentials_for
from cp_teach.work.sandbox.run_command import clean_env


def environment(folder: Path, endpoint: str, region: str = REGION) -> dict[str, str]:
    """The environment of a command that uses this endpoint: ``clean_env`` with the keys of ``credentials_for``."""
    keys = credentials_for(endpoint)
    return {
        **clean_env(folder),
        "AWS_ENDPOINT_URL": require_loopback(endpoint),
        "AWS_ACCESS_KEY_ID": keys.access_key,
        "AWS_SECRET_ACCESS_KEY": keys.secret_key,
        "AWS_DEFAULT_REGION": region,
        "AWS_REGION": region,
        "NO_PROXY": "*",  # macOS also has proxies that no variable defines
        "no_proxy": "*",
    }
