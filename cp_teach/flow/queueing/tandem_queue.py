"""A line of stations in a row: the smallest pipeline, about which queueing theory knows the answers."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from cp_teach.flow.inputs.arrivals import Arrivals, Fixed
from cp_teach.flow.inputs.distribution import Distribution, distribution
from cp_teach.flow.inputs.policy import probability
from cp_teach.flow.queueing.tandem_runner import DISCIPLINES, Streams, tally
from cp_teach.flow.queueing.tandem_sums import measures
from cp_teach.flow.numerics.exact_time import FURTHEST, Floats
from cp_teach.flow.numerics.numba_support import have_numba
from cp_teach.flow.numerics.random_streams import seeded
from cp_teach.flow.simulation.block_executor import Blocks, Told

if TYPE_CHECKING:
    import pandas as pd

    from cp_teach.flow.analysis.confidence_interval import Estimate

PATHS = ("auto", "compiled", "arrays", "reference")


@dataclass(frozen=True)
class Line:
    """``stations`` in a row, each for one revision at a time, and who waits between them by ``discipline``:

    - "supersede", "queue", "parallel": CodePipeline's execution modes;
    - "block" (no place between stations: who is done waits there, and blocks it) and "loss" (nobody waits: who finds a
      station busy is lost). These two are classics of queueing theory, and not what CodePipeline does.

    ``servers`` is for "loss" with one station: how many revisions it holds. ``limit`` is how many executions may be in
    progress at a time ("queue", "parallel"; AWS: 50); None for any number.

    >>> Line(1, "supersede").study(arrivals=poisson(1), durations=exponential(1), revisions=200_000, seed=1)
    ... # doctest: +SKIP
    """

    stations: int
    discipline: str = "supersede"
    servers: int = 1
    limit: int | None = None

    def __post_init__(self) -> None:
        for name in ("stations", "servers"):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, int | np.integer) or not 1 <= value <= 100:
                raise ValueError(f"{name} has to be a whole number from 1 to 100, not {value!r}")
        if self.discipline not in DISCIPLINES:
            raise ValueError(f"a discipline is one of {', '.join(DISCIPLINES)}, not {self.discipline!r}")
        if self.servers > 1 and (self.discipline != "loss" or self.stations > 1):
            raise ValueError('several servers are for Line(1, "loss", servers=…) alone')
        if self.limit is not None and (self.discipline not in ("queue", "parallel") or self.limit < 1):
            raise ValueError('a limit of 1 or more is for "queue" and "parallel" alone')

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
        """Send ``revisions`` through the line, ``replications`` times, each time with luck of its own.

        ``durations`` is one distribution for all stations or one for each, in whatever unit of time ``arrivals`` have;
        ``failures`` likewise the probability that a revision fails there, at the end of its work. ``path`` is "auto",
        "compiled" (needs Numba), "arrays" or "reference" (the engine; for CodePipeline's modes): all tell the same.
        ``executor``, ``workers``, ``progress`` and ``checkpoint`` as in ``study``. Raises ``ValueError`` for what
        cannot be.
        """
        if not isinstance(arrivals, Arrivals):
            raise ValueError(f"arrivals has to be made by poisson(…), every(…) or the like, not {arrivals!r}")
        each = _each("durations", durations, self.stations)
        streams = Streams(
            self.stations,
            self.discipline,
            self.servers,
            self.limit or 0,
            arrivals,
            tuple(distribution(f"duration {k}", one) for k, one in enumerate(each, 1)),
            tuple(probability("a failure rate", one) for one in _each("failures", failures, self.stations)),
            _count("revisions", revisions),
            _count("replications", replications),
            seeded(seed),
        )
        if streams.revisions > FURTHEST * streams.arrivals.rate:
            raise ValueError(
                f"{streams.revisions:,} revisions come to times beyond {FURTHEST:,.0f}, where sums would round: "
                "count time in a larger unit, or give fewer"
            )
        chosen = self._path(path)
        notices = (*self._unstable(streams), *([chosen[1]] if chosen[1] else []))
        blocks = Blocks(
            partial(tally, streams, chosen[0]), streams.blocks, about=repr(streams), checkpoint=checkpoint
        )
        complete = blocks.run(executor, workers, progress)
        return LineStudy(self, blocks, complete, notices)

    def _path(self, path: str) -> tuple[str, str]:
        """(the path that is taken, what has to be said about it)."""
        if path not in PATHS:
            raise ValueError(f"path is one of {', '.join(PATHS)}, not {path!r}")
        if path == "reference" and self.discipline in ("block", "loss"):
            raise ValueError(
                f'"{self.discipline}" is not what CodePipeline does: the engine has no such mode'
            )
        if path == "compiled" and not have_numba():
            raise ValueError("Numba is not installed: pip install 'cp-teach[fast]', or path=\"arrays\"")
        if path == "auto":
            return ("compiled" if have_numba() else "arrays"), ""
        return path, ""

    def _unstable(self, streams: Streams) -> list[str]:
        if self.discipline != "queue" or isinstance(streams.arrivals, Fixed) or self.limit:
            return []
        load, found = 1.0, []
        for k, (needs, fails) in enumerate(zip(streams.durations, streams.failures, strict=True), 1):
            busy = streams.arrivals.rate * needs.mean * load
            if busy >= 1:
                found.append(
                    f"Unstable: station {k} has work for {busy:.2f} of its time, so the queue before it grows without "
                    f"end. What is told holds for the first {streams.revisions:,} revisions alone."
                )
                break
            load *= 1 - fails
        return found


@dataclass
class LineStudy:
    """What a line did. Numbers are means over all replications; ``estimate(name)`` has their confidence interval."""

    line: Line
    blocks: Blocks = field(repr=False)
    complete: bool
    """False when it was interrupted: ``resume`` goes on."""
    notices: tuple[str, ...]

    @property
    def replications(self) -> int:
        """How many are done."""
        return len(self.sums["revisions"]) if self.blocks.done else 0

    @property
    def sums(self) -> Told:
        """The sums of each replication (``tally.SUMS``)."""
        return self.blocks.joined()

    @property
    def measures(self) -> dict[str, Floats]:
        """name -> (replications,)."""
        return measures(self.sums)

    @property
    def superseded_share(self) -> float:
        """The share of all revisions that was superseded."""
        return self._mean("superseded_share")

    @property
    def delivered_share(self) -> float:
        """The share that reached the end."""
        return self._mean("delivered_share")

    @property
    def failed_share(self) -> float:
        """The share that failed."""
        return self._mean("failed_share")

    @property
    def refused_share(self) -> float:
        """The share that found no room."""
        return self._mean("refused_share")

    @property
    def lead_time(self) -> float:
        """The mean time from arrival to delivery, of those delivered."""
        return self._mean("lead_time")

    @property
    def throughput(self) -> float:
        """Deliveries in a unit of time."""
        return self._mean("throughput")

    @property
    def wip(self) -> float:
        """The mean number of revisions in progress."""
        return self._mean("wip")

    @property
    def age(self) -> float:
        """The mean age of what runs in production: time since it arrived."""
        return self._mean("age")

    def estimate(self, name: str, level: float = 0.95) -> Estimate:
        """A measure with its confidence interval. Raises ``ValueError`` for a name that there is not."""
        from cp_teach.flow.analysis.confidence_interval import estimate

        found = self.measures
        if name not in found:
            raise ValueError(f"a line has no measure {name!r}. It has: {', '.join(found)}.")
        return estimate(found[name], level=level)

    @property
    def frame(self) -> pd.DataFrame:
        """One row for each replication, one column for each measure."""
        import pandas as pd

        return pd.DataFrame(self.measures).rename_axis("replication")

    def resume(
        self, *, executor: Executor | None = None, workers: int | None = None, progress: bool = False
    ) -> LineStudy:
        """Compute what an interruption has left."""
        complete = self.blocks.run(executor, workers, progress)
        return LineStudy(self.line, self.blocks, complete, self.notices)

    def _mean(self, name: str) -> float:
        return float(np.mean(self.measures[name]))

    def __str__(self) -> str:
        words = [f"{self.line}: {self.replications} replications"]
        words += [f"  {name}: {np.mean(values):.4g}" for name, values in self.measures.items()]
        return "\n".join([*words, *self.notices])


def _each(what: str, given: Any, stations: int) -> list[Any]:
    many = list(given) if isinstance(given, Sequence) else [given] * stations
    if len(many) != stations:
        raise ValueError(f"{what} has {len(many)} entries for {stations} stations; give one, or one for each")
    return many


def _count(what: str, value: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < 1:
        raise ValueError(f"{what} has to be a whole number from 1 on, not {value!r}")
    return int(value)
