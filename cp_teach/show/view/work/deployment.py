"""One deployment in the view model: its instances and their lifecycle events."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from cp_teach.show.view.schema import Deployment, EventRow, Fault, StatusCell
from cp_teach.show.view.work.deployment_text import (
    about,
    deployment_status,
    failed,
    installed_revision,
    instance_name,
    remarks,
    title,
)

FAULTS = 5
"""The number of failed events shown with their logs; the table has all of them."""


def deployment(view: Mapping[str, Any]) -> Deployment:
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
        return "No instances"
    return f"{sum(name in view['healthy'] for name in new)} of {len(new)} healthy"


def _running_events(instances: Sequence[Mapping[str, Any]]) -> str:
    """Which lifecycle events run now, and where: "Install on i-2"; empty if none runs."""
    running: dict[str, list[str]] = {}
    for each in instances:
        for event in each["events"]:
            if event["status"] == "InProgress":
                running.setdefault(event["name"], []).append(each["instance"])
    return "; ".join(
        f"{event} on {', '.join(names[:2])}" + (f" and {len(names) - 2} more" if len(names) > 2 else "")
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
