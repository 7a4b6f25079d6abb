"""The token of a pending approval. On AWS it is the action execution ID (as recorded), so it can be computed.

Where real work is done, an approval starts untrusted scripts. The token then also depends on a random secret of the
server.
"""

from __future__ import annotations

import hashlib
import hmac

from cp_teach.aws.backend.hosted_pipeline import HostedPipeline
from cp_teach.engine.history.records import ActionRow


def approval_token(hosted: HostedPipeline, identifier: str) -> str:
    """The token of the approval with this actionExecutionId."""
    secret = hosted.token_secret()
    if not secret:
        return identifier
    digits = hmac.new(secret, identifier.encode(), hashlib.sha256).hexdigest()
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-a{digits[17:20]}-{digits[20:32]}"


def approval_of(hosted: HostedPipeline, token: str, stage: str, action: str) -> ActionRow | None:
    """The pending or answered approval of an action that a token belongs to; None if there is none."""
    approvals = hosted.metadata.approvals
    if not hosted.token_secret():
        row = approvals.get(token)
        return row if row is not None and (row.stage, row.action) == (stage, action) else None
    for identifier, row in approvals.items():
        if (row.stage, row.action) == (stage, action) and hmac.compare_digest(
            approval_token(hosted, identifier).encode(), token.encode()
        ):
            return row
    return None
