"""A pipeline on a notebook page: one row of stages with their actions, readable without widget or picture."""

from __future__ import annotations

from html import escape

from cp_teach.pipeline.model.pipeline import Pipeline, Stage

_ROW = "display:flex;flex-wrap:wrap;gap:.4em 1em;align-items:flex-start;margin:.4em 0"
_BOX = "border:1px solid currentColor;border-radius:.5em;padding:.3em .7em"


def sheet(pipeline: Pipeline) -> str:
    """The pipeline as HTML: its name and kind, then each stage with its actions in run order."""
    kind = f"{escape(pipeline.type)}, {escape(pipeline.mode)}"
    arrow = '<span aria-hidden="true" style="align-self:center">→</span>'
    stages = arrow.join(map(_stage, pipeline.stages))
    return f'<div><b>{escape(pipeline.name)}</b> ({kind})<div style="{_ROW}">{stages}</div></div>'


def _stage(stage: Stage) -> str:
    groups = (" and ".join(_action(stage, at) for at in group) for group in stage.groups)
    return f'<div style="{_BOX}"><b>{escape(stage.name)}</b><br>{"<br>".join(groups)}</div>'


def _action(stage: Stage, at: int) -> str:
    action = stage.actions[at]
    return f"{escape(action.name)} <small>({escape(action.provider)})</small>"
