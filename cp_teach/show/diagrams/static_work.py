"""What really works, in the still picture: each fleet as a line of glyphs and a table, each build as its phases."""

from __future__ import annotations

from html import escape
from typing import Any

from cp_teach.style import PALETTE

_EDGE = f"1px solid {PALETTE['line'].light}"
_CELL = f'style="border-top:{_EDGE};padding:.15em .7em .15em 0;text-align:left"'
LOG_LINES = 40
"""So many lines of a log stand in a page that nobody can scroll in."""


def line(told: dict[str, Any]) -> str:
    """What stands in the action: its instances, and how many are healthy."""
    if "fleet" not in told:
        return ""
    newest = told["fleet"][0]
    glyphs = " ".join(f"{one['status'][2]} {escape(one['name'])}" for one in newest["instances"])
    words = [glyphs, escape(newest["health"])]
    if "now" in newest:
        words.append(escape(newest["now"]))
    if "back" in newest:
        words.append(f"rollback of {escape(newest['back'])}: {escape(newest['status'][1])}")
    return ". ".join(word for word in words if word)


def details(work: dict[str, Any]) -> str:
    """What can be opened below the picture, without any script."""
    return "".join(
        f"<details><summary>{'Instances and events' if 'fleet' in told else 'Log'} of {escape(name)}, #{told['n']}"
        f"</summary>{_fleet(told['fleet']) if 'fleet' in told else _log(told)}</details>"
        for name, told in work.items()
    )


def _fleet(deployments: list[dict[str, Any]]) -> str:
    return "".join(map(_deployment, deployments))


def _deployment(one: dict[str, Any]) -> str:
    said = "".join(f"<p>{escape(text)}</p>" for text in (one["about"], *one["said"]))
    head = "".join(f'<th scope="col" {_CELL}>{escape(each["name"])}</th>' for each in one["instances"])
    rows = [("The instance", [each["status"] for each in one["instances"]])]
    rows += [(event["name"], event["cells"]) for event in one["events"]]
    body = "".join(
        f'<tr><th scope="row" {_CELL}>{escape(name)}</th>'
        f"{''.join(f'<td {_CELL}>{_status(cell)}</td>' for cell in cells)}</tr>"
        for name, cells in rows
    )
    table = (
        f'<table><tr><th scope="col" {_CELL}>Event</th>{head}</tr>{body}</table>' if one["instances"] else ""
    )
    faults = "".join(
        f"<p><b>{escape(each['instance'])}, {escape(each['event'])}</b>: {escape(each['code'])}: "
        f"{escape(each['message'])}</p><pre>{escape(each['log'])}</pre>"
        for each in one["faults"]
    )
    return f"<p><b>{escape(one['title'])}</b>: {_status(one['status'])}</p>{said}{table}{faults}"


def _log(told: dict[str, Any]) -> str:
    lines = told.get("log", {"text": ""})["text"].splitlines()[-LOG_LINES:]
    phases = "".join(
        f"<li>{_status(one['status'])}: {escape(one['name'])}, {one['seconds']} s</li>"
        for one in told.get("phases", [])
    )
    return f"<pre>{escape(chr(10).join(lines))}</pre>" + (f"<ol>{phases}</ol>" if phases else "")


def _status(status: list[str] | None) -> str:
    return f"{status[2]} {escape(status[1])}" if status else "–"
