"""A report as a notebook shows it: a table of the whole pipeline, one of its stages, and what each measure is."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from typing import TYPE_CHECKING

from cp_teach.flow.analysis.dora_clusters import CLUSTERS_SOURCE, LINK, placed
from cp_teach.flow.analysis.measures import of_stage
from cp_teach.flow.analysis.metric_definitions import FIVE, OF_STAGE, Metric
from cp_teach.flow.analysis.html_frame import framed

if TYPE_CHECKING:
    from cp_teach.flow.analysis.report import Report


def page(report: Report) -> str:
    """The HTML of that report."""
    whole = [one for one in report.metrics if "[" not in one.name]
    five = [one for one in whole if one.name in FIVE]
    notes = "".join(f"<li>{escape(notice)}</li>" for notice in report.heed)
    heed = f'<ul aria-label="Notes">{notes}</ul>' if notes else ""
    head = ("Measure", "Mean", f"{report.level * 100:g} % interval", "DORA")
    more = [one for one in whole if one not in five]
    stages = [
        (name, *(one.estimated(report[of_stage(kind, k)]) for kind, one in OF_STAGE.items()))
        for k, name in enumerate(report.stages)
    ]
    return framed(
        f"<h3>{escape(report.name)}</h3><p>{escape(report.what)}. "
        f"<b>Bottleneck</b>: {escape(str(report.bottleneck))}.</p>{heed}"
        f"{_table(head, _rows(report, five), 'The five metrics of DORA')}"
        f"<details><summary>{len(more)} more measures</summary>"
        f"{_table(head[:-1], [row[:-1] for row in _rows(report, more)], 'More measures')}</details>"
        f"{_table(('Stage', *(one.label for one in OF_STAGE.values())), stages, 'Stages')}"
        f"<details><summary>What each is</summary><dl>{_defined([*whole, *OF_STAGE.values()])}</dl>"
        f'<p class="cp-flow-more">DORA: <a href="{LINK}">the five metrics</a>. '
        f"Clusters of 2024: {escape(CLUSTERS_SOURCE)}.</p>"
        "</details>"
    )


def _rows(report: Report, metrics: Iterable[Metric]) -> list[tuple[str, ...]]:
    found: list[tuple[str, ...]] = []
    for one in metrics:
        value = report[one.name]
        cells = (one.said(value.mean), one.interval(value.low, value.high), placed(one.name, value.mean))
        found.append((one.label, *cells))
    return found


def _table(head: Iterable[str], rows: Iterable[Iterable[str]], label: str) -> str:
    told = "".join(f'<th scope="col">{escape(word)}</th>' for word in head)
    body = ""
    for first, *rest in rows:
        cells = "".join(f"<td>{escape(cell)}</td>" for cell in rest)
        body += f'<tr><th scope="row">{escape(first)}</th>{cells}</tr>'
    return (
        f'<div class="cp-flow-wide" tabindex="0" role="region" aria-label="{label}">'
        f"<table><thead><tr>{told}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def _defined(metrics: Iterable[Metric]) -> str:
    return "".join(
        f'<dt>{escape(one.label)}</dt><dd>{escape(one.definition)} <span class="cp-flow-more">{escape(one.source)}'
        "</span></dd>"
        for one in metrics
    )
