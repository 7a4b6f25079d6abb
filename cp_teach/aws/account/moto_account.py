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

    # -- IAM and STS -------------------------------------------------------------------------------
    def trusts(self, role: str, service: str) -> bool | None:
        """Whether a service may assume the role; None if the role does not exist."""
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
        return any(_trusts(each, service) for each in statements)

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
    def publish(self, topic: str, subject: str, message: dict[str, Any]) -> bool:
        """Publish a message to a topic of this account; False if the topic does not exist."""
        from moto.sns.models import sns_backends

        region = topic.split(":")[3] if topic.count(":") == 5 else ""  # templates may have a bare name
        topics = sns_backends[self.account][region].topics if region else {}
        if topic not in topics:
            return False
        topics[topic].publish(json.dumps(message), subject=subject)
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


def _trusts(statement: Any, service: str) -> bool:
    """True if this statement of a trust policy allows the service to assume the role."""
    if not isinstance(statement, dict) or statement.get("Effect") != "Allow":
        return False
    actions = statement.get("Action", [])
    actions = [actions] if isinstance(actions, str) else actions
    if not {"sts:assumerole", "sts:*", "*"} & {str(action).lower() for action in actions}:
        return False
    principal = statement.get("Principal", {})
    services = principal.get("Service", []) if isinstance(principal, dict) else []
    return service in ([services] if isinstance(services, str) else services)
