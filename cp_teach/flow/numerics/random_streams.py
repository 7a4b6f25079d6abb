"""Where chance comes from: one stream of random numbers for each purpose, by its name.

A stream depends on the seed, the block of replications and the name alone. So the build of revision 7 takes equally
long whatever the mode, wherever the approval stands and however many workers compute: two designs are compared on
common random numbers (Law, Simulation Modeling and Analysis: "common random numbers").
"""

from __future__ import annotations

import zlib

import numpy as np

BLOCK = 64
"""Replications that share the streams of a block. It is fixed, so that results do not depend on the workers."""


def stream(seed: int, block: int, name: str) -> np.random.Generator:
    """The random numbers for ``name`` in that block."""
    key = (block, zlib.crc32(name.encode()))
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence(seed, spawn_key=key)))


def seeded(seed: object) -> int:
    """That seed. Raises ``ValueError`` when it is no whole number from 0 on."""
    if isinstance(seed, bool) or not isinstance(seed, int | np.integer) or seed < 0:
        raise ValueError(f"the seed has to be a whole number from 0 on, not {seed!r}")
    return int(seed)
