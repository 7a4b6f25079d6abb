"""Static HTML of the console, for pages that cannot load the widget: tables without scripts, and one line of text.

Readers see it on a code forge, in an export without widget state, or in a terminal.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

from cp_teach.show.diagrams import static_work
from cp_teach.show.diagrams.static_work import status_text
from cp_teach.show.view.schema import Action, Reason, Stage, Transition, View, Work
from cp_teach.style import PALETTE

WHY_STILL = (
    "This is a still picture of an interactive console: "
    "run the notebook in JupyterLab with a kernel to play with it."
)


def text(view: View) -> str:
    """One line for a terminal: the pipeline, the status of its stages, and what happened last."""
    stages = " → ".join(f"{s['name']} {s['status'][2]}{_execution_in(s)}" for s in view["stages"])
    fault = f" {view['fault']}" if "fault" in view else ""
    return f"Console of {view['pipeline']['name']}: {stages}. {view['sentence']}{fault}"


def _execution_in(stage: Stage) -> str:
    chip = stage.get("inside") or stage.get("delivered")
    return f" #{chip['n']}" if chip else ""


def html(view: View) -> str:
    """The view as tables and text. It needs no script and makes no request."""
    pipeline, work = view["pipeline"], view.get("work", {})
    clock = f", clock {escape(view['clock'])}" if "clock" in view else ""
    head = f"<b>{escape(pipeline['name'])}</b> ({escape(pipeline['mode'])}){clock}"
    warnings = (view.get("away", ""), view.get("fault", ""))
    parts = [
        '<div class="cp-still" style="font-family:system-ui,sans-serif;max-width:70em">',
        f"<p>{head}. {escape(view['sentence'])}</p>",
        *(f"<p><b>{escape(warning)}</b></p>" for warning in warnings if warning),
        _stages(view["stages"], work),
        _reasons(view.get("reasons", ())),
        _executions(view),
        static_work.details(work),
        _steps(view),
        f"<p><i>{WHY_STILL}</i></p>",
        "</div>",
    ]
    return "".join(parts)


_EDGE = f"1px solid {PALETTE['edge'].light}"
_CELL = f'style="border:{_EDGE};border-radius:6px;padding:.5em .7em;text-align:left;vertical-align:top"'
_PLAIN = 'style="padding:.2em .6em;text-align:left;vertical-align:top"'


def _stages(stages: Sequence[Stage], work: Mapping[str, Work]) -> str:
    cells = []
    for index, stage in enumerate(stages):
        if index:
            cells.append(f'<td {_PLAIN} aria-label="transition">{_transition(stage["door"])}</td>')
        _, word, glyph = stage["status"]
        lines = [f"<b>{escape(stage['name'])}</b> {glyph} {escape(word)}"]
        for chip, where in ((stage.get("inside"), "inside"), (stage.get("delivered"), "delivered")):
            if chip:
                lines.append(f"{where}: #{chip['n']} {escape(chip['message'])}")
        for condition in stage.get("conditions", ()):
            lines.append(f"{escape(condition['name'])}: {escape(condition['result'])} unless met")
            lines += [
                f"{rule['status'][2]} {escape(rule['name'])} ({escape(rule['provider'])}): {escape(rule['status'][1])}"
                for rule in condition["rules"]
            ]
        for group in stage["groups"]:
            for action in group:
                lines += _action(action, work.get(f"{stage['name']}/{action['name']}"))
        cells.append(f"<td {_CELL}>{'<br>'.join(lines)}</td>")
    return f'<table role="presentation"><tr>{"".join(cells)}</tr></table>'


def _action(action: Action, work: Work | None) -> list[str]:
    _, word, glyph = action["status"]
    lines = [f"{glyph} {escape(action['name'])} ({escape(action['provider'])}): {escape(word)}"]
    if work is not None and (progress := static_work.line(work)):
        lines.append(progress)
    return lines


def _transition(transition: Transition) -> str:
    lines = ["→" if transition["on"] else f"⊘ disabled<br>{escape(transition.get('reason', ''))}"]
    lines += [f"◷ #{chip['n']} {escape(chip['message'])} waits" for chip in transition.get("waiting", ())]
    lines += [f"» <s>#{chip['n']}</s> superseded by #{chip['by']}" for chip in transition.get("gone", ())]
    return "<br>".join(lines)


def _reasons(reasons: Sequence[Reason]) -> str:
    items = [f"<li>{escape(r['text'])} {escape(r['who'])}</li>" for r in reasons]
    return f"<ul>{''.join(items)}</ul>" if items else ""


def _executions(view: View) -> str:
    if not view.get("executions"):
        return ""
    names = [stage["name"] for stage in view["stages"]]
    head = "".join(
        f'<th scope="col" {_PLAIN}>{escape(name)}</th>' for name in ("Execution", "Status", *names)
    )
    rows = []
    for row in view["executions"]:
        cells = [f'<th scope="row" {_PLAIN}>#{row["n"]} {escape(row["message"])}</th>']
        cells += [f"<td {_PLAIN}>{status_text(cell)}</td>" for cell in (row["status"], *row["cells"])]
        rows.append(f"<tr>{''.join(cells)}</tr>")
    return f"<table><caption>Executions</caption><tr>{head}</tr>{''.join(rows)}</table>"


def _steps(view: View) -> str:
    if not view.get("log"):
        return ""
    rows = "".join(
        f"<tr><td {_PLAIN}>{moment}</td><td {_PLAIN}>{at}</td><td {_PLAIN}>{escape(str(sentence))}</td></tr>"
        for moment, at, _, sentence in view["log"]
    )
    more = f"<p>{view['more_log']} earlier lines are left out.</p>" if view.get("more_log") else ""
    head = "".join(f'<th scope="col" {_PLAIN}>{name}</th>' for name in ("Moment", "Clock", "What happened"))
    table = f"<table><tr>{head}</tr>{rows}</table>"
    return f"<details><summary>What happened, step by step</summary>{more}{table}</details>"
