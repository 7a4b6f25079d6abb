"""How a server proves to be a cp-teach server, before anything that is signed goes to it.

The client sends a random number to the admin API, without a signature or a credential. The server answers with an
HMAC of it under a key that stands in the source of cp_teach. A proxy, a captive portal, AWS, and a server that echoes
what it gets do not know this computation, whatever status they answer with.

The proof says which *software* answers, not who runs it: the key is public, so a server that was written to imitate
cp-teach passes. It does not encrypt or bind the connection either; over plain HTTP a person in the middle can pass the
challenge on. A client that would hold keys of value must not be given to a server that its user does not trust.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets

from cp_teach.security.direct_http import TooLong, send
from cp_teach.security.json_input import BadJson, parse_json

PATH = "/codepipeline_us-east-1/cp-teach/challenge"
"""Where a server answers; every server has this region."""
NONCE = re.compile(r"[0-9a-f]{64}")
_KEY = b"cp-teach server challenge, version 1"
_MAX_ANSWER = 4096
_TIMEOUT = 10.0


def answer(nonce: str) -> dict[str, str]:
    """What a cp-teach server answers. Raises ``ValueError`` for a nonce that is not 64 hexadecimal digits."""
    if not NONCE.fullmatch(nonce):
        raise ValueError("the nonce must be 64 hexadecimal digits")
    return {"proof": hmac.new(_KEY, nonce.encode(), hashlib.sha256).hexdigest()}


def passes(url: str) -> bool:
    """Whether the server at that address passes the challenge. Raises ``NoAnswer`` where none answers."""
    nonce = secrets.token_hex(32)
    try:
        status, body = send("GET", f"{url}{PATH}?nonce={nonce}", timeout=_TIMEOUT, max_answer=_MAX_ANSWER)
    except TooLong:
        return False
    if status != 200:
        return False
    try:
        document = parse_json(body)
    except BadJson:
        return False
    proof = document.get("proof") if isinstance(document, dict) else None
    return isinstance(proof, str) and hmac.compare_digest(proof.encode(), answer(nonce)["proof"].encode())
