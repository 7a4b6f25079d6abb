"""Exact times: every time is a whole multiple of a power of two, so that sums do not round.

Floating-point addition rounds, and its result depends on the order of the terms. Whole multiples of a power of two add
exactly while they stay below 2**53 of them. Therefore the engine, the compiled loop and the NumPy arrays return equal
times, and the tests compare them with ``==``.
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float64]
Flags: TypeAlias = NDArray[np.bool_]

TICK = 2.0**-24
"""The resolution, in units of time: 3.6 microseconds if the unit is a minute."""
FURTHEST = 2.0**27
"""The latest time; sums beyond it would round. It is 255 years if the unit is a minute."""
_ROUNDING = 1.5 * 2.0**52 * TICK


def round_to_ticks(values: Floats) -> Floats:
    """Round times (0 to below ``FURTHEST``) to the nearest tick, in place, and return them."""
    # The last bit of a number of this size is worth one tick, so the addition rounds.
    np.add(values, _ROUNDING, out=values)
    np.subtract(values, _ROUNDING, out=values)
    return values
