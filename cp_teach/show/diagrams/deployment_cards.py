"""A deployment on its fleet: each instance a card, with its lifecycle events in their order and what became of them."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from pathlib import Path
from typing import Any

from cp_teach.show.view import deployment_text as words
from cp_teach.style import Status, sheet

STYLE = Path(__file__).parents[1] / "static" / "fleet.css"


class FleetPicture:
    """A picture that a notebook shows: headings and lists, so that it can be heard, too. ``html`` is its text."""

    def __init__(self, view: Mapping[str, Any]) -> None:
        self._view = view
        self.html = _html(view)

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:
        return {"text/html": self.html, "text/plain": repr(self)}

    def __repr__(self) -> str:
        view = self._view
        told = [f"{words.title(view)}: {words.shown(view['status']).word}{words.code(view)}."]
        told += [f"{words.name(each)}: {_told(each)}." for each in view["instances"]]
        return " ".join([*told, *words.both_ways(view)])


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


def _told(instance: Mapping[str, Any]) -> str:
    word = words.shown(instance["status"]).word
    faults = [f" at {each['name']}, {each['errorCode']}" for each in instance["events"] if words.failed(each)]
    return word + (faults[0] if faults else "")


# -- as HTML -------------------------------------------------------------------------------------------------------
def _html(view: Mapping[str, Any]) -> str:
    state = words.shown(view["status"])
    cards = "".join(_card(each, view) for each in view["instances"])
    # A list without bullets is none for some screen readers, unless it is called one.
    cards = f'<ul class="cp-fleet-cards" role="list">{cards}</ul>' if cards else "<p>It has no instances.</p>"
    return (
        f"<style>{sheet('.cp-fleet')}{STYLE.read_text(encoding='utf-8')}</style>"
        f'<div class="cp-fleet"><h3>{escape(words.title(view))}: {_glyph(state)}{escape(state.word)}</h3>'
        f'<p class="cp-fleet-more">{escape(words.about(view))}</p>'
        f"{''.join(f'<p>{escape(text)}</p>' for text in words.said(view))}{cards}</div>"
    )


def _glyph(state: Status) -> str:
    colour = f"color:var(--cp-{state.key})"
    return f'<span class="cp-fleet-glyph" style="{colour}" aria-hidden="true">{state.glyph}</span>'


def _card(instance: Mapping[str, Any], view: Mapping[str, Any]) -> str:
    state = words.shown(instance["status"])
    events = "".join(_event(each, instance) for each in instance["events"])
    # Without a load balancer nobody takes an instance out of the traffic.
    idle = instance["instance"] not in view["serving"] and (view["serving"] or view["style"] == "blue/green")
    has = words.has(instance, view) + (", and gets no traffic" if idle else "")
    return (
        f'<li class="cp-fleet-card" style="border-top-color:var(--cp-{state.key})">'
        f"<h4>{escape(words.name(instance))}: {_glyph(state)}{escape(state.word)}</h4>"
        f'<p class="cp-fleet-more">{escape(has)}</p><ol role="list">{events}</ol></li>'
    )


def _event(event: Mapping[str, Any], instance: Mapping[str, Any]) -> str:
    state = words.shown(event["status"])
    line = f'{_glyph(state)}{escape(event["name"])} <span class="cp-fleet-more">{escape(state.word)}</span>'
    if not words.failed(event):
        return f"<li>{line}</li>"
    log = ""
    if event["logTail"].strip():
        name = f"Log of {event['name']} on {instance['instance']}"
        log = f"<details><summary>{escape(name)}</summary><pre>{escape(event['logTail'])}</pre></details>"
    fault = f"<p><code>{escape(event['errorCode'])}</code> {escape(event['message'])}</p>"
    return f'<li>{line}<div class="cp-fleet-fault">{fault}{log}</div></li>'


__all__ = ["FleetPicture", "fleet"]
