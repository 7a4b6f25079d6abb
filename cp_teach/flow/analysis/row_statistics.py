"""Means, shares and quantiles of each row of an array, without a loop over the rows."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from cp_teach.flow.numerics.exact_time import Flags, Floats


class Chosen:
    """Some of the elements of an array (rows, n): those for which ``who`` is True. Found once, asked often.

    Their places in the flat array are kept, because to gather by place is several times faster than by flag.
    """

    def __init__(self, who: Flags) -> None:
        self.shape = who.shape
        self.places: NDArray[np.intp] = np.flatnonzero(who)
        self.bounds: NDArray[np.intp] = np.searchsorted(
            self.places, np.arange(who.shape[0] + 1) * who.shape[1]
        )
        self.counts: NDArray[np.intp] = np.diff(self.bounds)

    @property
    def rows(self) -> NDArray[np.intp]:
        """The row of each."""
        return np.repeat(np.arange(self.shape[0]), self.counts)

    def of(self, values: Floats) -> Floats:
        """The values of the chosen, row after row in one flat array."""
        found: Floats = values.ravel()[self.places]
        return found

    def sums(self, values: Floats) -> Floats:
        """(rows,): the sum over the chosen."""
        return row_sums(self.of(values), self.bounds)

    def means(self, values: Floats) -> Floats:
        """(rows,): the mean over the chosen; NaN where there are none."""
        return over(self.sums(values), self.counts)

    def spread(self, values: Floats) -> Floats:
        """(rows, n): the values of the chosen, and ``inf`` elsewhere."""
        found = np.full(self.shape, np.inf)
        found.ravel()[self.places] = self.of(values)
        return found

    def quantiles(self, values: Floats, wanted: tuple[float, ...]) -> list[Floats]:
        """For each wanted quantile (0.5: the median) that of the chosen, (rows,); NaN where there are none.

        Between two values it lies on the straight line between them, as ``numpy.quantile`` does by default (Hyndman
        and Fan, 1996, definition 7).
        """
        ordered = self.spread(values)
        ordered.sort(axis=1)
        some = np.flatnonzero(self.counts)
        last = self.counts[some] - 1
        found = np.full((len(wanted), self.shape[0]), np.nan)
        for place, quantile in enumerate(wanted):
            at = last * quantile
            below = np.floor(at).astype(np.intp)
            low = ordered[some, below]
            high = ordered[some, np.minimum(below + 1, last)]
            found[place, some] = low + (high - low) * (at - below)
        return list(found)


def row_sums(flat: Floats, bounds: NDArray[np.intp]) -> Floats:
    """(rows,): the sums of the pieces of a flat array between the bounds; 0 for an empty one."""
    found = np.zeros(len(bounds) - 1)
    full = np.flatnonzero(np.diff(bounds))
    if len(full):
        found[full] = np.add.reduceat(flat, bounds[full])
    return found


def counts(who: Flags) -> NDArray[np.intp]:
    """(rows,): how many of each row."""
    found: NDArray[np.intp] = np.count_nonzero(who, axis=1)
    return found


def shares(part: Flags, whole: Flags) -> Floats:
    """(rows,): how many of the whole are in the part, from 0 to 1; NaN where there is nothing."""
    return over(counts(part), counts(whole))


def over(total: NDArray[np.floating | np.integer], count: NDArray[np.floating | np.integer]) -> Floats:
    """``total / count``; NaN where the count is 0."""
    found: Floats = np.divide(total, count, out=np.full(len(count), np.nan), where=count > 0)
    return found


def overlap(begin: Floats, end: Floats, window: tuple[float, float]) -> Floats:
    """How much of each [begin, end) lies in the window."""
    first, last = np.maximum(begin, window[0]), np.minimum(end, window[1])
    last -= first
    np.maximum(last, 0.0, out=last)
    return last


def earliest_from(moments: Floats) -> Floats:
    """(rows, n): the earliest of these moments from each column on."""
    found: Floats = np.minimum.accumulate(moments[:, ::-1], axis=1)[:, ::-1]
    return found
