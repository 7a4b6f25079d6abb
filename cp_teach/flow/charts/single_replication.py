"""One replication of an outcome, as the pictures read it."""

from __future__ import annotations

import math

import numpy as np

from cp_teach.flow.simulation.outcome import Outcome


def one(outcome: Outcome, row: int) -> Outcome:
    """That replication alone, without the places where nobody is; its arrays are (n,) and (stages, n).

    Raises ``ValueError`` for a replication that there is not.
    """
    rows = len(outcome.arrived)
    if not 0 <= row < rows:
        raise ValueError(f"there are replications 0 to {rows - 1}; {row} is none of them")
    there = np.isfinite(outcome.arrived[row])
    return Outcome(
        *(getattr(outcome, name)[row][there] for name in ("arrived", "status", "stage", "ended")),
        *(getattr(outcome, name)[:, row][:, there] for name in ("began", "left", "held")),
    )


def stretch(outcome: Outcome, begin: float | None, end: float | None) -> tuple[float, float]:
    """The stretch of time to draw: all of a replication, where nothing else is said. Raises ``ValueError`` for one
    that ends before it begins."""
    known = outcome.ended[np.isfinite(outcome.ended)]
    last = float(max(known.max(initial=0.0), outcome.arrived.max(initial=0.0), 1.0))
    found = (0.0 if begin is None else float(begin)), (last if end is None else float(end))
    if not found[0] < found[1] or not math.isfinite(found[1]):
        raise ValueError(f"a stretch of time ends after it begins, not at {found[1]:g} from {found[0]:g}")
    return found


def named(outcome: Outcome, stages: tuple[str, ...]) -> tuple[str, ...]:
    """The names of the stages. Raises ``ValueError`` when there are not as many as stages."""
    if len(stages) != len(outcome.began):
        raise ValueError(f"the outcome has {len(outcome.began)} stages, and there are {len(stages)} names")
    return stages
