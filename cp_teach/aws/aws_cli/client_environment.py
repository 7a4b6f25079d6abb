"""An environment in which boto3 and the AWS CLI reach only a cp-teach server, independent of the home folder."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from cp_teach.aws.aws_cli import guarded_cli
from cp_teach.security.network import botocore_guard
from cp_teach.security.network.endpoints import REGION, address_of, require_server
from cp_teach.security.network.server_keys import credentials_for

HARMLESS = (
    "AWS_CLI_FILE_ENCODING",
    "AWS_CLI_OUTPUT_ENCODING",
    "AWS_DEFAULT_OUTPUT",
    "AWS_MAX_ATTEMPTS",
    "AWS_RETRY_MODE",
)
"""The AWS settings that are kept. All others could redirect a client or give it another identity."""

SETTINGS = ("AWS_", "BOTO", "MOTO_", "TEST_SERVER_MODE", "TEST_PROXY_MODE")
"""Prefixes of the settings for AWS's tools and for moto."""


def restrict_environment(
    url: str,
    environment: Mapping[str, str],
    region: str = REGION,
    *,
    folder: Path | None = None,
) -> dict[str, str]:
    """The given environment without any setting that leads to a real account.

    ``folder`` holds a configuration, credentials, and the command ``bin/aws``; without it, both files are empty, and
    PATH stays as it is. Raises ``EndpointRefused`` unless ``url`` is on this machine or is the address of a cp-teach
    server.
    """
    url = require_server(url)
    harmless = {
        name: value
        for name, value in environment.items()
        if name in HARMLESS or not name.upper().startswith(SETTINGS)
    }
    keys = credentials_for(url)
    hosts = ["127.0.0.1", "localhost", "::1", "[::1]", address_of(url).host]
    no_proxy = environment.get("no_proxy") or environment.get("NO_PROXY") or ""
    direct = ",".join(dict.fromkeys(filter(None, [no_proxy, *hosts])))
    return {
        **harmless,
        "AWS_ENDPOINT_URL": url,
        "AWS_ACCESS_KEY_ID": keys.access_key,
        "AWS_SECRET_ACCESS_KEY": keys.secret_key,
        **({"AWS_SESSION_TOKEN": keys.session_token} if keys.session_token else {}),
        "AWS_DEFAULT_REGION": region,
        "AWS_REGION": region,
        "AWS_CONFIG_FILE": str(folder / "config") if folder else os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": str(folder / "credentials") if folder else os.devnull,
        "BOTO_CONFIG": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_PAGER": "",
        "NO_PROXY": direct,
        "no_proxy": direct,
        **({"PATH": _path(environment.get("PATH", ""), folder)} if folder else {}),
    }


def _path(path: str, folder: Path) -> str:
    """A PATH on which ``aws`` is the real AWS CLI beside this Python, restricted to the sandbox."""
    ours = [str(folder / "bin"), str(Path(sys.executable).parent)]
    others = [entry for entry in path.split(os.pathsep) if entry and entry != ours[0]]
    return os.pathsep.join([ours[0], *([] if ours[1] in others else ours[1:]), *others])


def restrict_process(url: str, region: str = REGION) -> None:
    """Make this process, and the programs that it starts, use that server: ``!aws`` and ``boto3.client`` need no
    options.

    From now on, botocore in this process refuses to send anything elsewhere, because a client that was made earlier no
    longer reads the environment. Raises ``EndpointRefused`` if the address is not a cp-teach server.
    """
    require_server(url)
    restricted = restrict_environment(url, os.environ, region, folder=Path(_folder().name))
    for name in list(os.environ):
        if name not in restricted:
            del os.environ[name]
    os.environ.update(restricted)
    if "boto3" in sys.modules:  # an existing default session would keep the old configuration
        setattr(sys.modules["boto3"], "DEFAULT_SESSION", None)  # noqa: B010 - mypy knows no such attribute of a module


@cache
def _folder() -> tempfile.TemporaryDirectory[str]:
    """A folder with an empty configuration, no credentials, and the command ``aws``, for a process that is restricted.

    PATH names it, so it exists until the process ends.
    """
    botocore_guard.activate()
    temporary = tempfile.TemporaryDirectory(prefix="cp_teach-aws-")
    folder = Path(temporary.name)
    for name in ("config", "credentials"):
        (folder / name).touch()
    _write_command(folder / "bin")
    return temporary


def _write_command(folder: Path) -> None:
    folder.mkdir()
    arguments = guarded_cli.program()
    if os.name == "nt":
        (folder / "aws.cmd").write_text(f"@{subprocess.list2cmdline(arguments)} %*\r\n", encoding="utf-8")
        return
    command = folder / "aws"
    command.write_text(f'#!/bin/sh\nexec {shlex.join(arguments)} "$@"\n', encoding="utf-8")
    command.chmod(0o755)
    if not os.access(command, os.X_OK):
        warnings.warn(
            f"No program can run in {folder}, so !aws is the unmodified AWS CLI. Its keys are not valid at AWS, "
            "but it obeys ~/.aws/cli/alias and --endpoint-url. Use %%aws, or set TMPDIR to a folder where programs "
            "can run.",
            RuntimeWarning,
            stacklevel=2,
        )
