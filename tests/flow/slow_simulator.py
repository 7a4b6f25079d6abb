"""A simulator that is too slow to use and too plain to be wrong."""

import math

import numpy as np

from cp_teach.flow.analysis.report import Report
from cp_teach.flow.simulation.block_executor import join
from cp_teach.flow.simulation.outcome import FAILED, SUCCEEDED, SUPERSEDED, Outcome


def simulate(arrived, service, fails, mode="SUPERSEDED"):
    """The Outcome of one row for each of ``arrived``: stage by stage, revision by revision, in plain loops.

    ``service[k][row][i]`` and ``fails[k][row][i]``.
    """
    arrived = np.array(arrived, dtype=float)
    made = Outcome.empty(arrived, len(service))
    for row in range(len(arrived)):
        coming = [(float(t), i) for i, t in enumerate(arrived[row]) if math.isfinite(t)]
        for k in range(len(service)):
            free, going = 0.0, []
            for place, (t, i) in enumerate(coming):
                begin = t if mode == "PARALLEL" else max(t, free)
                following = coming[place + 1][0] if place + 1 < len(coming) else math.inf
                if mode == "SUPERSEDED" and following < begin:
                    made.status[row, i], made.stage[row, i] = SUPERSEDED, k
                    made.ended[row, i] = following
                    continue
                free = end = begin + service[k][row][i]
                made.began[k, row, i], made.left[k, row, i] = begin, end
                made.held[k, row, i] = end - begin
                if fails[k][row][i]:
                    made.status[row, i], made.stage[row, i], made.ended[row, i] = FAILED, k, end
                else:
                    going.append((end, i))
            coming = sorted(going) if mode != "PARALLEL" else going
        for t, i in coming:
            made.status[row, i], made.stage[row, i], made.ended[row, i] = SUCCEEDED, len(service), t
    return made


def example(mode="SUPERSEDED", rows=3, n=60, stages=3, seed=1, gap=12.0, minutes=10.0, share=0.08):
    """A made-up outcome: Poisson arrivals, exponential services, some failures."""
    rng = np.random.default_rng(seed)
    arrived = np.cumsum(rng.exponential(gap, (rows, n)), axis=1)
    service = rng.exponential(minutes, (stages, rows, n))
    return simulate(arrived, service, rng.random((stages, rows, n)) < share, mode)


def nothing_bad(made):
    """Arguments of ``measure`` for a production in which nothing fails."""
    shape = made.arrived.shape
    return np.zeros(shape, bool), np.full(shape, np.nan), np.zeros(shape, bool)


def reported(blocks, stages, window, *, name="study", **more):
    """The report of several blocks of measures."""
    return Report(name, join(blocks), tuple(stages), window, **more)
