"""What a study is made of, and how each block of its replications is computed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cp_teach.flow.analysis.measures import joined, measure, pieces
from cp_teach.flow.inputs.arrivals import Arrivals
from cp_teach.flow.simulation.production_failures import Production, production
from cp_teach.flow.inputs.study_model import Model
from cp_teach.flow.inputs.weekly_hours import WEEK
from cp_teach.flow.simulation.backends import outcome
from cp_teach.flow.simulation.outcome import WORDS, Outcome
from cp_teach.flow.simulation.random_draws import draw
from cp_teach.flow.numerics.random_streams import BLOCK
from cp_teach.flow.simulation.block_executor import Told

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Design:
    """All that the result of a study depends on."""

    model: Model
    arrivals: Arrivals
    weeks: float
    replications: int
    seed: int
    path: str

    @property
    def end(self) -> float:
        """Minutes in which revisions are released."""
        return self.weeks * WEEK

    @property
    def blocks(self) -> int:
        """How many blocks of replications there are."""
        return -(-self.replications // BLOCK)

    def block(self, number: int) -> tuple[Outcome, Production]:
        """The replications of that block, computed."""
        rows = min(BLOCK, self.replications - number * BLOCK)
        draws = draw(self.model, self.arrivals, self.end, self.seed, number, rows)
        told = outcome(self.model, draws, self.path)
        return told, production(self.model, draws, told)


def frame(design: Design, most: int) -> pd.DataFrame:
    """The revisions of a study as a tidy frame: block after block, until there would be more than ``most``."""
    import pandas as pd

    words = np.array(["", *(WORDS[code] for code in sorted(WORDS))])
    places = np.array([*design.model.names, "", ""])
    parts: list[pd.DataFrame] = []
    for number in range(design.blocks):
        told, made = design.block(number)
        there = np.isfinite(told.arrived)
        if parts and sum(map(len, parts)) + there.sum() > most:
            break
        row, revision = np.nonzero(there)
        delivered = told.delivered[there]
        parts.append(
            pd.DataFrame(
                {
                    "replication": row + number * BLOCK,
                    "revision": revision + 1,
                    "arrived": told.arrived[there],
                    "status": pd.Categorical(words[told.status[there]], categories=words[1:]),
                    "stage": places[told.stage[there]],
                    "ended": told.ended[there],
                    "lead_time": np.where(delivered, told.ended[there] - told.arrived[there], np.nan),
                    "failed_in_production": made.bad[there],
                    "rework": made.rework[there],
                }
            )
        )
    return pd.concat(parts, ignore_index=True)


def measured(design: Design, since: float, number: int) -> Told:
    """The measures of that block; ``since`` are the minutes that do not count. Of a single replication, those of its
    pieces one after the other: they stand for replications (the method of batch means)."""
    told, made = design.block(number)
    window = (since, design.end)
    windows = pieces(window) if design.replications == 1 else [window]
    return joined(
        [measure(told, made.releases, made.bad, made.repaired, made.rework, one) for one in windows]
    )
