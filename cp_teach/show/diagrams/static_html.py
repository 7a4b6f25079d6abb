"""The picture that stands where the widget cannot: HTML without scripts, and one honest line of text.

Readers meet it in a notebook on a code forge, in an export without widget state, or in a terminal.
"""

from __future__ import annotations

from html import escape
from typing import Any

from cp_teach.show.diagrams import static_work
from cp_teach.style import PALETTE

WHY_STILL = (
    "This is a still picture of an interactive console: "
    "run the notebook in JupyterLab with a kernel to play with it."
)


def text(view: dict[str, Any]) -> str:
    """One line for a terminal: what the pipeline is, where it stands, and what happened last."""
    stages = " → ".join(f"{s['name']} {s['status'][2]}{_inside(s)}" for s in view["stages"])
    fault = f" {view['fault']}" if "fault" in view else ""
    return f"Console of {view['pipeline']['name']}: {stages}. {view['sentence']}{fault}"


def _inside(stage: dict[str, Any]) -> str:
    chip = stage.get("inside") or stage.get("delivered")
    return f" #{chip['n']}" if chip else ""


def html(view: dict[str, Any]) -> str:
    """The last state as a picture of tables and words. It needs no script and nothing from outside."""
    pipeline = view["pipeline"]
    clock = f", clock {escape(view['clock'])}" if "clock" in view else ""
    head = f"<b>{escape(pipeline['name'])}</b> ({escape(pipeline['mode'])}){clock}"
    parts = [
        '<div class="cp-still" style="font-family:system-ui,sans-serif;max-width:70em">',
        f"<p>{head}. {escape(view['sentence'])}</p>",
        *(f"<p><b>{escape(view[key])}</b></p>" for key in ("away", "fault") if key in view),
        _picture(view["stages"], view.get("work", {})),
        _reasons(view.get("reasons", [])),
        _table(view),
        static_work.details(view.get("work", {})),
        _steps(view),
        f"<p><i>{WHY_STILL}</i></p>",
        "</div>",
    ]
    return "".join(parts)


_EDGE = f"1px solid {PALETTE['edge'].light}"
_CELL = f'style="border:{_EDGE};border-radius:6px;padding:.5em .7em;text-align:left;vertical-align:top"'
_PLAIN = 'style="padding:.2em .6em;text-align:left;vertical-align:top"'


def _picture(stages: list[dict[str, Any]], work: dict[str, Any]) -> str:
    cells = []
    for index, stage in enumerate(stages):
        if index:
            cells.append(f'<td {_PLAIN} aria-label="transition">{_door(stage["door"])}</td>')
        _, word, glyph = stage["status"]
        lines = [f"<b>{escape(stage['name'])}</b> {glyph} {escape(word)}"]
        for chip, what in ((stage.get("inside"), "inside"), (stage.get("delivered"), "delivered")):
            if chip:
                lines.append(f"{what}: #{chip['n']} {escape(chip['message'])}")
        for condition in stage.get("conditions", ()):
            lines.append(f"{escape(condition['name'])}: {escape(condition['result'])} unless met")
            lines += [
                f"{rule['status'][2]} {escape(rule['name'])} ({escape(rule['provider'])}): {escape(rule['status'][1])}"
                for rule in condition["rules"]
            ]
        for group in stage["groups"]:
            for action in group:
                _, word, glyph = action["status"]
                lines.append(
                    f"{glyph} {escape(action['name'])} ({escape(action['provider'])}): {escape(word)}"
                )
                told = work.get(f"{stage['name']}/{action['name']}", {})
                lines += [text for text in [static_work.line(told)] if text]
        cells.append(f"<td {_CELL}>{'<br>'.join(lines)}</td>")
    return f'<table role="presentation"><tr>{"".join(cells)}</tr></table>'


def _door(door: dict[str, Any]) -> str:
    lines = ["→" if door["on"] else f"⊘ disabled<br>{escape(door.get('reason', ''))}"]
    lines += [f"◷ #{chip['n']} {escape(chip['message'])} waits" for chip in door.get("waiting", [])]
    lines += [f"» <s>#{chip['n']}</s> superseded by #{chip['by']}" for chip in door.get("gone", [])]
    return "<br>".join(lines)


def _reasons(reasons: list[dict[str, Any]]) -> str:
    items = [f"<li>{escape(r['text'])} {escape(r['who'])}</li>" for r in reasons]
    return f"<ul>{''.join(items)}</ul>" if items else ""


def _table(view: dict[str, Any]) -> str:
    rows = view.get("executions", [])
    if not rows:
        return ""
    names = [stage["name"] for stage in view["stages"]]
    head = "".join(
        f'<th scope="col" {_PLAIN}>{escape(name)}</th>' for name in ("Execution", "Status", *names)
    )
    body = []
    for row in rows:
        cells = [f'<th scope="row" {_PLAIN}>#{row["n"]} {escape(row["message"])}</th>']
        cells += [f"<td {_PLAIN}>{_cell(cell)}</td>" for cell in (row["status"], *row["cells"])]
        body.append(f"<tr>{''.join(cells)}</tr>")
    return f"<table><caption>Executions</caption><tr>{head}</tr>{''.join(body)}</table>"


def _cell(status: list[str] | None) -> str:
    return f"{status[2]} {escape(status[1])}" if status else "–"


def _steps(view: dict[str, Any]) -> str:
    lines = view.get("log", [])
    if not lines:
        return ""
    rows = "".join(
        f"<tr><td {_PLAIN}>{moment}</td><td {_PLAIN}>{at}</td><td {_PLAIN}>{escape(sentence)}</td></tr>"
        for moment, at, _, sentence in lines
    )
    more = f"<p>{view['more_log']} earlier lines are left out.</p>" if view.get("more_log") else ""
    head = "".join(f'<th scope="col" {_PLAIN}>{name}</th>' for name in ("Moment", "Clock", "What happened"))
    table = f"<table><tr>{head}</tr>{rows}</table>"
    return f"<details><summary>What happened, step by step</summary>{more}{table}</details>"
