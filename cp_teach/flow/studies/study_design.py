"""Study design: everything that determines the results of a study, and the computation of a block from it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from cp_teach.flow.analysis.measures import cut_window, measure
from cp_teach.flow.inputs.arrivals import Arrivals
from cp_teach.flow.inputs.study_model import Model
from cp_teach.flow.inputs.weekly_hours import WEEK
from cp_teach.flow.simulation.backends import simulate
from cp_teach.flow.simulation.block_executor import BlockResult, join
from cp_teach.flow.simulation.outcome import STATUS_NAMES, Outcome
from cp_teach.flow.simulation.production_failures import Production, find_production_failures
from cp_teach.flow.simulation.random_draws import BLOCK, draw

if TYPE_CHECKING:
    import pandas as pd


class SimulatedBlock(NamedTuple):
    """The simulated replications of a block."""

    outcome: Outcome
    production: Production


@dataclass(frozen=True)
class Design:
    """Everything that determines the results of a study."""

    model: Model
    arrivals: Arrivals
    weeks: float
    replications: int
    seed: int
    path: str

    @property
    def end(self) -> float:
        """The minutes in which revisions are released."""
        return self.weeks * WEEK

    @property
    def blocks(self) -> int:
        """The number of blocks of replications."""
        return -(-self.replications // BLOCK)

    def block(self, number: int) -> SimulatedBlock:
        """Simulate the replications of a block."""
        rows = min(BLOCK, self.replications - number * BLOCK)
        draws = draw(self.model, self.arrivals, self.end, self.seed, number, rows)
        outcome = simulate(self.model, draws, self.path)
        return SimulatedBlock(outcome, find_production_failures(self.model, draws, outcome))

    def measure(self, warmup: float, block: SimulatedBlock) -> BlockResult:
        """Return the measures of a simulated block after ``warmup`` minutes. A single replication is cut into pieces
        used as replications (batch means)."""
        window = (warmup, self.end)
        windows = cut_window(window) if self.replications == 1 else [window]
        return join([measure(*block, piece) for piece in windows])


def measure_block(design: Design, warmup: float, number: int) -> BlockResult:
    """Simulate and measure a block. A function of the module, so that other processes can import it."""
    return design.measure(warmup, design.block(number))


def build_frame(design: Design, most: int) -> pd.DataFrame:
    """Return the revisions of a study as a frame, with all blocks that fit into ``most`` rows, at least one."""
    import pandas as pd

    statuses = np.array(["", *(STATUS_NAMES[code] for code in sorted(STATUS_NAMES))])
    stages = np.array([*design.model.names, "", ""])
    parts: list[pd.DataFrame] = []
    for number in range(design.blocks):
        outcome, production = design.block(number)
        exists = np.isfinite(outcome.arrived)
        if parts and sum(map(len, parts)) + exists.sum() > most:
            break
        row, revision = np.nonzero(exists)
        lead_time = np.where(outcome.delivered, outcome.ended - outcome.arrived, np.nan)
        parts.append(
            pd.DataFrame(
                {
                    "replication": row + number * BLOCK,
                    "revision": revision + 1,
                    "arrived": outcome.arrived[exists],
                    "status": pd.Categorical(statuses[outcome.status[exists]], categories=statuses[1:]),
                    "stage": stages[outcome.stage[exists]],
                    "ended": outcome.ended[exists],
                    "lead_time": lead_time[exists],
                    "failed_in_production": production.bad[exists],
                    "rework": production.rework[exists],
                }
            )
        )
    return pd.concat(parts, ignore_index=True)
