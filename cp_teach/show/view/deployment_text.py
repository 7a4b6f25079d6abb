"""A deployment in words: how its picture in a cell and its picture in the console tell the same."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cp_teach.style import STATUSES, Status, status

_OWN = {
    "Pending": ("waiting", "Pending", "◷"),
    "Created": ("waiting", "Created", "◷"),
    "Queued": ("waiting", "Queued", "◷"),
    "Unknown": ("none", "Unknown", "?"),
}
"""CodeDeploy's words that CodePipeline has not: shown like which, the word, the glyph."""


def shown(word: str) -> Status:
    """How CodeDeploy's status ``word`` is shown."""
    if word in _OWN:
        key, own, glyph = _OWN[word]
        return STATUSES[key]._replace(word=own, glyph=glyph)
    return status(word)


def title(view: Mapping[str, Any]) -> str:
    """Which deployment it is, and to what."""
    return f"Deployment {view['deploymentId']} to {view['deploymentGroupName']}"


def about(view: Mapping[str, Any]) -> str:
    """What is deployed, and how."""
    words = f"{view['applicationName']}, revision {view['revision'] or 'missing'}"
    return f"{words}, {view['deploymentConfigName']}, {view['style']}."


def code(view: Mapping[str, Any]) -> str:
    """CodeDeploy's code for why it failed, in brackets."""
    return f" ({view['errorCode']})" if view["errorCode"] else ""


def said(view: Mapping[str, Any]) -> list[str]:
    """What there is to say about it, in sentences."""
    why = f"{view['message']}{code(view)}".strip()
    return [text for text in (why, *both_ways(view), *view["notes"]) if text]


def name(instance: Mapping[str, Any]) -> str:
    """An instance, and its colour in a blue/green deployment."""
    return f"{instance['instance']} ({instance['label']})" if instance["label"] else str(instance["instance"])


def failed(event: Mapping[str, Any]) -> bool:
    """Whether this event went wrong."""
    return bool(event["status"] == "Failed")


def both_ways(view: Mapping[str, Any]) -> list[str]:
    """What it takes back, and what took it back."""
    words = []
    if view["rollsBack"]:
        words.append(f"It is a rollback: it takes back deployment {view['rollsBack']}.")
    if view["rollbackDeploymentId"]:
        words.append(
            f"It was rolled back: deployment {view['rollbackDeploymentId']} deploys the last good revision again."
        )
    return words


def has(instance: Mapping[str, Any], view: Mapping[str, Any]) -> str:
    """Which revision is on an instance, as far as this deployment knows."""
    done = {each["name"]: each["status"] for each in instance["events"]}
    installed = done.get("Install", "Pending")
    if instance["label"] == "Blue" or installed in ("Pending", "Skipped"):
        return "has what it had before"
    if installed == "Succeeded":
        return f"has revision {view['revision']}"
    return f"has a part of revision {view['revision']}"
