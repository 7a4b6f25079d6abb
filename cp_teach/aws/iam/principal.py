"""Who asks: an account, a region, and the name that shows in ``lastUpdatedBy`` and its kin."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from cp_teach.aws.iam.policy_evaluation import Policy


class Caller(NamedTuple):
    """One request's caller; ``arn`` is what ``aws sts get-caller-identity`` would answer."""

    account: str
    region: str
    arn: str
    policies: tuple[Policy, ...] | None = None
    """What the caller may do, where that is asked; None for who may do everything."""
