"""The report of a study: every measure with its confidence interval, the bottleneck, and notes on reliability."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from html import escape
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from cp_teach.flow.analysis.confidence_interval import CUT, FEW, Estimate, estimate
from cp_teach.flow.analysis.dora_clusters import CLUSTERS_SOURCE, LINK, describe_clusters
from cp_teach.flow.analysis.html_frame import add_frame, add_scrolling
from cp_teach.flow.analysis.measures import LEAST_FOR_90, Measures, stage_measure
from cp_teach.flow.analysis.metric_definitions import (
    FIVE,
    METRICS,
    STAGE_METRICS,
    Metric,
    find_metric,
    format_minutes,
)
from cp_teach.flow.numerics.exact_time import Floats

if TYPE_CHECKING:
    import pandas as pd


class Bottleneck(NamedTuple):
    """The stage with the highest mean utilization; ``share`` is the share of replications in which it is highest. If no
    stage was occupied at all, ``stage`` is empty."""

    stage: str
    utilization: Estimate
    share: float

    def __str__(self) -> str:
        if not self.stage:
            return "none, because no stage was occupied"
        return (
            f"{self.stage}: held {STAGE_METRICS['utilization'].format(self.utilization.mean)} of the time, "
            f"the bottleneck in {self.share * 100:.3g} % of the replications"
        )


@dataclass(frozen=True)
class Report:
    """The results of a study. ``measures`` has an array (replications,) for each measure, NaN if undefined; ``window``
    is the measured time in minutes; ``notices`` limit the trust in the results."""

    name: str
    measures: Measures
    stages: tuple[str, ...]
    window: tuple[float, float]
    notices: tuple[str, ...] = ()
    level: float = 0.95
    batches: bool = False
    """True if the values belong to pieces of one replication instead of replications."""
    shared: bool = False
    """True if several executions can be in a stage at once (PARALLEL), so that its utilization can be above 1."""

    @property
    def replications(self) -> int:
        """The number of values of each measure."""
        return len(next(iter(self.measures.values())))

    def values(self, name: str) -> Floats:
        """(replications,): the values of a measure. Raises ``ValueError`` for an unknown name."""
        if name not in self.measures:
            raise ValueError(f"unknown measure {name!r}: choose from {', '.join(self.measures)}")
        return self.measures[name]

    def __getitem__(self, name: str) -> Estimate:
        """Return the estimate of a measure, such as ``report["lead_time"]``, cut to its possible values: none is below
        0, and no share above 1. Only the utilization of stages that executions share can be above 1."""
        found = estimate(self.values(name), self.level)
        if name == "lead_time_90" and (note := self._percentile_note):
            found = replace(found, note=f"{found.note} {note}".strip())
        share = find_metric(name, self.stages).unit == "share"
        bounded = share and not (self.shared and name.startswith("utilization"))
        return found.within(0.0, 1.0 if bounded else math.inf)

    @property
    def _percentile_note(self) -> str:
        """Why the 90th percentile of the lead time is not defined in some replications; "" if it is in all."""
        delivered = ~np.isnan(self.measures["lead_time"]) if "lead_time" in self.measures else np.array([])
        short = int((np.isnan(self.measures["lead_time_90"]) & delivered).sum()) if delivered.size else 0
        if not short:
            return ""
        what = "pieces" if self.batches else "replications"
        return (
            f"A 90th percentile needs {LEAST_FOR_90} delivered revisions; {short} of {self.replications} {what} have "
            "fewer."
        )

    @property
    def metrics(self) -> tuple[Metric, ...]:
        """The reported measures in order: those of the whole pipeline, then those of each stage."""
        names = [
            *METRICS,
            *(stage_measure(kind, k) for k in range(len(self.stages)) for kind in STAGE_METRICS),
        ]
        return tuple(find_metric(name, self.stages) for name in names if name in self.measures)

    @property
    def bottleneck(self) -> Bottleneck:
        """The stage with the highest utilization."""
        names = [stage_measure("utilization", k) for k in range(len(self.stages))]
        utilization = np.stack([self.values(name) for name in names])
        if not utilization.any():
            return Bottleneck("", self[names[0]], math.nan)
        k = int(utilization.mean(axis=1).argmax())
        share = float((utilization.argmax(axis=0) == k).mean())
        return Bottleneck(self.stages[k], self[names[k]], share)

    def table(self) -> pd.DataFrame:
        """Return a row for each measure: ``metric``, ``measure`` (its name), ``mean``, ``low``, ``high``, ``unit``,
        ``n`` (the number of defined values), ``dora`` (the clusters of 2024), ``definition``, ``source``."""
        import pandas as pd

        columns = ["metric", "measure", "mean", "low", "high", "unit", "n", "dora", "definition", "source"]
        rows = []
        for m in self.metrics:
            e = self[m.name]
            dora = describe_clusters(m.name, e.mean)
            rows.append((m.label, m.name, e.mean, e.low, e.high, m.unit, e.n, dora, m.definition, m.source))
        return pd.DataFrame(rows, columns=columns)

    @property
    def notes(self) -> tuple[str, ...]:
        """The notices, and what in the numbers limits the trust in them."""
        notes = list(self.notices)
        if self.replications == 1:
            notes.append("There is a single replication, so no measure has a confidence interval.")
        elif self.batches:
            notes.append(
                f"There is one replication; its intervals come from {self.replications} pieces of it, one after the "
                "other. More replications are more reliable."
            )
        elif self.replications < FEW:
            notes.append(f"There are only {self.replications} replications: trust the intervals little.")
        rare = [
            metric.label
            for metric in self.metrics
            if metric.name in FIVE and 0 < self[metric.name].n < 0.9 * self.replications
        ]
        if note := self._percentile_note if "lead_time_90" in self.measures else "":
            notes.append(note)
        if any(self[metric.name].note.endswith(CUT) for metric in self.metrics):
            notes.append(
                "Intervals are cut to the possible values: a share is from 0 to 100 %, and no time is below 0."
            )
        if rare:
            notes.append(
                "Not defined in more than a tenth of the replications, so a longer study is better: "
                f"{', '.join(rare)}."
            )
        return tuple(dict.fromkeys(notes))

    @property
    def summary(self) -> str:
        """The replications, the warm-up, and the confidence level, in a line."""
        begin, end = self.window
        if self.batches:
            length = format_minutes((end - begin) / self.replications)
            measured = f"{self.replications} pieces of one replication, {length} each"
        else:
            noun = "replication" if self.replications == 1 else "replications"
            measured = f"{self.replications:,} {noun}, {format_minutes(end - begin)} each"
        return f"{measured}, after a warm-up of {format_minutes(begin)}; {self.level * 100:g} % confidence intervals"

    def __str__(self) -> str:
        lines = [f"{self.name}: {self.summary}"]
        width = max(len(metric.label) for metric in self.metrics)
        lines += [f"  {m.label:<{width}}  {m.format_estimate(self[m.name])}" for m in self.metrics]
        lines.append(f"Bottleneck: {self.bottleneck}.")
        lines += [f"Note: {note}" for note in self.notes]
        return "\n".join(lines)

    def __repr__(self) -> str:
        return f"<Report of {self.name}: {self.replications} replications, {len(self.metrics)} measures>"

    def _repr_html_(self) -> str:
        whole = [metric for metric in self.metrics if "[" not in metric.name]
        more = [self._row(metric)[:-1] for metric in whole if metric.name not in FIVE]
        stages = [
            (stage, *(m.format_estimate(self[stage_measure(kind, k)]) for kind, m in STAGE_METRICS.items()))
            for k, stage in enumerate(self.stages)
        ]
        head = ("Measure", "Mean", f"{self.level * 100:g} % interval", "DORA")
        notes = "".join(f"<li>{escape(note)}</li>" for note in self.notes)
        definitions = "".join(
            f"<dt>{escape(metric.label)}</dt><dd>{escape(metric.definition)} "
            f'<span class="cp-flow-more">{escape(metric.source)}</span></dd>'
            for metric in (*whole, *STAGE_METRICS.values())
        )
        return add_frame(
            f"<h3>{escape(self.name)}</h3><p>{escape(self.summary)}. "
            f"<b>Bottleneck</b>: {escape(str(self.bottleneck))}.</p>"
            + (f'<ul aria-label="Notes">{notes}</ul>' if notes else "")
            + _table(head, [self._row(m) for m in whole if m.name in FIVE], "The five metrics of DORA")
            + f"<details><summary>{len(more)} more measures</summary>"
            + f"{_table(head[:-1], more, 'More measures')}</details>"
            + _table(("Stage", *(metric.label for metric in STAGE_METRICS.values())), stages, "Stages")
            + f"<details><summary>Definitions</summary><dl>{definitions}</dl>"
            f'<p class="cp-flow-more">DORA: <a href="{LINK}">the five metrics</a>. '
            f"Clusters of 2024: {escape(CLUSTERS_SOURCE)}.</p></details>"
        )

    def _row(self, metric: Metric) -> tuple[str, ...]:
        """The measure, its mean, its interval, and its DORA cluster."""
        value = self[metric.name]
        interval = metric.format_interval(value.low, value.high)
        return metric.label, metric.format(value.mean), interval, describe_clusters(metric.name, value.mean)


def _table(head: Iterable[str], rows: Iterable[Sequence[str]], label: str) -> str:
    columns = "".join(f'<th scope="col">{escape(name)}</th>' for name in head)
    body = "".join(
        f'<tr><th scope="row">{escape(first)}</th>{"".join(f"<td>{escape(cell)}</td>" for cell in rest)}</tr>'
        for first, *rest in rows
    )
    return add_scrolling(f"<table><thead><tr>{columns}</tr></thead><tbody>{body}</tbody></table>", label)
