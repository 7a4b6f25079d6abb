"""The report of a study: every measure with its certainty, the bottleneck, and what to heed."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from cp_teach.flow.analysis.confidence_interval import Estimate, estimate
from cp_teach.flow.analysis.dora_clusters import placed
from cp_teach.flow.analysis.measures import Measures, joined, of_stage
from cp_teach.flow.analysis.metric_definitions import FIVE, METRICS, OF_STAGE, Metric, metric, minutes

if TYPE_CHECKING:
    import pandas as pd


_UTILIZATION = OF_STAGE["utilization"]


class Bottleneck(NamedTuple):
    """The stage that is held for the largest part of the time; ``share`` is in how many of the replications it is."""

    stage: str
    utilization: Estimate
    share: float

    def __str__(self) -> str:
        return (
            f"{self.stage}: held {_UTILIZATION.said(self.utilization.mean)} of the time, "
            f"the bottleneck in {self.share * 100:.3g} % of the replications"
        )


@dataclass(frozen=True)
class Report:
    """What a study has found. ``measures`` holds for each measure one value for each replication (rows,), NaN where it
    is not defined; ``window`` is the time in which it was measured, in minutes; ``notices`` say what to heed."""

    name: str
    measures: Measures
    stages: tuple[str, ...]
    window: tuple[float, float]
    notices: tuple[str, ...] = ()
    level: float = 0.95
    batches: bool = False
    """True when the values are of pieces of one run, one after the other, instead of replications."""

    @classmethod
    def of(
        cls,
        blocks: Iterable[Measures],
        stages: Sequence[str],
        window: tuple[float, float],
        *,
        name: str = "study",
        notices: Sequence[str] = (),
        level: float = 0.95,
        batches: bool = False,
    ) -> Report:
        """From what ``measure`` has told of each block of replications."""
        measures = joined(list(blocks))
        if not measures:
            raise ValueError("there is nothing to report: no replication was measured")
        return cls(name, measures, tuple(stages), window, tuple(notices), level, batches)

    @property
    def replications(self) -> int:
        """How many values there are of each measure."""
        return len(next(iter(self.measures.values())))

    def values(self, name: str) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
        """(rows,): the values of a measure. Raises ``ValueError`` for one that there is not."""
        if name not in self.measures:
            raise ValueError(f"there is no measure {name!r}; there are {', '.join(self.measures)}")
        found: np.ndarray[tuple[int], np.dtype[np.float64]] = self.measures[name]
        return found

    def __getitem__(self, name: str) -> Estimate:
        """The estimate of a measure, such as ``report["lead_time"]``. None can be below 0, nor a share above 1."""
        values = self.values(name)
        share = metric(name, self.stages).unit == "share" and not name.startswith("utilization")
        return estimate(values, self.level).within(0.0, 1.0 if share else math.inf)

    @property
    def metrics(self) -> tuple[Metric, ...]:
        """What is reported, in order: the whole pipeline, then stage by stage."""
        names = [name for name in METRICS if name in self.measures]
        names += [of_stage(kind, k) for k in range(len(self.stages)) for kind in OF_STAGE]
        return tuple(metric(name, self.stages) for name in names if name in self.measures)

    @property
    def bottleneck(self) -> Bottleneck:
        """The stage with the highest utilization."""
        names = [of_stage("utilization", k) for k in range(len(self.stages))]
        held = np.stack([self.values(name) for name in names])
        place = int(held.mean(axis=1).argmax())
        share = float((held.argmax(axis=0) == place).mean())
        return Bottleneck(self.stages[place], self[names[place]], share)

    def table(self) -> pd.DataFrame:
        """A row for each measure: ``metric``, ``measure`` (its name), ``mean``, ``low``, ``high``, ``unit``, ``n``
        (values that it was defined for), ``dora`` (the clusters of 2024), ``definition``, ``source``."""
        import pandas as pd

        found = []
        for one in self.metrics:
            value = self[one.name]
            found.append(
                {
                    "metric": one.label, "measure": one.name, "mean": value.mean, "low": value.low,
                    "high": value.high, "unit": one.unit, "n": value.n, "dora": placed(one.name, value.mean),
                    "definition": one.definition, "source": one.source,
                }
            )  # fmt: skip
        return pd.DataFrame(found)

    @property
    def heed(self) -> tuple[str, ...]:
        """The notices, and what the numbers themselves give reason to doubt."""
        found = list(self.notices)
        if self.replications == 1:
            found.append("There is one replication alone, so nothing has a confidence interval.")
        elif self.batches:
            found.append(
                f"There is one replication; its intervals come from {self.replications} pieces of it, one after the "
                "other. More replications are safer."
            )
        elif self.replications < 10:
            found.append(f"There are only {self.replications} replications: trust the intervals little.")
        partly = [
            one.label
            for one in self.metrics
            if one.name in FIVE and 0 < self[one.name].n < 0.9 * self.replications
        ]
        if partly:
            found.append(
                "Not defined in more than a tenth of the replications, so a longer study is better: "
                f"{', '.join(partly)}."
            )
        return tuple(dict.fromkeys(found))

    @property
    def what(self) -> str:
        """What was measured, in a line."""
        begin, end = self.window
        if self.batches:
            times = f"{self.replications} pieces of one replication, {minutes((end - begin) / self.replications)} each"
        else:
            word = "replication" if self.replications == 1 else "replications"
            times = f"{self.replications:,} {word}, {minutes(end - begin)} each"
        return f"{times}, after a warm-up of {minutes(begin)}; {self.level * 100:g} % confidence intervals"

    def __str__(self) -> str:
        lines = [f"{self.name}: {self.what}"]
        width = max(len(one.label) for one in self.metrics)
        lines += [f"  {one.label:<{width}}  {one.estimated(self[one.name])}" for one in self.metrics]
        lines.append(f"Bottleneck: {self.bottleneck}.")
        lines += [f"Note: {notice}" for notice in self.heed]
        return "\n".join(lines)

    def __repr__(self) -> str:
        return f"<Report of {self.name}: {self.replications} replications, {len(self.metrics)} measures>"

    def _repr_html_(self) -> str:
        from cp_teach.flow.analysis.report_html import page

        return page(self)
