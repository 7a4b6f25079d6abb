"""Progress of real work: the fleet of a deployment, the phases and the log of a build, for each action.

All of it is read from the progress notes on the journal, so it shows the moment that is shown. In a simulated run
there are no notes, and this costs nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from cp_teach.engine.history.journal import Journal
from cp_teach.engine.history.progress_notes import BUILD, FLEET, LOG
from cp_teach.engine.history.progress_notes import read_notes as notes_of
from cp_teach.engine.history.projections import History
from cp_teach.engine.history.records import ActionRow
from cp_teach.engine.model.state import State
from cp_teach.pipeline import Action
from cp_teach.show.view.schema import BuildLog, Deployment, EventRow, Fault, Phase, StatusCell, Work
from cp_teach.show.view.stages import execution_in
from cp_teach.show.view.work.deployment_text import (
    about,
    deployment_status,
    failed,
    installed_revision,
    instance_name,
    remarks,
    title,
)
from cp_teach.style import status_style
from cp_teach.translation import _

LINES = 200
"""The number of log lines in a view; the view says how many more there are."""
FAULTS = 5
"""The number of failed events shown with their logs; the table has all of them."""
_PHASE = {
    "SUCCEEDED": "Succeeded",
    "FAILED": "Failed",
    "FAULT": "Failed",
    "TIMED_OUT": "Failed",
    "STOPPED": "Stopped",
    "IN_PROGRESS": "InProgress",
}
"""CodeBuild's phase status -> the CodePipeline status whose glyph and color it gets."""


def work(journal: Journal, state: State, history: History) -> dict[str, Work]:
    """ "Stage/Action" -> the progress of its run, for each action whose run has progress notes."""
    if not journal.note_names:
        return {}
    progress = {}
    for index, stage in enumerate(state.pipeline.stages):
        inside = execution_in(state, index)
        for action in stage.actions:
            key = (stage.name, action.name)
            row = history.newest.get((inside.number, *key)) if inside is not None else history.latest.get(key)
            if row is not None and (work := _progress(journal, row, action)) is not None:
                progress["/".join(key)] = work
    return progress


def _progress(journal: Journal, row: ActionRow, action: Action) -> Work | None:
    if fleet := notes_of(journal, row, FLEET):
        return {"n": row.execution, "fleet": [_deployment(each) for each in reversed(fleet[-1])]}
    if action.category == "Source":
        return None
    work: Work = {"n": row.execution}
    if build := notes_of(journal, row, BUILD):
        work["phases"] = [_phase(each) for each in build[-1]["phases"]]
    if logs := notes_of(journal, row, LOG):
        work["log"] = _log(logs)
    return work if len(work) > 1 else None


def _phase(phase: Mapping[str, Any]) -> Phase:
    key, _word, glyph, *_rest = status_style(_PHASE[phase["status"]])
    word = phase["status"].replace("_", " ").capitalize()
    return {"name": phase["name"], "status": [key, word, glyph], "seconds": phase["seconds"]}


def _log(logs: Sequence[Any]) -> BuildLog:
    lines = [line for _name, part in logs for line in part][-LINES:]
    return {"text": "\n".join(lines), "more": logs[-1][0] - len(lines)}


# -- a deployment ------------------------------------------------------------------------------------------
def _deployment(view: Mapping[str, Any]) -> Deployment:
    """What the console shows of a deployment. ``view`` is the JSON of ``Deployment.view()`` in ``cp_teach.work``."""
    instances = view["instances"]
    part: Deployment = {
        "id": view["deploymentId"],
        "title": title(view),
        "status": _status(view["status"]),
        "about": about(view),
        "said": remarks(view),
        "counts": [[count, _status(word)] for word, count in view["overview"].items()],
        "health": _health(view),
        "instances": [
            {
                "name": instance_name(each),
                "status": _status(each["status"]),
                "has": installed_revision(each, view),
            }
            for each in instances
        ],
        "events": _events(instances),
        "faults": _faults(instances),
    }
    if view["rollsBack"]:
        part["back"] = view["rollsBack"]
    if running := _running_events(instances):
        part["now"] = running
    return part


def _health(view: Mapping[str, Any]) -> str:
    """How many instances are healthy; of a blue/green deployment, how many new ones."""
    new = [each["instance"] for each in view["instances"] if each["label"] != "Blue"]
    if not new:
        return _("No instances")
    return _(
        "{number} of {count} healthy", number=sum(name in view["healthy"] for name in new), count=len(new)
    )


def _running_events(instances: Sequence[Mapping[str, Any]]) -> str:
    """Which lifecycle events run now, and where: "Install on i-2"; empty if none runs."""
    running: dict[str, list[str]] = {}
    for each in instances:
        for event in each["events"]:
            if event["status"] == "InProgress":
                running.setdefault(event["name"], []).append(each["instance"])
    return "; ".join(
        _("{event} on {names}", event=event, names=", ".join(names[:2]))
        + (_(" and {count} more", count=len(names) - 2) if len(names) > 2 else "")
        for event, names in running.items()
    )


def _status(word: str) -> StatusCell:
    status = deployment_status(word)
    return [status.key, status.word, status.glyph]


def _events(instances: Sequence[Mapping[str, Any]]) -> list[EventRow]:
    """A row for each lifecycle event with a cell for each instance; None if the instance does not have it."""
    names = dict.fromkeys(event["name"] for each in instances for event in each["events"])
    statuses = [{event["name"]: event["status"] for event in each["events"]} for each in instances]
    return [
        {"name": name, "cells": [_status(each[name]) if name in each else None for each in statuses]}
        for name in names
    ]


def _faults(instances: Sequence[Mapping[str, Any]]) -> list[Fault]:
    faults: list[Fault] = [
        {
            "instance": each["instance"],
            "event": event["name"],
            "code": event["errorCode"],
            "message": event["message"],
            "log": event["logTail"].rstrip("\n"),
        }
        for each in instances
        for event in each["events"]
        if failed(event)
    ]
    return faults[:FAULTS]
