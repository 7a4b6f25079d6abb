"""Tandem queue: stations in series, the smallest pipeline, for which queueing theory has formulas."""

from __future__ import annotations

import math
from collections.abc import Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from cp_teach.flow.analysis.confidence_interval import Estimate, estimate
from cp_teach.flow.inputs.arrivals import Arrivals, Fixed
from cp_teach.flow.inputs.distribution import Distribution, to_distribution
from cp_teach.flow.numerics.checked_numbers import checked_count, checked_probability
from cp_teach.flow.numerics.exact_time import FURTHEST, Floats
from cp_teach.flow.numerics.numba_support import choose_path
from cp_teach.flow.queueing.tandem_runner import DISCIPLINES, LineDesign, simulate_block
from cp_teach.flow.queueing.tandem_sums import compute_measures
from cp_teach.flow.simulation.block_executor import BlockResult, Blocks

if TYPE_CHECKING:
    import pandas as pd

T = TypeVar("T")


@dataclass(frozen=True)
class Line:
    """``stations`` in series, each for one revision at a time. The ``discipline`` rules the waiting:

    - "supersede", "queue", "parallel": CodePipeline's execution modes;
    - "block" (no waiting place between stations: a finished revision blocks its station) and "loss" (no waiting: a
      revision that finds its station busy is lost): classics of queueing theory, not modes of CodePipeline.

    ``servers``: the number of servers, for "loss" with one station. ``limit``: the executions that may be in progress
    at a time ("queue", "parallel"; AWS: 50); None for any number. Raises ``ValueError`` for an impossible value.

    >>> Line(1, "supersede").study(arrivals=poisson(1), durations=exponential(1), revisions=200_000, seed=1)
    ... # doctest: +SKIP
    """

    stations: int
    discipline: str = "supersede"
    servers: int = 1
    limit: int | None = None

    def __post_init__(self) -> None:
        for name in ("stations", "servers"):
            checked_count(name, getattr(self, name), 1, 100)
        if self.discipline not in DISCIPLINES:
            raise ValueError(f"discipline must be one of {', '.join(DISCIPLINES)}, not {self.discipline!r}")
        if self.servers > 1 and (self.discipline != "loss" or self.stations > 1):
            raise ValueError('only Line(1, "loss", servers=…) can have several servers')
        if self.limit is not None and (self.discipline not in ("queue", "parallel") or self.limit < 1):
            raise ValueError('only "queue" and "parallel" can have a limit, of 1 or more')

    def study(
        self,
        *,
        arrivals: Arrivals,
        durations: Distribution | float | Sequence[Distribution | float],
        revisions: int,
        failures: float | Sequence[float] = 0.0,
        replications: int = 1,
        seed: int = 0,
        path: str = "auto",
        executor: Executor | None = None,
        workers: int | None = None,
        progress: bool = False,
        checkpoint: str | Path | None = None,
    ) -> LineStudy:
        """Simulate ``replications`` of ``revisions`` each, with different random numbers.

        ``durations``: one distribution for all stations or one for each, in the unit of time of ``arrivals``;
        ``failures``: likewise the probability that a revision fails, at the end of its service. ``path``: "auto",
        "compiled" (needs Numba), "arrays" or "reference" (the engine; for CodePipeline's modes), with equal results.
        ``executor``, ``workers``, ``progress`` and ``checkpoint`` as in ``study``. Raises ``ValueError`` for an
        impossible value.
        """
        if not isinstance(arrivals, Arrivals):
            raise ValueError(f"arrivals must come from poisson(…), every(…) or the like, not {arrivals!r}")
        each_duration: list[Distribution | float] = _for_each_station("durations", durations, self.stations)
        each_failure: list[float] = _for_each_station("failures", failures, self.stations)
        design = LineDesign(
            self.stations,
            self.discipline,
            self.servers,
            self.limit or 0,
            arrivals,
            tuple(to_distribution(f"duration {k}", value) for k, value in enumerate(each_duration, 1)),
            tuple(checked_probability("a failure rate", value) for value in each_failure),
            checked_count("revisions", revisions),
            checked_count("replications", replications),
            checked_count("the seed", seed, 0),
        )
        if design.revisions > FURTHEST * arrivals.rate:
            raise ValueError(
                f"{design.revisions:,} revisions reach times beyond {FURTHEST:,.0f}, where sums would round: "
                "use a larger unit of time, or give fewer revisions"
            )
        path = choose_path(path)
        if path == "reference" and self.discipline in ("block", "loss"):
            raise ValueError(
                f'"{self.discipline}" is not a mode of CodePipeline, so the engine cannot simulate it'
            )
        # Checkpoints of earlier versions have this name.
        about = repr(design).replace("LineDesign", "Streams", 1)
        blocks = Blocks(
            partial(simulate_block, design, path), design.blocks, about=about, checkpoint=checkpoint
        )
        complete = blocks.run(executor, workers, progress)
        return LineStudy(self, blocks, complete, self._find_overload(design))

    def _find_overload(self, design: LineDesign) -> tuple[str, ...]:
        """Return a notice about the first station whose queue grows without limit."""
        if self.discipline != "queue" or isinstance(design.arrivals, Fixed) or self.limit:
            return ()
        reached = 1.0
        for k, (duration, failure) in enumerate(zip(design.durations, design.failures, strict=True), 1):
            busy = design.arrivals.rate * duration.mean * reached
            if busy >= 1:
                notice = (
                    f"Unstable: station {k} has work for {busy:.2f} of its time, so its queue grows without limit. "
                    f"The results hold only for the first {design.revisions:,} revisions."
                )
                return (notice,)
            reached *= 1 - failure
        return ()


