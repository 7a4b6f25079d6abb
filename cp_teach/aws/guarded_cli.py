"""The real AWS CLI, held to the servers of a sandbox: it reaches no other address, runs no alias and no program.

The CLI brings a botocore of its own, and reads ``~/.aws/cli/alias`` whatever its variables say. Both are put right in
its process, before its first command.
"""

from __future__ import annotations

import os
import sys
import urllib.request
from pathlib import Path

from cp_teach.security.endpoints import EndpointRefused, check_request, require_server

START = "import sys; sys.path = [*filter(None, sys.path), {place!r}]; from cp_teach.aws.guarded_cli import main; main()"
"""The program: the current folder, which may hold anything, is not among the places that it imports from."""


def program() -> list[str]:
    """How the AWS CLI of this Python is started. Another AWS CLI is never started, because it cannot be held."""
    return [sys.executable, "-c", START.format(place=str(Path(__file__).parents[2]))]


def hold() -> None:
    """Hold the CLI that this process has loaded to allowed addresses, and let it read no aliases."""
    import awscli.alias

    from cp_teach.security import botocore_guard

    botocore_guard.activate()
    awscli.alias.AliasLoader.get_aliases = lambda self: {}
    # A few commands (deploy, gamelift) fetch something without botocore.
    urllib.request.install_opener(urllib.request.build_opener(_Allowed, urllib.request.ProxyHandler({})))


class _Allowed(urllib.request.BaseHandler):
    """Refuses what ``endpoints`` does not allow, redirects included: each is a request of its own."""

    def http_request(self, request: urllib.request.Request) -> urllib.request.Request:
        """Look at a request before it is sent."""
        check_request(request.full_url)
        return request

    https_request = http_request


def allow_server() -> None:
    """Let the CLI reach the server that its environment names, if that proves to be ours."""
    try:
        require_server(os.environ.get("AWS_ENDPOINT_URL", ""))
    except EndpointRefused:
        return  # the request says it, in the words of the CLI


def main() -> None:
    """Be the AWS CLI; never returns."""
    if os.environ.get("LC_CTYPE") == "UTF-8":  # macOS says so, and Python knows no such locale
        os.environ["LC_CTYPE"] = "en_US.UTF-8"
    try:
        import awscli.clidriver
    except ModuleNotFoundError:
        sys.exit("The AWS CLI is not installed. Run: pip install awscli")
    hold()
    allow_server()
    sys.argv[0] = "aws"
    sys.exit(awscli.clidriver.main())
