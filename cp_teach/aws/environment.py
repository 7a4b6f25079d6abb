"""An environment in which boto3 and the AWS CLI can only reach a server of ours, whatever a home folder says."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from cp_teach.work.loopback import KEY, SECRET, keys_for

__all__ = ["GONE", "KEY", "SECRET", "enter", "sandboxed"]

GONE = (
    "AWS_PROFILE",
    "AWS_DEFAULT_PROFILE",
    "AWS_SESSION_TOKEN",
    "AWS_SECURITY_TOKEN",
    "AWS_ROLE_ARN",
    "AWS_ROLE_SESSION_NAME",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN",
    "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
    "AWS_CA_BUNDLE",
    "AWS_USE_FIPS_ENDPOINT",
    "AWS_USE_DUALSTACK_ENDPOINT",
    "AWS_DATA_PATH",
    "MOTO_ACCOUNT_ID",
)
"""What could lead a client elsewhere, or give it another identity."""


def sandboxed(url: str, environment: Mapping[str, str], region: str = "us-east-1") -> dict[str, str]:
    """That environment, with every way to a real account closed."""
    kept = {
        name: value
        for name, value in environment.items()
        if name not in GONE and not name.startswith("AWS_ENDPOINT_URL")
    }
    folder, keys = _empty(), keys_for(url)
    direct = ",".join(filter(None, [environment.get("NO_PROXY", ""), "127.0.0.1", "localhost"]))
    scripts = str(Path(sys.executable).parent)
    path = environment.get("PATH", "")
    return {
        **kept,
        "AWS_ENDPOINT_URL": url,
        "AWS_ACCESS_KEY_ID": keys.id,
        "AWS_SECRET_ACCESS_KEY": keys.secret,
        "AWS_DEFAULT_REGION": region,
        "AWS_REGION": region,
        "AWS_CONFIG_FILE": str(folder / "config"),
        "AWS_SHARED_CREDENTIALS_FILE": str(folder / "credentials"),
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_PAGER": "",
        "NO_PROXY": direct,
        "no_proxy": direct,
        # The real AWS CLI is installed beside this Python.
        "PATH": path if scripts in path.split(os.pathsep) else scripts + os.pathsep + path,
    }


_folders: list[tempfile.TemporaryDirectory[str]] = []


def _empty() -> Path:
    """A folder with an empty configuration and no credentials; one for this process."""
    if not _folders:
        _folders.append(tempfile.TemporaryDirectory(prefix="cp_teach-aws-"))
        for name in ("config", "credentials"):
            (Path(_folders[0].name) / name).write_text("", encoding="utf-8")
    return Path(_folders[0].name)


def enter(url: str, region: str = "us-east-1") -> None:
    """Make this process, and whatever it starts, use that server: ``!aws`` and ``boto3.client`` need no options."""
    wanted = sandboxed(url, os.environ, region)
    for name in list(os.environ):
        if name not in wanted:
            del os.environ[name]
    os.environ.update(wanted)
    if "boto3" in sys.modules:  # a session that was made before would remember the old configuration
        setattr(sys.modules["boto3"], "DEFAULT_SESSION", None)  # noqa: B010 - mypy knows no such attribute of a module