class _Mean:
    """A read-only attribute of a line study: the mean over all replications of the measure of that name."""

    def __init__(self, doc: str) -> None:
        self.__doc__ = doc

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    def __get__(self, study: LineStudy, owner: type) -> float:
        return float(np.mean(study.measures[self.name]))


@dataclass
class LineStudy:
    """The results of a line. Numbers are means over all replications; ``estimate(name)`` adds a confidence interval."""

    line: Line
    blocks: Blocks = field(repr=False)
    complete: bool
    """False after an interruption: ``resume`` continues."""
    notices: tuple[str, ...]

    @property
    def replications(self) -> int:
        """The number of finished replications."""
        return len(self.sums["revisions"]) if self.blocks.done else 0

    @property
    def sums(self) -> BlockResult:
        """The sums of each replication (``tandem_sums.SUMS``)."""
        return self.blocks.joined()

    @property
    def measures(self) -> dict[str, Floats]:
        """name -> (replications,)."""
        return compute_measures(self.sums)

    superseded_share = _Mean("The share of superseded revisions.")
    delivered_share = _Mean("The share of delivered revisions.")
    failed_share = _Mean("The share of failed revisions.")
    refused_share = _Mean("The share of refused revisions.")
    lead_time = _Mean("The mean time from arrival to delivery.")
    throughput = _Mean("Deliveries in a unit of time.")
    wip = _Mean("The mean number of revisions in progress.")
    age = _Mean("The mean time since the arrival of the revision in production.")

    def estimate(self, name: str, level: float = 0.95) -> Estimate:
        """Return a measure with its confidence interval, cut to the possible values. Raises ``ValueError`` for an
        unknown name."""
        measures = self.measures
        if name not in measures:
            raise ValueError(f"a line has no measure {name!r}; it has {', '.join(measures)}")
        share = name.endswith("_share")
        return estimate(measures[name], level=level).within(0.0, 1.0 if share else math.inf)

    @property
    def frame(self) -> pd.DataFrame:
        """One row for each replication, one column for each measure."""
        import pandas as pd

        return pd.DataFrame(self.measures).rename_axis("replication")

    def resume(
        self, *, executor: Executor | None = None, workers: int | None = None, progress: bool = False
    ) -> LineStudy:
        """Compute the blocks that an interruption left out."""
        return replace(self, complete=self.blocks.run(executor, workers, progress))

    def __str__(self) -> str:
        lines = [f"{self.line}: {self.replications} replications"]
        lines += [f"  {name}: {np.mean(values):.4g}" for name, values in self.measures.items()]
        return "\n".join([*lines, *self.notices])


def _for_each_station(what: str, given: T | Sequence[T], stations: int) -> list[T]:
    values: list[T] = list(given) if isinstance(given, Sequence) else [given] * stations
    if len(values) != stations:
        raise ValueError(
            f"{what} has {len(values)} entries for {stations} stations; give one, or one for each"
        )
    return values
