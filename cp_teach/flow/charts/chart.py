"""A picture of a study: an SVG without script or font, with its words for who cannot see it and its table beside it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

from cp_teach.flow.analysis.html_frame import framed, tabled
from cp_teach.style.svg_chart import BOTH, Chart

if TYPE_CHECKING:
    import pandas as pd

BROAD, NARROW = 640.0, 350.0
"""The widths, in pixels, in which a page gets it: one for a screen or a sheet of paper, one for a telephone."""


class Picture(ABC):
    """What a notebook shows. ``title`` says what it is of."""

    title: str

    @abstractmethod
    def draw(self, chart: Chart, width: float) -> float:
        """Draw it ``width`` pixels wide; returns its height."""

    @abstractmethod
    def words(self) -> str:
        """What is to be seen, in a few sentences."""

    @abstractmethod
    def table(self) -> pd.DataFrame:
        """The numbers that are drawn."""

    def svg(self, theme: str = "light", width: float = BROAD) -> str:
        """The picture; ``theme`` is "light" or "dark", ``width`` in pixels, 300 or more."""
        if width < 300:
            raise ValueError(f"a picture needs 300 pixels or more to be readable, not {width:g}")
        chart = Chart(theme)
        height = self.draw(chart, width)
        return chart.svg(width, height, self.title, self.words(), least="0")

    def save(self, path: str | Path, theme: str = "light") -> Path:
        """Write it to ``path``, which ends in ``.svg``."""
        path = Path(path)
        if path.suffix != ".svg":
            raise ValueError(f"{path.name} should end in .svg")
        path.write_text(self.svg(theme), encoding="utf-8")
        return path

    def _repr_html_(self) -> str:
        table = tabled(self.table(), escape(f"Table: {self.title}"))
        return framed(
            f'<div class="cp-flow-broad">{self.svg(BOTH)}</div>'
            f'<div class="cp-flow-narrow">{self.svg(BOTH, NARROW)}</div>'
            f"<details><summary>The same as a table</summary>{table}</details>"
        )

    def __repr__(self) -> str:
        return f"{self.title}. {self.words()}"
