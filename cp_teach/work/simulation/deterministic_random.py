"""Chance as a function, not a stream: the same question has the same answer, so undo and forks see the same
luck."""

from __future__ import annotations

import hashlib


def draw(seed: int, *what: object) -> float:
    """A number in [0, 1) that depends on ``seed`` and on what it is for, and on nothing else.

    ``what`` names the purpose and the run of the action: ("duration", execution, stage, action, attempt).
    """
    text = "\x1f".join(map(str, (seed, *what)))
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=7).digest(), "big") / (1 << 56)
