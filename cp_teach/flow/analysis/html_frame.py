"""The HTML frame of charts and reports: the page style in light, dark, and print, and scrolling tables."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from cp_teach.style import css_variables

if TYPE_CHECKING:
    import pandas as pd


def add_frame(content: str) -> str:
    """Return the HTML with its style sheet."""
    return f'<div class="cp-flow"><style>{_style()}</style>{content}</div>'


def add_scrolling(table: str, label: str) -> str:
    """Return the HTML table in a region that scrolls; ``label`` is its name for screen readers, escaped."""
    return f'<div class="cp-flow-wide" tabindex="0" role="region" aria-label="{label}">{table}</div>'


def render_table(frame: pd.DataFrame, label: str, most: int = 400) -> str:
    """Return a frame as a scrolling HTML table with at most ``most`` rows, and the number of rows left out."""
    table = frame.head(most).to_html(index=False, border=0, na_rep="–", float_format=lambda x: f"{x:.4g}")
    more = f"<p>… and {len(frame) - most} more rows: <code>.table()</code> has all.</p>"
    return add_scrolling(table, label) + (more if len(frame) > most else "")


@cache
def _style() -> str:
    return css_variables(".cp-flow") + files("cp_teach.flow.analysis").joinpath("page.css").read_text("utf-8")
