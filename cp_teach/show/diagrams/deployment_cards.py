"""Deployment cards: a card for each instance of a deployment, with its lifecycle events and their results."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any, Protocol, runtime_checkable

from cp_teach.show.static_files import static
from cp_teach.show.view.work.deployment_text import (
    about,
    deployment_status,
    error_code,
    failed,
    installed_revision,
    instance_name,
    remarks,
    rollbacks,
    title,
)
from cp_teach.style import Status, css_variables


@runtime_checkable
class DeploymentLike(Protocol):
    """A deployment of the provider CodeDeploy (``cp_teach.work``)."""

    def view(self) -> Mapping[str, Any]:
        """The deployment as plain JSON."""


class FleetPicture:
    """The cards of a deployment for a notebook cell, as headings and lists. ``html`` is their text."""

    def __init__(self, view: Mapping[str, Any]) -> None:
        self._view = view
        self.html = _html(view)

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:
        return {"text/html": self.html, "text/plain": repr(self)}

    def __repr__(self) -> str:
        view = self._view
        sentences = [f"{title(view)}: {deployment_status(view['status']).word}{error_code(view)}."]
        sentences += [f"{instance_name(each)}: {_result(each)}." for each in view["instances"]]
        return " ".join([*sentences, *rollbacks(view)])


def fleet(deployment: DeploymentLike | Mapping[str, Any]) -> FleetPicture:
    """A picture of a deployment: its status, and the result of each lifecycle event on each instance.

    ``deployment`` is one of ``workplace.deployments``, or the plain JSON of its ``view()``. The picture shows the
    deployment as it is now. Raises ``TypeError`` if it is not a deployment.
    """
    view = deployment.view() if isinstance(deployment, DeploymentLike) else deployment
    if not isinstance(view, Mapping) or not {"deploymentId", "status", "instances"} <= view.keys():
        raise TypeError(
            f"fleet needs a deployment, such as workplace.deployments[0]; got a {type(deployment).__name__}"
        )
    return FleetPicture(view)


def _result(instance: Mapping[str, Any]) -> str:
    word = deployment_status(instance["status"]).word
    faults = [f" at {each['name']}, {each['errorCode']}" for each in instance["events"] if failed(each)]
    return word + (faults[0] if faults else "")


# -- as HTML -------------------------------------------------------------------------------------------------------
def _html(view: Mapping[str, Any]) -> str:
    status = deployment_status(view["status"])
    cards = "".join(_card(each, view) for each in view["instances"])
    # Some screen readers announce a list without bullets only if it has the role.
    cards = f'<ul class="cp-fleet-cards" role="list">{cards}</ul>' if cards else "<p>It has no instances.</p>"
    return (
        f"<style>{css_variables('.cp-fleet')}{static('fleet.css')}</style>"
        f'<div class="cp-fleet"><h3>{escape(title(view))}: {_glyph(status)}{escape(status.word)}</h3>'
        f'<p class="cp-fleet-more">{escape(about(view))}</p>'
        f"{''.join(f'<p>{escape(text)}</p>' for text in remarks(view))}{cards}</div>"
    )


def _glyph(status: Status) -> str:
    color = f"color:var(--cp-{status.key})"
    return f'<span class="cp-fleet-glyph" style="{color}" aria-hidden="true">{status.glyph}</span>'


def _card(instance: Mapping[str, Any], view: Mapping[str, Any]) -> str:
    status = deployment_status(instance["status"])
    events = "".join(_event(each, instance) for each in instance["events"])
    # Without a load balancer, every instance gets traffic.
    idle = instance["instance"] not in view["serving"] and (view["serving"] or view["style"] == "blue/green")
    has = installed_revision(instance, view) + (", and gets no traffic" if idle else "")
    return (
        f'<li class="cp-fleet-card" style="border-top-color:var(--cp-{status.key})">'
        f"<h4>{escape(instance_name(instance))}: {_glyph(status)}{escape(status.word)}</h4>"
        f'<p class="cp-fleet-more">{escape(has)}</p><ol role="list">{events}</ol></li>'
    )


def _event(event: Mapping[str, Any], instance: Mapping[str, Any]) -> str:
    status = deployment_status(event["status"])
    line = f'{_glyph(status)}{escape(event["name"])} <span class="cp-fleet-more">{escape(status.word)}</span>'
    if not failed(event):
        return f"<li>{line}</li>"
    log = ""
    if event["logTail"].strip():
        name = f"Log of {event['name']} on {instance['instance']}"
        log = f"<details><summary>{escape(name)}</summary><pre>{escape(event['logTail'])}</pre></details>"
    fault = f"<p><code>{escape(event['errorCode'])}</code> {escape(event['message'])}</p>"
    return f'<li>{line}<div class="cp-fleet-fault">{fault}{log}</div></li>'
