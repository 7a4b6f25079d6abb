"""AWS's limit of executions in progress, and which replications may have reached it."""

from __future__ import annotations

import numpy as np

from cp_teach.flow.numerics.exact_time import Flags, Floats

MAX_IN_PROGRESS = 50
"""Executions in progress at a time, in the modes QUEUED and PARALLEL (quota)."""


def reaches_limit(arrived: Floats, ended: Floats, limit: int) -> Flags:
    """(rows,): True where an arrival may have met ``limit`` others in progress, so that the limit must be simulated."""
    rows, n = arrived.shape
    reached = np.zeros(rows, dtype=np.bool_)
    if n <= limit:
        return reached
    left = np.sort(np.where(np.isfinite(ended), ended, np.inf), axis=1)
    for row in range(rows):
        times = arrived[row][np.isfinite(arrived[row])]
        # Only ends before the arrival: at the same moment, a later revision without duration may have ended, too.
        inside = np.arange(len(times)) - np.searchsorted(left[row], times, side="left")
        reached[row] = bool((inside >= limit).any())
    return reached
