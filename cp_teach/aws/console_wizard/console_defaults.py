"""What the console does by itself when somebody creates a pipeline with it: a bucket, a role.

Source: user guide, "CodePipeline concepts" of 2018 (a bucket ``codepipeline-<region>-<10 digits>``, made with the
first pipeline of a region and used by all later ones) and "Manage the service role".
"""

from __future__ import annotations

import json
from typing import Any

from cp_teach.aws.client.api_call import Call
from cp_teach.engine.model.ids import derived

ROLE = "AWS-CodePipeline-Service"
"""The role that the console of 2016 made."""

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
"""As much as the wizard's actions need; the console of 2016 gave more."""


def bucket_of(s3: Any, region: str, account: str = "123456789012") -> tuple[str, bool]:
    """The bucket for artifacts in that region, and whether it still has to be made.

    Of several that begin with ``codepipeline-<region>-`` it is the first in the order of the alphabet.
    """
    start = f"codepipeline-{region}-"
    known = sorted(each["Name"] for each in s3.list_buckets()["Buckets"] if each["Name"].startswith(start))
    if known:
        return known[0], False
    digits = "".join(str(ord(letter) % 10) for letter in derived(f"{account}/{region}", 0, 0, "bucket", 10))
    return start + digits, True


def make_bucket(name: str, region: str) -> Call:
    """The call that makes a bucket; us-east-1 takes no location."""
    where = {} if region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": region}}
    return Call("s3", "create_bucket", {"Bucket": name, **where})


def make_role(name: str) -> list[Call]:
    """The calls that make a service role: who may assume it, and what it may do."""
    return [
        Call("iam", "create_role", {"RoleName": name, "AssumeRolePolicyDocument": json.dumps(TRUST)}),
        Call(
            "iam",
            "put_role_policy",
            {"RoleName": name, "PolicyName": f"{name}-policy", "PolicyDocument": json.dumps(PERMISSIONS)},
        ),
    ]
