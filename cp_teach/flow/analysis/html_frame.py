"""How pictures and reports of the lab stand on a page: in its colours, light or dark, and in print."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from cp_teach.style import sheet

if TYPE_CHECKING:
    import pandas as pd


def framed(content: str) -> str:
    """That HTML with the style that it takes."""
    return f'<div class="cp-flow"><style>{_style()}</style>{content}</div>'


def tabled(frame: pd.DataFrame, label: str, most: int = 400) -> str:
    """A frame as an HTML table that scrolls by itself. Beyond ``most`` rows it says how many more there are."""
    shown = frame.head(most).to_html(index=False, border=0, na_rep="–", float_format=lambda x: f"{x:.4g}")
    more = (
        f"<p>… and {len(frame) - most} rows more: <code>.table()</code> has all.</p>"
        if len(frame) > most
        else ""
    )
    return f'<div class="cp-flow-wide" tabindex="0" role="region" aria-label="{label}">{shown}</div>{more}'


@cache
def _style() -> str:
    return sheet(".cp-flow") + files("cp_teach.flow.analysis").joinpath("page.css").read_text("utf-8")
