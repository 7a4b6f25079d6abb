"""The outcome of a simulation: arrays with the status and the times of every revision."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from cp_teach.flow.numerics.exact_time import Flags, Floats

Codes: TypeAlias = NDArray[np.int8]

EMPTY, SUCCEEDED, FAILED, SUPERSEDED, REFUSED = -1, 1, 2, 3, 4
"""Status codes. EMPTY fills rows with fewer revisions. REFUSED is an execution over the limit of 50 in progress, which
AWS fails at once."""
STATUS_NAMES = {SUCCEEDED: "Succeeded", FAILED: "Failed", SUPERSEDED: "Superseded", REFUSED: "Refused"}

MAX_IN_PROGRESS = 50
"""Executions in progress at a time, in the modes QUEUED and PARALLEL (quota)."""


@dataclass(frozen=True)
class Outcome:
    """Rows are replications, columns are revisions in order of arrival; the first axis of the last three arrays is the
    stage. Times are in the unit of the study, NaN for what did not happen.
    """

    arrived: Floats
    """(rows, n): the release; ``inf`` where the row has no revision."""
    status: Codes
    """(rows, n): one of the codes above."""
    stage: Codes
    """(rows, n): the index of the stage where it failed, or before which it was superseded; the number of stages if it
    succeeded, -1 if it was refused or does not exist."""
    ended: Floats
    """(rows, n): the time of that."""
    began: Floats
    """(stages, rows, n): its first entry into the stage."""
    left: Floats
    """(stages, rows, n): when it left the stage, the last time if it was retried there."""
    held: Floats
    """(stages, rows, n): how long it occupied the stage, without the time between a failure and its retry."""
    column: NDArray[np.int64] | None = None
    """(rows, n): its column in the draws, if unplanned executions are among the revisions."""

    @property
    def delivered(self) -> Flags:
        """(rows, n): True for the revisions that reached the end of the pipeline."""
        delivered: Flags = self.status == SUCCEEDED
        return delivered

    def replication(self, row: int) -> Outcome:
        """Return that replication alone, without empty columns; its arrays are (n,) and (stages, n).

        Raises ``ValueError`` for an unknown replication.
        """
        rows = len(self.arrived)
        if not 0 <= row < rows:
            raise ValueError(f"unknown replication {row}: choose one from 0 to {rows - 1}")
        exists = np.isfinite(self.arrived[row])
        return Outcome(
            *(part[row][exists] for part in (self.arrived, self.status, self.stage, self.ended)),
            *(part[:, row][:, exists] for part in (self.began, self.left, self.held)),
        )

    @classmethod
    def empty(cls, arrived: Floats, stages: int) -> Outcome:
        """Return an outcome in which nothing has happened yet."""
        rows, n = arrived.shape
        return cls(
            arrived,
            np.full((rows, n), EMPTY, np.int8),
            np.full((rows, n), -1, np.int8),
            np.full((rows, n), np.nan),
            *(np.full((stages, rows, n), np.nan) for _ in range(3)),
        )

    def end(self, where: Flags, code: int, stage: int, times: Floats) -> None:
        """Record the status, the stage, and the end of the revisions ``where`` (rows, n)."""
        np.putmask(self.status, where, code)
        np.putmask(self.stage, where, stage)
        np.copyto(self.ended, times, where=where)


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
