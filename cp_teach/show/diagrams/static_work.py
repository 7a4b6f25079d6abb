"""Static HTML of real work: each fleet as a line of glyphs and a table, each build as its phases."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape

from cp_teach.show.view.schema import Deployment, StatusCell, Work
from cp_teach.style import PALETTE

_EDGE = f"1px solid {PALETTE['line'].light}"
_CELL = f'style="border-top:{_EDGE};padding:.15em .7em .15em 0;text-align:left"'
LOG_LINES = 40
"""The number of log lines in a page in which the log cannot be scrolled."""


def line(work: Work) -> str:
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


def details(work: Mapping[str, Work]) -> str:
    """The parts that open below the picture, without scripts."""
    return "".join(
        f"<details><summary>{'Instances and events' if 'fleet' in each else 'Log'} of {escape(name)}, #{each['n']}"
        f"</summary>{''.join(map(_deployment, each['fleet'])) if 'fleet' in each else _log(each)}</details>"
        for name, each in work.items()
    )


def _deployment(deployment: Deployment) -> str:
    instances = deployment["instances"]
    remarks = "".join(f"<p>{escape(text)}</p>" for text in (deployment["about"], *deployment["said"]))
    head = "".join(f'<th scope="col" {_CELL}>{escape(each["name"])}</th>' for each in instances)
    rows: list[tuple[str, list[StatusCell | None]]] = [
        ("The instance", [each["status"] for each in instances]),
        *((event["name"], event["cells"]) for event in deployment["events"]),
    ]
    body = "".join(
        f'<tr><th scope="row" {_CELL}>{escape(name)}</th>'
        f"{''.join(f'<td {_CELL}>{status_text(cell)}</td>' for cell in cells)}</tr>"
        for name, cells in rows
    )
    table = f'<table><tr><th scope="col" {_CELL}>Event</th>{head}</tr>{body}</table>' if instances else ""
    faults = "".join(
        f"<p><b>{escape(each['instance'])}, {escape(each['event'])}</b>: {escape(each['code'])}: "
        f"{escape(each['message'])}</p><pre>{escape(each['log'])}</pre>"
        for each in deployment["faults"]
    )
    title, status = escape(deployment["title"]), status_text(deployment["status"])
    return f"<p><b>{title}</b>: {status}</p>{remarks}{table}{faults}"


def _log(work: Work) -> str:
    lines = work["log"]["text"].splitlines()[-LOG_LINES:] if "log" in work else []
    phases = "".join(
        f"<li>{status_text(each['status'])}: {escape(each['name'])}, {each['seconds']} s</li>"
        for each in work.get("phases", ())
    )
    return f"<pre>{escape(chr(10).join(lines))}</pre>" + (f"<ol>{phases}</ol>" if phases else "")


def status_text(status: StatusCell | None) -> str:
    """The glyph and the word of a status."""
    return f"{status[2]} {escape(status[1])}" if status else "–"
