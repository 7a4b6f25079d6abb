"""All times lie on a fine grid, so that sums are exact and every way to compute a study gives the same times.

Floating-point addition rounds, and therefore depends on the order in which one adds. On numbers that are whole
multiples of a power of two it does not round at all, as long as they stay below 2**53 of them: the engine, the loop
that is compiled and the one over arrays can be compared with ``==``.
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float64]
Flags: TypeAlias = NDArray[np.bool_]

TICK = 2.0**-24
"""The grid, in units of time: with minutes it is 3.6 microseconds."""
FURTHEST = 2.0**27
"""No time may be later: beyond it sums would round. With minutes it is 255 years."""


_ROUNDS = 1.5 * 2.0**52 * TICK


def on_grid(values: Floats) -> Floats:
    """The nearest points of the grid, in the place of the values given: each from 0 to below ``FURTHEST``."""
    # Added to a number of this size the last bit is worth a tick, so the sum itself rounds.
    np.add(values, _ROUNDS, out=values)
    np.subtract(values, _ROUNDS, out=values)
    return values
