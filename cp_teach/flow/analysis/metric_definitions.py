"""Metric definitions: label, unit, meaning, and source of each measure (``metrics.toml``), and how its values are
formatted."""

from __future__ import annotations

import math
import tomllib
from importlib.resources import files
from typing import NamedTuple

from cp_teach.flow.analysis.confidence_interval import Estimate


class Metric(NamedTuple):
    """A measure. ``unit`` is "min", "share", or the text after the number."""

    name: str
    label: str
    unit: str
    definition: str
    source: str

    def format(self, value: float) -> str:
        """Format a value: 2 h 15 min, 12 %, 3.4 a week."""
        if math.isnan(value):
            return "–"
        if self.unit == "min":
            return format_minutes(value)
        if self.unit == "share":
            return f"{value * 100:.3g} %"
        return f"{value:.3g} {self.unit}".strip()

    def format_interval(self, low: float, high: float) -> str:
        """Format an interval, with its unit once: 370 to 389 a week."""
        if math.isnan(low):
            return "–"
        first = self.format(low)
        if self.unit != "min":
            first = first.removesuffix(" %" if self.unit == "share" else f" {self.unit}")
        return f"{first} to {self.format(high)}"

    def format_estimate(self, estimate: Estimate) -> str:
        """Format an estimate with its interval: 379 a week (370 to 389)."""
        if math.isnan(estimate.mean):
            return "not defined"
        if math.isnan(estimate.low):
            return f"{self.format(estimate.mean)} (no interval)"
        interval = self.format_interval(estimate.low, estimate.high)
        if self.unit != "min":
            interval = interval.removesuffix(f" {self.unit}")
        return f"{self.format(estimate.mean)} ({interval})"


def format_minutes(value: float) -> str:
    """Format a duration: 40 s, 3.5 min, 2 h 15 min, 3.2 days."""
    size, sign = abs(value), "-" if value < 0 else ""
    if size < 1 / 120:
        return "0 min"
    if size < 1:
        return f"{sign}{size * 60:.0f} s"
    if size < 10:
        return f"{sign}{size:.1f} min"
    if size < 59.5:
        return f"{sign}{size:.0f} min"
    if size < 1439.5:
        hours, rest = divmod(round(size), 60)
        return f"{sign}{hours} h" + (f" {rest} min" if rest else "")
    return f"{sign}{size / 1440:.1f} days"


_TABLES = tomllib.loads(files("cp_teach.flow.analysis").joinpath("metrics.toml").read_text("utf-8"))

METRICS = {name: Metric(name, **fields) for name, fields in _TABLES["study"].items()}
"""The measures of a whole study by their name in ``measure``, in the order of a report."""

STAGE_METRICS = {name: Metric(name, **fields) for name, fields in _TABLES["stage"].items()}
"""The measures of each stage."""

FIVE = (
    "change_lead_time_median", "deployments_per_week", "recovery_time", "change_failure_rate", "rework_rate"
)  # fmt: skip
"""DORA's five metrics: the first three measure throughput, the last two instability."""


def find_metric(name: str, stages: tuple[str, ...] = ()) -> Metric:
    """Return the measure of that name; ``utilization[1]`` is that of the second stage. Raises ``ValueError`` for an
    unknown name."""
    name = name.replace("utilisation", "utilization")  # the former spelling
    kind, _, index = name.partition("[")
    if kind in STAGE_METRICS and index[:-1].isdecimal() and index.endswith("]"):
        k = int(index[:-1])
        stage = stages[k] if k < len(stages) else f"stage {k + 1}"
        metric = STAGE_METRICS[kind]
        return metric._replace(name=name, label=f"{stage}: {metric.label.lower()}")
    if name not in METRICS:
        raise ValueError(f"unknown measure {name!r}: choose from {', '.join(METRICS)}")
    return METRICS[name]
