"""A deployment on its fleet: each instance a card, with its lifecycle events in their order and what became of them."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from pathlib import Path
from typing import Any

from cp_teach.look import STATUSES, Status, sheet, status

STYLE = Path(__file__).parent / "static" / "fleet.css"

_OWN = {
    "Pending": ("waiting", "Pending", "◷"),
    "Created": ("waiting", "Created", "◷"),
    "Queued": ("waiting", "Queued", "◷"),
    "Unknown": ("none", "Unknown", "?"),
}
"""CodeDeploy's words that CodePipeline has not: shown like which, the word, the glyph."""


class FleetPicture:
    """A picture that a notebook shows: headings and lists, so that it can be heard, too. ``html`` is its text."""

    def __init__(self, view: Mapping[str, Any]) -> None:
        self._view = view
        self.html = _html(view)

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:
        return {"text/html": self.html, "text/plain": repr(self)}

    def __repr__(self) -> str:
        view = self._view
        words = [f"{_title(view)}: {_shown(view['status']).word}{_code(view)}."]
        words += [f"{_name(each)}: {_told(each)}." for each in view["instances"]]
        return " ".join([*words, *_both_ways(view)])


def fleet(deployment: Any) -> FleetPicture:
    """A picture of a deployment: its status, and what became of each lifecycle event on each instance.

    ``deployment`` is one of ``workplace.deployments``, or the plain JSON of its ``view()``. The picture stays as the
    deployment was when it was made. Raises ``TypeError`` for what is no deployment.
    """
    ask = getattr(deployment, "view", None)
    view = ask() if callable(ask) else deployment
    if not isinstance(view, Mapping) or not {"deploymentId", "status", "instances"} <= view.keys():
        raise TypeError(
            "a fleet is drawn of a deployment, such as workplace.deployments[0]; "
            f"this is a {type(deployment).__name__}"
        )
    return FleetPicture(view)


def _shown(word: str) -> Status:
    if word in _OWN:
        key, own, glyph = _OWN[word]
        return STATUSES[key]._replace(word=own, glyph=glyph)
    return status(word)


# -- in words ------------------------------------------------------------------------------------------------------
def _title(view: Mapping[str, Any]) -> str:
    return f"Deployment {view['deploymentId']} to {view['deploymentGroupName']}"


def _code(view: Mapping[str, Any]) -> str:
    return f" ({view['errorCode']})" if view["errorCode"] else ""


def _name(instance: Mapping[str, Any]) -> str:
    return f"{instance['instance']} ({instance['label']})" if instance["label"] else str(instance["instance"])


def _told(instance: Mapping[str, Any]) -> str:
    word = _shown(instance["status"]).word
    faults = [f" at {each['name']}, {each['errorCode']}" for each in instance["events"] if _failed(each)]
    return word + (faults[0] if faults else "")


def _failed(event: Mapping[str, Any]) -> bool:
    return bool(event["status"] == "Failed")


def _both_ways(view: Mapping[str, Any]) -> list[str]:
    """What it takes back, and what took it back."""
    words = []
    if view["rollsBack"]:
        words.append(f"It is a rollback: it takes back deployment {view['rollsBack']}.")
    if view["rollbackDeploymentId"]:
        words.append(
            f"It was rolled back: deployment {view['rollbackDeploymentId']} deploys the last good revision again."
        )
    return words


def _has(instance: Mapping[str, Any], view: Mapping[str, Any]) -> str:
    """Which revision is on an instance, as far as this deployment knows."""
    done = {each["name"]: each["status"] for each in instance["events"]}
    installed = done.get("Install", "Pending")
    if instance["label"] == "Blue" or installed in ("Pending", "Skipped"):
        return "has what it had before"
    if installed == "Succeeded":
        return f"has revision {view['revision']}"
    return f"has a part of revision {view['revision']}"


# -- as HTML -------------------------------------------------------------------------------------------------------
def _html(view: Mapping[str, Any]) -> str:
    state = _shown(view["status"])
    about = f"{view['applicationName']}, revision {view['revision'] or 'missing'}"
    about += f", {view['deploymentConfigName']}, {view['style']}."
    said = f"{view['message']}{_code(view)}".strip()
    told = [text for text in (said, *_both_ways(view), *view["notes"]) if text]
    cards = "".join(_card(each, view) for each in view["instances"])
    # A list without bullets is none for some screen readers, unless it is called one.
    cards = f'<ul class="cp-fleet-cards" role="list">{cards}</ul>' if cards else "<p>It has no instances.</p>"
    return (
        f"<style>{sheet('.cp-fleet')}{STYLE.read_text(encoding='utf-8')}</style>"
        f'<div class="cp-fleet"><h3>{escape(_title(view))}: {_glyph(state)}{escape(state.word)}</h3>'
        f'<p class="cp-fleet-more">{escape(about)}</p>'
        f"{''.join(f'<p>{escape(text)}</p>' for text in told)}{cards}</div>"
    )


def _glyph(state: Status) -> str:
    colour = f"color:var(--cp-{state.key})"
    return f'<span class="cp-fleet-glyph" style="{colour}" aria-hidden="true">{state.glyph}</span>'


def _card(instance: Mapping[str, Any], view: Mapping[str, Any]) -> str:
    state = _shown(instance["status"])
    events = "".join(_event(each, instance) for each in instance["events"])
    # Without a load balancer nobody takes an instance out of the traffic.
    idle = instance["instance"] not in view["serving"] and (view["serving"] or view["style"] == "blue/green")
    has = _has(instance, view) + (", and gets no traffic" if idle else "")
    return (
        f'<li class="cp-fleet-card" style="border-top-color:var(--cp-{state.key})">'
        f"<h4>{escape(_name(instance))}: {_glyph(state)}{escape(state.word)}</h4>"
        f'<p class="cp-fleet-more">{escape(has)}</p><ol role="list">{events}</ol></li>'
    )


def _event(event: Mapping[str, Any], instance: Mapping[str, Any]) -> str:
    state = _shown(event["status"])
    line = f'{_glyph(state)}{escape(event["name"])} <span class="cp-fleet-more">{escape(state.word)}</span>'
    if not _failed(event):
        return f"<li>{line}</li>"
    log = ""
    if event["logTail"].strip():
        name = f"Log of {event['name']} on {instance['instance']}"
        log = f"<details><summary>{escape(name)}</summary><pre>{escape(event['logTail'])}</pre></details>"
    fault = f"<p><code>{escape(event['errorCode'])}</code> {escape(event['message'])}</p>"
    return f'<li>{line}<div class="cp-fleet-fault">{fault}{log}</div></li>'


__all__ = ["FleetPicture", "fleet"]
