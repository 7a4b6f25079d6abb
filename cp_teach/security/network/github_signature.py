"""GitHub's signature of a webhook request: the HMAC-SHA-256 of the body in the header X-Hub-Signature-256.

GitHub also sends X-Hub-Signature with SHA-1, only for old receivers; it is ignored. Source: GitHub's documentation,
"Validating webhook deliveries".
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping


def sign_body(body: bytes, secret: str) -> str:
    """The value of the header: ``sha256=`` and the HMAC in hexadecimal digits."""
    return f"sha256={hmac.new(secret.encode(), body, 'sha256').hexdigest()}"


def is_genuine(headers: Mapping[str, str], body: bytes, secret: str) -> bool:
    """Whether the sender of this body knows the secret. Nothing is genuine without a secret.

    The comparison takes constant time, so it reveals nothing about the correct signature.
    """
    sent = next((value for name, value in headers.items() if name.lower() == "x-hub-signature-256"), "")
    return bool(secret) and hmac.compare_digest(sign_body(body, secret).encode(), sent.encode())
