"""Who asks: an account, a region, and the name that shows in ``lastUpdatedBy`` and its kin."""

from __future__ import annotations

from typing import NamedTuple


class Caller(NamedTuple):
    """One request's caller; ``arn`` is what ``aws sts get-caller-identity`` would answer."""

    account: str
    region: str
    arn: str
