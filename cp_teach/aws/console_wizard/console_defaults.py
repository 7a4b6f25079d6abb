"""The calls of the console's wizard, and those for the artifact bucket and the service role of a new pipeline.

Source: user guide, "CodePipeline concepts" of 2018 (a bucket ``codepipeline-<region>-<10 digits>``, created with the
first pipeline of a Region and used by all later ones) and "Manage the service role".
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, NamedTuple

from cp_teach.engine.model.ids import derived
from cp_teach.security.network.botocore_guard import confine, restricted
from cp_teach.style import aws_call_text

ROLE = "AWS-CodePipeline-Service"
"""The name of the role that the console of 2016 created."""

TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"Service": "codepipeline.amazonaws.com"},
            "Action": "sts:AssumeRole",
        }
    ],
}
PERMISSIONS = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Action": ["s3:GetObject", "s3:GetObjectVersion", "s3:GetBucketVersioning"],
            "Resource": "*",
        },
        {"Effect": "Allow", "Action": ["s3:PutObject"], "Resource": "arn:aws:s3:::codepipeline*"},
        {
            "Effect": "Allow",
            "Action": ["codebuild:BatchGetBuilds", "codebuild:StartBuild", "codedeploy:*"],
            "Resource": "*",
        },
    ],
}
"""The permissions that the wizard's actions need; the console of 2016 granted more."""

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


def bucket_of(s3: Any, region: str) -> tuple[str, bool]:
    """The name of the artifact bucket in that Region, and whether it does not exist yet.

    Of several buckets that begin with ``codepipeline-<region>-``, it is the first in alphabetical order.
    """
    start = f"codepipeline-{region}-"
    names = [bucket["Name"] for bucket in s3.list_buckets()["Buckets"]]
    if existing := sorted(name for name in names if name.startswith(start)):
        return existing[0], False
    digits = "".join(
        str(ord(letter) % 10) for letter in derived(f"123456789012/{region}", 0, 0, "bucket", 10)
    )
    return start + digits, True


def make_bucket(name: str, region: str) -> Call:
    """The call that creates a bucket; us-east-1 accepts no location constraint."""
    location = {} if region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": region}}
    return Call("s3", "create_bucket", {"Bucket": name, **location})


def make_role(name: str) -> list[Call]:
    """The calls that create a service role with its trust policy and its permissions."""
    return [
        Call("iam", "create_role", {"RoleName": name, "AssumeRolePolicyDocument": json.dumps(TRUST)}),
        Call(
            "iam",
            "put_role_policy",
            {"RoleName": name, "PolicyName": f"{name}-policy", "PolicyDocument": json.dumps(PERMISSIONS)},
        ),
    ]
