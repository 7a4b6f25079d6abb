"""The artifact bucket and the service role that the console creates together with a pipeline.

Source: user guide, "CodePipeline concepts" of 2018 (a bucket ``codepipeline-<region>-<10 digits>``, created with the
first pipeline of a Region and used by all later ones) and "Manage the service role".
"""

from __future__ import annotations

import json
from typing import Any

from cp_teach.aws.client.api_call import Call
from cp_teach.engine.model.ids import derived

ACCOUNT = "123456789012"
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


def bucket_of(s3: Any, region: str) -> tuple[str, bool]:
    """The name of the artifact bucket in that Region, and whether it does not exist yet.

    Of several buckets that begin with ``codepipeline-<region>-``, it is the first in alphabetical order.
    """
    start = f"codepipeline-{region}-"
    names = [bucket["Name"] for bucket in s3.list_buckets()["Buckets"]]
    if existing := sorted(name for name in names if name.startswith(start)):
        return existing[0], False
    digits = "".join(str(ord(letter) % 10) for letter in derived(f"{ACCOUNT}/{region}", 0, 0, "bucket", 10))
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
