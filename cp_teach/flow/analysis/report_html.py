"""The HTML of a report: notes, a table of DORA's five metrics, further measures, the stages, and definitions."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

from cp_teach.flow.analysis.dora_clusters import CLUSTERS_SOURCE, LINK
from cp_teach.flow.analysis.html_frame import add_frame, add_scrolling
from cp_teach.flow.analysis.metric_definitions import STAGE_METRICS, Metric

Row = Sequence[str]


def render_report(
    title: str, summary: str, bottleneck: str, level: float, notes: Iterable[str], *,
    five: Iterable[Row], more: Sequence[Row], stages: Iterable[Row], metrics: Iterable[Metric],
) -> str:  # fmt: skip
    """Return the HTML of a report from plain texts.

    ``five`` and ``more``: rows (measure, mean, interval, DORA cluster) of DORA's five metrics and of the others;
    ``stages``: rows (stage, one cell for each of ``STAGE_METRICS``); ``metrics``: those to define.
    """
    items = "".join(f"<li>{escape(note)}</li>" for note in notes)
    head = ("Measure", "Mean", f"{level * 100:g} % interval", "DORA")
    stage_head = ("Stage", *(metric.label for metric in STAGE_METRICS.values()))
    definitions = "".join(
        f"<dt>{escape(metric.label)}</dt><dd>{escape(metric.definition)} "
        f'<span class="cp-flow-more">{escape(metric.source)}</span></dd>'
        for metric in (*metrics, *STAGE_METRICS.values())
    )
    return add_frame(
        f"<h3>{escape(title)}</h3><p>{escape(summary)}. <b>Bottleneck</b>: {escape(bottleneck)}.</p>"
        + (f'<ul aria-label="Notes">{items}</ul>' if items else "")
        + _table(head, five, "The five metrics of DORA")
        + f"<details><summary>{len(more)} more measures</summary>"
        + f"{_table(head[:-1], [row[:-1] for row in more], 'More measures')}</details>"
        + _table(stage_head, stages, "Stages")
        + f"<details><summary>Definitions</summary><dl>{definitions}</dl>"
        f'<p class="cp-flow-more">DORA: <a href="{LINK}">the five metrics</a>. '
        f"Clusters of 2024: {escape(CLUSTERS_SOURCE)}.</p></details>"
    )


def _table(head: Iterable[str], rows: Iterable[Row], label: str) -> str:
    columns = "".join(f'<th scope="col">{escape(name)}</th>' for name in head)
    body = "".join(
        f'<tr><th scope="row">{escape(first)}</th>{"".join(f"<td>{escape(cell)}</td>" for cell in rest)}</tr>'
        for first, *rest in rows
    )
    return add_scrolling(f"<table><thead><tr>{columns}</tr></thead><tbody>{body}</tbody></table>", label)
