"""One call of AWS's API as data: its AWS CLI command, its boto3 call, and a method that makes it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from cp_teach.security.network.botocore_guard import confine, restricted
from cp_teach.style import aws_call_text

ALREADY_EXISTS = (
    "EntityAlreadyExists",
    "BucketAlreadyOwnedByYou",
    "RepositoryNameExistsException",
    "ResourceAlreadyExistsException",
    "ApplicationAlreadyExistsException",
    "DeploymentGroupAlreadyExistsException",
)
"""Errors for a resource that already exists, which is what the wizard wants."""


class Call(NamedTuple):
    """One call: ``service`` and ``operation`` as boto3 names them, and its parameters."""

    service: str
    operation: str
    parameters: dict[str, Any]

    @property
    def cli(self) -> str:
        """The AWS CLI command."""
        service = "s3api" if self.service == "s3" else self.service
        return aws_call_text.format_cli(service, self.operation, self.parameters)

    @property
    def command(self) -> str:
        """The AWS CLI command without its options: ``aws s3api create-bucket``."""
        return " ".join(self.cli.split(" ", 3)[:3])

    @property
    def boto3(self) -> str:
        """The boto3 call."""
        return aws_call_text.format_boto3(self.service, self.operation, self.parameters)

    def do(self, client: Callable[[str], Any]) -> Any:
        """Make the call; None if the thing that it would create already exists.

        Raises botocore's ``ClientError``, and ``EndpointRefused`` for a client that would leave this machine.
        """
        from botocore.exceptions import ClientError

        try:
            with restricted():
                return getattr(confine(client(self.service)), self.operation)(**self.parameters)
        except ClientError as error:
            if error.response["Error"]["Code"] in ALREADY_EXISTS:
                return None
            raise
