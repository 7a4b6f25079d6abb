"""The challenge by which a server proves that it is a cp-teach server, before it gets any signed request.

The client sends a random number to the admin API, without a signature or a credential. The server answers with an
HMAC of it under a key in cp_teach's source. A proxy, a captive portal, AWS, and an echo server cannot compute this,
regardless of the status that they return.

The proof shows which *software* answers, not who runs it: the key is public, so a server that imitates cp-teach
passes. The proof does not encrypt or bind the connection either; over plain HTTP, a person in the middle can forward
the challenge. Do not use valuable keys with a server that you do not trust.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets

from cp_teach.security.input.json_input import InvalidJson, parse_json
from cp_teach.security.network.direct_http import TooLong, send_request

PATH = "/codepipeline_us-east-1/cp-teach/challenge"
"""The path of the challenge; every server has this region."""
NONCE = re.compile(r"[0-9a-f]{64}")
_KEY = b"cp-teach server challenge, version 1"
_MAX_ANSWER = 4096
_TIMEOUT = 10.0


def answer(nonce: str) -> dict[str, str]:
    """The answer of a cp-teach server. Raises ``ValueError`` if the nonce is not 64 hexadecimal digits."""
    if not NONCE.fullmatch(nonce):
        raise ValueError("the nonce must be 64 hexadecimal digits")
    return {"proof": hmac.new(_KEY, nonce.encode(), hashlib.sha256).hexdigest()}


def passes_challenge(url: str) -> bool:
    """Whether the server at that address passes the challenge. Raises ``NoResponse`` if no server answers."""
    nonce = secrets.token_hex(32)
    try:
        status, body = send_request(
            "GET", f"{url}{PATH}?nonce={nonce}", timeout=_TIMEOUT, max_response=_MAX_ANSWER
        )
    except TooLong:
        return False
    if status != 200:
        return False
    try:
        document = parse_json(body)
    except InvalidJson:
        return False
    proof = document.get("proof") if isinstance(document, dict) else None
    return isinstance(proof, str) and hmac.compare_digest(proof.encode(), answer(nonce)["proof"].encode())
