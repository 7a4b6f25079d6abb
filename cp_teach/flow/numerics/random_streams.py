"""Random-number streams: one independent stream for each seed, block of replications, and purpose.

A stream depends on nothing else. The build of revision 7 therefore takes equally long in every execution mode, wherever
the approval is, and with any number of workers: designs are compared on common random numbers (Law, Simulation Modeling
and Analysis).
"""

from __future__ import annotations

import zlib

import numpy as np

BLOCK = 64
"""Replications that share the streams of a block. The number is fixed, so results do not depend on the workers."""


def stream(seed: int, block: int, name: str) -> np.random.Generator:
    """Return the random numbers for the purpose ``name`` in that block."""
    key = (block, zlib.crc32(name.encode()))
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence(seed, spawn_key=key)))
