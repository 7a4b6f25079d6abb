"""One deployment in the view: its instances and their lifecycle events, in the words that a page draws."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cp_teach.show.view import deployment_text as words

FAULTS = 5
"""So many failed events are told with their logs; the table shows all of them."""


def deployment(view: Mapping[str, Any]) -> dict[str, Any]:
    """What the console shows of a deployment, given as ``Deployment.view()`` has it."""
    instances = view["instances"]
    made: dict[str, Any] = {
        "id": view["deploymentId"],
        "title": words.title(view),
        "status": _status(view["status"]),
        "about": words.about(view),
        "said": words.said(view),
        "counts": counts(view),
        "health": health(view),
        "instances": [
            {
                "name": words.name(each),
                "status": _status(each["status"]),
                "has": words.has(each, view),
            }
            for each in instances
        ],
        "events": _events(instances),
        "faults": _faults(instances),
    }
    if view["rollsBack"]:
        made["back"] = view["rollsBack"]
    if running := happening(instances):
        made["now"] = running
    return made


def health(view: Mapping[str, Any]) -> str:
    """How many instances are healthy, in words; of a blue/green deployment, how many new ones."""
    new = [each["instance"] for each in view["instances"] if each["label"] != "Blue"]
    if not new:
        return "No instances"
    return f"{sum(name in view['healthy'] for name in new)} of {len(new)} healthy"


def counts(view: Mapping[str, Any]) -> list[list[Any]]:
    """How many instances have each status: ``[count, status]``, in the order in which the statuses appear."""
    return [[count, _status(word)] for word, count in view["overview"].items()]


def happening(instances: list[Mapping[str, Any]]) -> str:
    """Which lifecycle events run now, and where: "Install on i-2"; "" where none does."""
    places: dict[str, list[str]] = {}
    for each in instances:
        for event in each["events"]:
            if event["status"] == "InProgress":
                places.setdefault(event["name"], []).append(each["instance"])
    told = []
    for event, names in places.items():
        more = f" and {len(names) - 2} more" if len(names) > 2 else ""
        told.append(f"{event} on {', '.join(names[:2])}{more}")
    return "; ".join(told)


def _status(word: str) -> list[str]:
    one = words.shown(word)
    return [one.key, one.word, one.glyph]


def _events(instances: list[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """A row for each lifecycle event, with a cell for each instance; None where an instance does not have it."""
    names = dict.fromkeys(event["name"] for each in instances for event in each["events"])
    had = [{event["name"]: event["status"] for event in each["events"]} for each in instances]
    return [
        {"name": name, "cells": [_status(one[name]) if name in one else None for one in had]}
        for name in names
    ]


def _faults(instances: list[Mapping[str, Any]]) -> list[dict[str, str]]:
    found = [
        {
            "instance": each["instance"],
            "event": event["name"],
            "code": event["errorCode"],
            "message": event["message"],
            "log": event["logTail"].rstrip("\n"),
        }
        for each in instances
        for event in each["events"]
        if words.failed(event)
    ]
    return found[:FAULTS]
