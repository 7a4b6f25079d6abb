"""HTML for a notebook: a pipeline as one row of stages with their actions, and tables. Every text is escaped."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

from cp_teach.pipeline.model.declaration import PipelineDeclaration
from cp_teach.pipeline.model.stage import Stage

_ROW = "display:flex;flex-wrap:wrap;gap:.4em 1em;align-items:flex-start;margin:.4em 0"
_BOX = "border:1px solid currentColor;border-radius:.5em;padding:.3em .7em"


def render(pipeline: PipelineDeclaration, type_name: str, unknown: Sequence[str] = ()) -> str:
    """Return the HTML of a pipeline: its name, type (V1 or V2), and mode, its stages with their actions, and the values
    that are unknown before a stack exists."""
    kind = f"{escape(type_name)}, {escape(pipeline.mode)}"
    arrow = '<span aria-hidden="true" style="align-self:center">→</span>'
    stages = arrow.join(map(_stage, pipeline.stages))
    note = f"<small>Unknown before a stack exists: {escape(', '.join(unknown))}</small>" if unknown else ""
    return f'<div><b>{escape(pipeline.name)}</b> ({kind})<div style="{_ROW}">{stages}</div>{note}</div>'


def _stage(stage: Stage) -> str:
    groups = (" and ".join(_action(stage, at) for at in group) for group in stage.groups)
    return f'<div style="{_BOX}"><b>{escape(stage.name)}</b><br>{"<br>".join(groups)}</div>'


def _action(stage: Stage, at: int) -> str:
    action = stage.actions[at]
    return f"{escape(action.name)} <small>({escape(action.provider)})</small>"


def table(caption: str, heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return an HTML table; ``rows`` have one text for each column."""
    head = "".join(f'<th scope="col" style="text-align:left">{escape(text)}</th>' for text in heads)
    cell = '<td style="text-align:left;white-space:pre-line">'
    body = "".join("<tr>" + "".join(f"{cell}{escape(text)}</td>" for text in row) + "</tr>" for row in rows)
    title = f"<caption>{escape(caption)}</caption>"
    return f"<table>{title}<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
