"""The rest of the account in moto: buckets, roles, topics, and event rules.

The code calls moto's backends directly. A client could outlive its mock, and would then send requests to AWS.
"""

from __future__ import annotations

import contextlib
import json
from typing import Any, NamedTuple

from cp_teach.security.input.json_input import parse_json


class Fetched(NamedTuple):
    """A version of an object in a bucket."""

    version: str
    data: bytes
    summary: str


class Unreadable(LookupError):
    """An object that cannot be read; ``failure`` is AWS's failure type."""

    def __init__(self, failure: str, message: str) -> None:
        super().__init__(message)
        self.failure, self.message = failure, message


class MotoAccount:
    """One account of moto, seen from one Region."""

    def __init__(self, account: str, region: str) -> None:
        from moto.utilities.utils import get_partition

        self.account, self.region, self.partition = account, region, get_partition(region)
        self.uncommitted_artifacts: dict[tuple[str, str], bytes] = {}
        """Artifacts of the open transaction that are not written yet, by (bucket, key)."""

    # -- S3 ----------------------------------------------------------------------------------------
    def _s3(self) -> Any:
        from moto.s3.models import s3_backends

        return s3_backends[self.account][self.partition]

    def has_bucket(self, bucket: str) -> bool:
        """True if this account has a bucket with that name."""
        return bucket in self._s3().buckets

    def make_bucket(self, bucket: str) -> None:
        """Create a bucket unless the name is taken."""
        with contextlib.suppress(Exception):  # moto has several errors for a name that is taken
            self._s3().create_bucket(bucket, self.region)

    def fetch(self, bucket: str, key: str, version: str = "", *, whole: bool = True) -> Fetched:
        """A version of an object, or the newest one; with its bytes only if ``whole``. Raises ``Unreadable``."""
        if not self.has_bucket(bucket):
            raise Unreadable(
                "ConfigurationError",
                f"The Amazon S3 bucket {bucket} does not exist, or this account may not see it.",
            )
        if not self._s3().get_bucket(bucket).is_versioned:
            raise Unreadable(
                "ConfigurationError",
                f"The Amazon S3 bucket {bucket} is not versioned. A source bucket must have versioning enabled.",
            )
        item = self._object(bucket, key, version)
        if item is None:
            # Without the object, its version says nothing, and the service may have made it up.
            which = f", version {version}," if version and self._object(bucket, key) is not None else ""
            raise Unreadable(
                "ConfigurationError",
                f"The object with key '{key}'{which} does not exist in the Amazon S3 bucket {bucket}.",
            )
        summary = item.metadata.get("x-amz-meta-codepipeline-artifact-revision-summary", "")
        return Fetched(str(item.version_id), bytes(item.value) if whole else b"", summary)

    def _object(self, bucket: str, key: str, version: str = "") -> Any:
        try:
            return self._s3().get_object(bucket, key, version_id=version or None)
        except Exception:  # moto has several errors for a version that does not exist
            return None

    def read(self, bucket: str, key: str) -> bytes | None:
        """The bytes of an object; None if it does not exist."""
        if (bucket, key) in self.uncommitted_artifacts:
            return self.uncommitted_artifacts[bucket, key]
        item = self._object(bucket, key) if self.has_bucket(bucket) else None
        return None if item is None else bytes(item.value)

    def has_object(self, bucket: str, key: str) -> bool:
        """True if the object exists."""
        return (bucket, key) in self.uncommitted_artifacts or self._object(bucket, key) is not None

    def put(self, bucket: str, key: str, data: bytes, kms: str = "") -> bool:
        """Write an object; False if the bucket does not exist.

        It is encrypted with the KMS key, or with the account's key for S3 (user guide: "Configure server-side
        encryption for artifacts").
        """
        if not self.has_bucket(bucket):
            return False
        self._s3().put_object(bucket, key, data, encryption="aws:kms", kms_key_id=kms or None)
        return True

    def has_function(self, name: str, region: str) -> bool:
        """True if this account has a Lambda function of that name or ARN in the Region."""
        from moto.awslambda.models import lambda_backends

        try:
            lambda_backends[self.account][region].get_function(name)
        except Exception:  # moto has several errors for a function that does not exist
            return False
        return True

    # -- IAM and STS -------------------------------------------------------------------------------
    def trusts(self, role: str, who: str) -> bool | None:
        """Whether a service or another role may assume the role, by its trust policy; None if the role does not
        exist."""
        from moto.iam.models import iam_backends

        account = role.split(":")[4] if role.count(":") >= 5 else self.account
        try:
            trust_policy = (
                iam_backends[account][self.partition].get_role_by_arn(role).assume_role_policy_document
            )
        except Exception:  # moto has several errors for a role that does not exist
            return None
        try:
            statements = parse_json(trust_policy).get("Statement", [])
        except (ValueError, TypeError, AttributeError):  # the trust policy is not JSON
            return False
        if isinstance(statements, dict):
            statements = [statements]
        return any(_trusts(each, who) for each in statements)

    def session_credentials(self, role: str, session: str) -> dict[str, str]:
        """Credentials of a role for 15 minutes (model: AWSSessionCredentials)."""
        from moto.sts.models import sts_backends

        assumed = sts_backends[self.account][self.partition].assume_role(
            region_name=self.region,
            role_session_name=session,
            role_arn=role,
            policy="",
            duration=900,
            external_id="",
        )
        return {
            "accessKeyId": assumed.access_key_id,
            "secretAccessKey": assumed.secret_access_key,
            "sessionToken": assumed.session_token,
        }

    # -- SNS and EventBridge -----------------------------------------------------------------------
    def _topic(self, arn: str) -> Any:
        """The topic of any account; None if it does not exist."""
        from moto.sns.models import sns_backends

        _, _, _, region, account, _ = arn.split(":", 5) if arn.count(":") >= 5 else [""] * 6
        return sns_backends[account][region].topics.get(arn) if region and account else None

    def topic_problem(self, arn: str) -> tuple[str, str] | None:
        """Why no approval message can go to the topic: AWS's failure type and message (recorded on AWS, 2026)."""
        if arn.endswith(".fifo"):
            return "ConfigurationError", (
                f"An invalid topic ARN ({arn}) was provided. Update your pipeline to use a valid topic, or create a "
                "new one to use in your pipeline."
            )
        if self._topic(arn) is not None:
            return None
        if arn.count(":") >= 5 and arn.split(":")[4] != self.account:  # another account does not tell
            return "SystemUnavailable", (
                "The action failed due to an internal system error. Wait a few minutes and then try again. If the "
                "problem continues, contact your AWS administrator or AWS Support."
            )
        return "ConfigurationError", (
            f"No Amazon SNS topic with the ARN {arn} was found. Update your pipeline to use an existing topic, or "
            "create a new one to use in your pipeline."
        )

    def publish(self, arn: str, subject: str, message: dict[str, Any] | str) -> bool:
        """Publish a message, as JSON or as it is, to a topic; False if the topic does not exist."""
        topic = self._topic(arn)
        if topic is None:
            return False
        text = message if isinstance(message, str) else json.dumps(message)
        topic.publish(text, subject=subject)
        return True

    def put_event(self, kind: str, detail: dict[str, Any], resource: str, at: float) -> None:
        """Put an event on the default event bus, which sends it to the targets of each matching rule."""
        from moto.events.models import events_backends

        backend = events_backends[self.account][self.region]
        if backend.event_buses["default"].rules:
            backend.put_events(
                [
                    {
                        "Source": "aws.codepipeline",
                        "DetailType": kind,
                        "Detail": json.dumps(detail),
                        "Resources": [resource],
                        "Time": at,
                    }
                ]
            )


def _trusts(statement: Any, who: str) -> bool:
    """True if this statement of a trust policy allows a service or a role to assume the role."""
    if not isinstance(statement, dict) or statement.get("Effect") != "Allow":
        return False
    actions = statement.get("Action", [])
    actions = [actions] if isinstance(actions, str) else actions
    if not {"sts:assumerole", "sts:*", "*"} & {str(action).lower() for action in actions}:
        return False
    principal = statement.get("Principal", {})
    if not who.startswith("arn:"):
        return who in _texts(principal, "Service")
    if principal == "*":
        return True
    partition, account = who.split(":")[1], who.split(":")[4]
    return not {"*", who, account, f"arn:{partition}:iam::{account}:root"}.isdisjoint(
        _texts(principal, "AWS")
    )


def _texts(principal: Any, kind: str) -> list[str]:
    named = principal.get(kind, []) if isinstance(principal, dict) else []
    return [named] if isinstance(named, str) else [each for each in named if isinstance(each, str)]
