"""The base class of the charts: an SVG without script or font, with a description and a table."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from cp_teach.flow.analysis.html_frame import add_frame, render_table
from cp_teach.flow.simulation.outcome import Outcome
from cp_teach.style.svg_chart import BOTH, Chart

if TYPE_CHECKING:
    import pandas as pd

BROAD, NARROW = 640.0, 350.0
"""The widths on a page, in pixels: for a screen or paper, and for a phone."""


class Picture(ABC):
    """A chart with its ``title``; a notebook shows it with its table."""

    title: str

    @abstractmethod
    def draw(self, chart: Chart, width: float) -> float:
        """Draw the chart ``width`` pixels wide, and return its height."""

    @abstractmethod
    def describe(self) -> str:
        """Return a description of a few sentences, for screen readers and text."""

    @abstractmethod
    def table(self) -> pd.DataFrame:
        """Return the numbers of the chart."""

    def svg(self, theme: str = "light", width: float = BROAD) -> str:
        """Return the SVG; ``theme`` is "light" or "dark", ``width`` in pixels. Raises ``ValueError`` below 300."""
        if width < 300:
            raise ValueError(f"a picture must be at least 300 pixels wide to be readable, not {width:g}")
        chart = Chart(theme)
        height = self.draw(chart, width)
        return chart.svg(width, height, self.title, self.describe(), least="0")

    def save(self, path: str | Path, theme: str = "light") -> Path:
        """Write the SVG to ``path``. Raises ``ValueError`` if it does not end in ``.svg``."""
        path = Path(path)
        if path.suffix != ".svg":
            raise ValueError(f"{path.name} must end in .svg")
        path.write_text(self.svg(theme), encoding="utf-8")
        return path

    def _repr_html_(self) -> str:
        table = render_table(self.table(), escape(f"Table: {self.title}"))
        return add_frame(
            f'<div class="cp-flow-broad">{self.svg(BOTH)}</div>'
            f'<div class="cp-flow-narrow">{self.svg(BOTH, NARROW)}</div>'
            f"<details><summary>The same as a table</summary>{table}</details>"
        )

    def __repr__(self) -> str:
        return f"{self.title}. {self.describe()}"


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
