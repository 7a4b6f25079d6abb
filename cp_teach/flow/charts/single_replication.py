"""Extracts what a chart of a single replication needs from an outcome."""

from __future__ import annotations

import math

import numpy as np

from cp_teach.flow.simulation.outcome import Outcome


def select_replication(outcome: Outcome, row: int) -> Outcome:
    """Return that replication alone, without empty columns; its arrays are (n,) and (stages, n).

    Raises ``ValueError`` for an unknown replication.
    """
    rows = len(outcome.arrived)
    if not 0 <= row < rows:
        raise ValueError(f"unknown replication {row}: choose one from 0 to {rows - 1}")
    exists = np.isfinite(outcome.arrived[row])
    return Outcome(
        *(getattr(outcome, name)[row][exists] for name in ("arrived", "status", "stage", "ended")),
        *(getattr(outcome, name)[:, row][:, exists] for name in ("began", "left", "held")),
    )


def choose_span(outcome: Outcome, begin: float | None, end: float | None) -> tuple[float, float]:
    """Return the time to draw, by default the whole replication. Raises ``ValueError`` if it ends before it begins."""
    ended = outcome.ended[np.isfinite(outcome.ended)]
    last = float(max(ended.max(initial=0.0), outcome.arrived.max(initial=0.0), 1.0))
    first, last = (0.0 if begin is None else float(begin)), (last if end is None else float(end))
    if not first < last or not math.isfinite(last):
        raise ValueError(f"the time to draw must end after it begins, but it is {first:g} to {last:g}")
    return first, last


def check_names(outcome: Outcome, stages: tuple[str, ...]) -> tuple[str, ...]:
    """Return the names of the stages. Raises ``ValueError`` if their number is wrong."""
    if len(stages) != len(outcome.began):
        raise ValueError(f"the outcome has {len(outcome.began)} stages, but {len(stages)} names were given")
    return stages
