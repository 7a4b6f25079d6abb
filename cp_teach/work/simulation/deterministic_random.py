"""Deterministic random numbers: equal arguments give equal numbers, so undo and forks do not change them."""

from __future__ import annotations

import hashlib


def draw(seed: int, *what: object) -> float:
    """A number in [0, 1) that depends only on ``seed`` and ``what``, which names the purpose and the action execution:
    ("duration", execution, stage, action, attempt)."""
    text = "\x1f".join(map(str, (seed, *what)))
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=7).digest(), "big") / (1 << 56)
