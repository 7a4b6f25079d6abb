"""Warm-up detection: a study begins with an empty pipeline, and its first results are not typical.

The end of the warm-up is found by MSER-5 (White, Simulation 69, 1997): it is the cut that minimizes the standard error
of the rest. With working hours, each hour is first compared with the mean of the same hour of all weeks.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from cp_teach.flow.numerics.exact_time import Floats
from cp_teach.flow.simulation.outcome import Outcome

BATCH = 5


class WarmUp(NamedTuple):
    """The length of the warm-up in minutes, and whether the study has settled after it. ``settled`` is False if half of
    the study was not enough: it is too short, or more arrives than the pipeline can process."""

    minutes: float
    settled: bool


def find_warm_up(series: Floats, step: float, period: float | None = None) -> WarmUp:
    """Return the warm-up of a series, such as ``count_in_progress``, with a value every ``step`` minutes.

    ``period``: the length of a cycle in minutes, such as a week; it is used if the series covers four of them. The
    warm-up is at most half of the series.
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
    """Return the number of observations to cut off (a multiple of 5, at most half), and whether it is a true minimum
    rather than the last cut tried.

    Each cut d of the means of five observations has the squared standard error var / (n - d); the least wins.
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


def count_in_progress(outcome: Outcome, step: float, end: float) -> Floats:
    """Return the number of revisions in progress at each multiple of ``step`` minutes after 0 and up to ``end``, as the
    mean over the replications."""
    rows, count = len(outcome.arrived), max(1, int(end // step))
    ended = np.where(np.isnan(outcome.ended), np.inf, outcome.ended)
    change = _count_per_step(outcome.arrived, step, count) - _count_per_step(ended, step, count)
    in_progress: Floats = np.cumsum(change) / rows
    return in_progress


def _count_per_step(times: Floats, step: float, count: int) -> Floats:
    steps = times[times < count * step] // step
    return np.bincount(steps.astype(np.intp), minlength=count).astype(np.float64)
