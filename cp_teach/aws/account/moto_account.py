"""The rest of the account: buckets, roles, topics and rules, as moto keeps them beside us.

moto's backends are called directly and never through a client: a client outlives its mock, and would then reach for
the real service.
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


class World:
    """What moto has of one account, seen from one region."""

    def __init__(self, account: str, region: str) -> None:
        from moto.utilities.utils import get_partition

        self.account, self.region, self.partition = account, region, get_partition(region)
        self.coming: dict[tuple[str, str], bytes] = {}
        """Artifacts of the open transaction that are not written yet, by (bucket, key)."""

    # -- S3 ----------------------------------------------------------------------------------------
    def _s3(self) -> Any:
        from moto.s3.models import s3_backends

        return s3_backends[self.account][self.partition]

    def has_bucket(self, bucket: str) -> bool:
        """True if this account has a bucket of that name."""
        return bucket in self._s3().buckets

    def make_bucket(self, bucket: str) -> None:
        """Make a bucket unless somebody has one of that name."""
        with contextlib.suppress(Exception):  # moto says in many ways that the name is taken
            self._s3().create_bucket(bucket, self.region)

    def fetch(self, bucket: str, key: str, version: str = "", *, whole: bool = True) -> Fetched:
        """That object, or its newest version; without its bytes unless ``whole``. Raises ``Unreadable``."""
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
        found = self._object(bucket, key, version)
        if found is None:
            which = f", version {version}," if version else ""
            raise Unreadable(
                "ConfigurationError",
                f"The object with key '{key}'{which} does not exist in the Amazon S3 bucket {bucket}.",
            )
        summary = found.metadata.get("x-amz-meta-codepipeline-artifact-revision-summary", "")
        return Fetched(str(found.version_id), bytes(found.value) if whole else b"", summary)

    def _object(self, bucket: str, key: str, version: str = "") -> Any:
        try:
            return self._s3().get_object(bucket, key, version_id=version or None)
        except Exception:  # moto says in many ways that there is no such version
            return None

    def read(self, bucket: str, key: str) -> bytes | None:
        """The bytes of an object; None where there is none."""
        if (bucket, key) in self.coming:
            return self.coming[bucket, key]
        found = self._object(bucket, key) if self.has_bucket(bucket) else None
        return None if found is None else bytes(found.value)

    def has_object(self, bucket: str, key: str) -> bool:
        """True if there is such an object."""
        return (bucket, key) in self.coming or self._object(bucket, key) is not None

    def put(self, bucket: str, key: str, data: bytes, kms: str = "") -> bool:
        """Put an object where its bucket is; False where there is no such bucket.

        It is encrypted with that KMS key, or with the account's own for S3 (user guide: "Configure server-side
        encryption for artifacts").
        """
        if not self.has_bucket(bucket):
            return False
        self._s3().put_object(bucket, key, data, encryption="aws:kms", kms_key_id=kms or None)
        return True

    # -- IAM and STS -------------------------------------------------------------------------------
    def trusts_us(self, role: str) -> bool:
        """True if the role exists and CodePipeline may assume it."""
        return self.trusts(role, "codepipeline.amazonaws.com") is True

    def trusts(self, role: str, service: str) -> bool | None:
        """Whether that service may assume the role; None where there is no such role."""
        from moto.iam.models import iam_backends

        account = role.split(":")[4] if role.count(":") >= 5 else self.account
        try:
            found = iam_backends[account][self.partition].get_role_by_arn(role)
        except Exception:  # moto says in more than one way that there is none
            return None
        try:
            statements = parse_json(found.assume_role_policy_document).get("Statement", [])
        except (ValueError, TypeError, AttributeError):  # a trust policy that is no JSON
            return False
        if isinstance(statements, dict):
            statements = [statements]
        return any(_trusts(each, service) for each in statements)

    def lend(self, role: str, session: str) -> dict[str, str]:
        """Keys for a quarter of an hour in which the role may be used (AWSSessionCredentials)."""
        from moto.sts.models import sts_backends

        lent = sts_backends[self.account][self.partition].assume_role(
            region_name=self.region,
            role_session_name=session,
            role_arn=role,
            policy="",
            duration=900,
            external_id="",
        )
        return {
            "accessKeyId": lent.access_key_id,
            "secretAccessKey": lent.secret_access_key,
            "sessionToken": lent.session_token,
        }

    # -- SNS and EventBridge -----------------------------------------------------------------------
    def publish(self, topic: str, subject: str, message: dict[str, Any]) -> bool:
        """Send a message to a topic of this account; False where there is no such topic."""
        from moto.sns.models import sns_backends

        region = topic.split(":")[3]
        topics = sns_backends[self.account][region].topics if region else {}
        if topic not in topics:
            return False
        topics[topic].publish(json.dumps(message), subject=subject)
        return True

    def tell(self, kind: str, detail: dict[str, Any], resource: str, at: float) -> None:
        """Put a state change on the default event bus; it goes to the targets of every rule that matches."""
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
    """True if this statement of a trust policy lets that service in."""
    if not isinstance(statement, dict) or statement.get("Effect") != "Allow":
        return False
    actions = statement.get("Action", [])
    actions = [actions] if isinstance(actions, str) else actions
    if not {"sts:assumerole", "sts:*", "*"} & {str(action).lower() for action in actions}:
        return False
    principal = statement.get("Principal", {})
    services = principal.get("Service", []) if isinstance(principal, dict) else []
    return service in ([services] if isinstance(services, str) else services)
