"""The warm-up: a study begins with an empty pipeline, and what it tells before it has filled is not what is asked.

Where the warm-up ends is found by MSER-5 (White, Simulation 69, 1997): cut off the beginning so that the mean of what
is left is known best. A week has nights, so where work keeps hours each hour is first compared with the mean of the
same hour of all weeks.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from cp_teach.flow.numerics.exact_time import Floats
from cp_teach.flow.simulation.outcome import Outcome

BATCH = 5


class WarmUp(NamedTuple):
    """How long it takes, in minutes, and whether the study has settled after it: False when half of the study was not
    enough, because it is too short or the pipeline gets more than it can take."""

    minutes: float
    settled: bool


def warm_up(series: Floats, step: float, period: float | None = None) -> WarmUp:
    """From a series with a value each ``step`` minutes, such as ``in_progress``, averaged over replications.

    ``period`` is the length of what repeats itself, in minutes: a week where work keeps hours. It is heeded when the
    series covers four of it. The warm-up is never more than half of the series.
    """
    values = np.asarray(series, dtype=np.float64)
    length = round(period / step) if period else 1
    if length > 1 and len(values) >= 4 * length:
        whole = len(values) // length * length
        usual = values[:whole].reshape(-1, length).mean(axis=0)
        values = values - np.resize(usual, len(values))
    cut, settled = mser5(values)
    return WarmUp(min(cut * step, len(series) * step / 2), settled)


def mser5(series: Floats) -> tuple[int, bool]:
    """How many observations of a series to cut off, a multiple of 5 and at most half of them, and whether that is a
    minimum and not only the last place that was looked at.

    For each cut d the squared standard error of what is left, var / (n - d), is computed of means of five; the least
    wins.
    """
    count = len(series) // BATCH
    if count < 4:
        return 0, False
    means = np.asarray(series[: count * BATCH], dtype=np.float64).reshape(count, BATCH).mean(axis=1)
    means = means - means[count // 2 :].mean()  # sums of squares of small numbers round less
    most = count // 2
    left = count - np.arange(most + 1)
    total = np.cumsum(means[::-1])[::-1][: most + 1]
    squares = np.cumsum(means[::-1] ** 2)[::-1][: most + 1]
    error = np.maximum(squares - total**2 / left, 0.0) / left**2
    cut = int(np.argmin(error))
    return cut * BATCH, cut < most


def in_progress(outcome: Outcome, step: float, end: float) -> Floats:
    """How many revisions are on their way at each multiple of ``step`` minutes after 0 and up to ``end``, averaged
    over the replications."""
    rows, count = len(outcome.arrived), max(1, int(end // step))
    gone = np.where(np.isnan(outcome.ended), np.inf, outcome.ended)
    found: Floats = np.cumsum(_counted(outcome.arrived, step, count) - _counted(gone, step, count)) / rows
    return found


def _counted(moments: Floats, step: float, count: int) -> Floats:
    cells = moments[moments < count * step] // step
    return np.bincount(cells.astype(np.intp), minlength=count).astype(np.float64)
