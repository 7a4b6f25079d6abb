"""Static HTML of the console, for pages that cannot load the widget: tables without scripts, and one line of text.

Readers see it on a code forge, in an export without widget state, or in a terminal.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from html import escape

from cp_teach.show.view.schema import Action, Deployment, Reason, Stage, StatusCell, Transition, View, Work
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
        _work_details(work),
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
        for chip, where in (
            (stage.get("inside"), "in the stage"),
            (stage.get("delivered"), "last succeeded"),
        ):
            if chip:
                lines.append(f"{where}: #{chip['n']} {escape(chip['message'])}")
        for condition in stage.get("conditions", ()):
            lines.append(f"{escape(condition['name'])} (result: {escape(condition['result'])})")
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
    if work is not None and (progress := _work_line(work)):
        lines.append(progress)
    return lines


def _transition(transition: Transition) -> str:
    lines = ["→" if transition["on"] else f"⊘ disabled<br>{escape(transition.get('reason', ''))}"]
    lines += [
        f"◷ #{chip['n']} {escape(chip['message'])} (inbound execution)"
        for chip in transition.get("waiting", ())
    ]
    lines += [f"» <s>#{chip['n']}</s> superseded by #{chip['by']}" for chip in transition.get("gone", ())]
    return "<br>".join(lines)


def _reasons(reasons: Sequence[Reason]) -> str:
    items = [f"<li>{escape(r['text'])} {escape(r['who'])}</li>" for r in reasons]
    return f"<ul>{''.join(items)}</ul>" if items else ""


def _executions(view: View) -> str:
    if not view.get("executions"):
        return ""
    names = ("Execution", "Status", *(stage["name"] for stage in view["stages"]))
    rows = [(f"#{row['n']} {row['message']}", [row["status"], *row["cells"]]) for row in view["executions"]]
    return _status_table(names, rows, _PLAIN, "<caption>Executions</caption>")


def _status_table(
    names: Iterable[str], rows: Iterable[tuple[str, list[StatusCell | None]]], style: str, caption: str = ""
) -> str:
    """A table with a header for each column and each row. ``style`` is an attribute of the cells."""
    head = "".join(f'<th scope="col" {style}>{escape(name)}</th>' for name in names)
    body = "".join(
        f'<tr><th scope="row" {style}>{escape(name)}</th>'
        f"{''.join(f'<td {style}>{_status_text(cell)}</td>' for cell in cells)}</tr>"
        for name, cells in rows
    )
    return f"<table>{caption}<tr>{head}</tr>{body}</table>"


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


# -- real work ----------------------------------------------------------------------------------------------
_EVENT_CELL = (
    f'style="border-top:1px solid {PALETTE["line"].light};padding:.15em .7em .15em 0;text-align:left"'
)
LOG_LINES = 40
"""The number of log lines in a page in which the log cannot be scrolled."""


def _work_line(work: Work) -> str:
    """The line below an action: its instances, and how many are healthy; "" if it deploys nothing."""
    if "fleet" not in work:
        return ""
    newest = work["fleet"][0]
    glyphs = " ".join(f"{each['status'][2]} {escape(each['name'])}" for each in newest["instances"])
    parts = [glyphs, escape(newest["health"])]
    if "now" in newest:
        parts.append(escape(newest["now"]))
    if "back" in newest:
        parts.append(f"rollback of {escape(newest['back'])}: {escape(newest['status'][1])}")
    return ". ".join(part for part in parts if part)


def _work_details(work: Mapping[str, Work]) -> str:
    """The parts that open below the picture, without scripts."""
    return "".join(
        f"<details><summary>{'Instances and events' if 'fleet' in each else 'Log'} of {escape(name)}, #{each['n']}"
        f"</summary>{''.join(map(_deployment, each['fleet'])) if 'fleet' in each else _build_log(each)}</details>"
        for name, each in work.items()
    )


def _deployment(deployment: Deployment) -> str:
    instances = deployment["instances"]
    remarks = "".join(f"<p>{escape(text)}</p>" for text in (deployment["about"], *deployment["said"]))
    rows: list[tuple[str, list[StatusCell | None]]] = [
        ("The instance", [each["status"] for each in instances]),
        *((event["name"], event["cells"]) for event in deployment["events"]),
    ]
    names = ("Event", *(each["name"] for each in instances))
    table = _status_table(names, rows, _EVENT_CELL) if instances else ""
    faults = "".join(
        f"<p><b>{escape(each['instance'])}, {escape(each['event'])}</b>: {escape(each['code'])}: "
        f"{escape(each['message'])}</p><pre>{escape(each['log'])}</pre>"
        for each in deployment["faults"]
    )
    title, status = escape(deployment["title"]), _status_text(deployment["status"])
    return f"<p><b>{title}</b>: {status}</p>{remarks}{table}{faults}"


def _build_log(work: Work) -> str:
    lines = work["log"]["text"].splitlines()[-LOG_LINES:] if "log" in work else []
    phases = "".join(
        f"<li>{_status_text(each['status'])}: {escape(each['name'])}, {each['seconds']} s</li>"
        for each in work.get("phases", ())
    )
    return f"<pre>{escape(chr(10).join(lines))}</pre>" + (f"<ol>{phases}</ol>" if phases else "")


def _status_text(status: StatusCell | None) -> str:
    """The glyph and the word of a status."""
    return f"{status[2]} {escape(status[1])}" if status else "–"
