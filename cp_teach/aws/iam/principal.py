"""The principal that sends a request."""

from __future__ import annotations

from typing import NamedTuple

from cp_teach.aws.iam.policy_evaluation import Policy


class Principal(NamedTuple):
    """The caller of one request. ``arn`` is what ``aws sts get-caller-identity`` returns, and what ``lastUpdatedBy``
    shows."""

    account: str
    region: str
    arn: str
    policies: tuple[Policy, ...] | None = None
    """The caller's policies; None if everything is allowed."""
