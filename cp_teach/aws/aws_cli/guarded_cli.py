"""Run the real AWS CLI, restricted to the servers of a sandbox: no other address, no alias, and no other program.

The CLI bundles its own botocore, and it always reads ``~/.aws/cli/alias``, independent of the environment. This module
patches both in the CLI's process before its first command.
"""

from __future__ import annotations

import os
import sys
import urllib.request
from pathlib import Path

from cp_teach.security.network.endpoints import EndpointRefused, check_request, require_server

START = (
    "import sys; sys.path = [*filter(None, sys.path), {place!r}]; "
    "from cp_teach.aws.aws_cli.guarded_cli import main; main()"
)
"""The program. The current folder is not on its import path, because that folder can contain anything."""


def program() -> list[str]:
    """The command line that starts this Python's AWS CLI. No other AWS CLI is started, because it could not be
    restricted."""
    return [sys.executable, "-c", START.format(place=str(Path(__file__).parents[3]))]


def restrict() -> None:
    """Restrict the CLI in this process to allowed addresses, and disable its aliases."""
    import awscli.alias

    from cp_teach.security.network import botocore_guard

    botocore_guard.activate()
    awscli.alias.AliasLoader.get_aliases = lambda self: {}
    # A few commands (deploy, gamelift) send requests without botocore.
    urllib.request.install_opener(urllib.request.build_opener(_Allowed, urllib.request.ProxyHandler({})))


class _Allowed(urllib.request.BaseHandler):
    """Refuses requests that ``endpoints`` does not allow; each redirect is checked as a separate request."""

    def http_request(self, request: urllib.request.Request) -> urllib.request.Request:
        """Check a request before it is sent."""
        check_request(request.full_url)
        return request

    https_request = http_request


def allow_server() -> None:
    """Allow the server that the environment names, if it proves that it is a cp-teach server."""
    try:
        require_server(os.environ.get("AWS_ENDPOINT_URL", ""))
    except EndpointRefused:
        return  # the CLI's own request then reports the error


def main() -> None:
    """Run the AWS CLI; never returns."""
    if os.environ.get("LC_CTYPE") == "UTF-8":  # macOS sets this, and Python has no such locale
        os.environ["LC_CTYPE"] = "en_US.UTF-8"
    try:
        import awscli.clidriver
    except ModuleNotFoundError:
        sys.exit("The AWS CLI is not installed. Run: pip install awscli")
    restrict()
    allow_server()
    sys.argv[0] = "aws"
    sys.exit(awscli.clidriver.main())
