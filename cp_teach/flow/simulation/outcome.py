"""What became of the revisions: the arrays that every way to compute a study fills in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from cp_teach.flow.numerics.exact_time import Floats

Codes: TypeAlias = NDArray[np.int8]

NOBODY, SUCCEEDED, FAILED, SUPERSEDED, REFUSED = -1, 1, 2, 3, 4
"""Codes of a status. NOBODY fills a row that has fewer revisions; REFUSED is an execution over the limit of 50, which
AWS lets fail at once."""
WORDS = {SUCCEEDED: "Succeeded", FAILED: "Failed", SUPERSEDED: "Superseded", REFUSED: "Refused"}


@dataclass(frozen=True)
class Outcome:
    """Rows are replications, columns are revisions in the order of their arrival, and the first axis of the last three
    is the stage. Times are in the unit of the study, and NaN where something did not happen.
    """

    arrived: Floats
    """(rows, n): when it was released; ``inf`` where there is nobody."""
    status: Codes
    """(rows, n): one of the codes above."""
    stage: Codes
    """(rows, n): the index of the stage in which it failed or at whose door it was superseded; the number of stages
    for one that went through, -1 for one that was refused or is not there."""
    ended: Floats
    """(rows, n): when that was."""
    began: Floats
    """(stages, rows, n): when it first entered the stage."""
    left: Floats
    """(stages, rows, n): when it left it, for the last time if it was retried there."""
    held: Floats
    """(stages, rows, n): for how long it has kept the stage: without the time between a failure and its retry."""
    column: NDArray[np.int64] | None = None
    """(rows, n): which column of the draws it had, where executions that nobody had planned came in between."""

    @property
    def delivered(self) -> NDArray[np.bool_]:
        """(rows, n): True for those that reached the end of the pipeline."""
        found: NDArray[np.bool_] = self.status == SUCCEEDED
        return found

    def same(self, other: Outcome) -> bool:
        """True when the other one tells exactly the same of every revision."""
        return all(
            np.array_equal(getattr(self, name), getattr(other, name), equal_nan=True)
            for name in ("arrived", "status", "stage", "ended", "began", "left", "held")
        )

    @classmethod
    def empty(cls, arrived: Floats, stages: int) -> Outcome:
        """Nothing has happened yet."""
        rows, n = arrived.shape
        return cls(
            arrived,
            np.full((rows, n), NOBODY, np.int8),
            np.full((rows, n), -1, np.int8),
            np.full((rows, n), np.nan),
            *(np.full((stages, rows, n), np.nan) for _ in range(3)),
        )
