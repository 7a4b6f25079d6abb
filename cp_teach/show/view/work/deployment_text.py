"""Sentences about a deployment, for its cards in a cell and for its part of the console."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cp_teach.style import STATUSES, Status, status_style
from cp_teach.translation import _

_CODEDEPLOY_ONLY = {
    "Pending": ("waiting", "Pending", "◷"),
    "Created": ("waiting", "Created", "◷"),
    "Queued": ("waiting", "Queued", "◷"),
    "Unknown": ("none", "Unknown", "?"),
}
"""Statuses that CodeDeploy has and CodePipeline has not: whose color each gets, its word, its glyph."""


def deployment_status(word: str) -> Status:
    """How CodeDeploy's status ``word`` is shown."""
    if word in _CODEDEPLOY_ONLY:
        key, own_word, glyph = _CODEDEPLOY_ONLY[word]
        return STATUSES[key]._replace(word=own_word, glyph=glyph)
    return status_style(word)


def title(view: Mapping[str, Any]) -> str:
    """Which deployment it is, and its deployment group."""
    return _(
        "Deployment {deployment_id} to {deployment_group_name}",
        deployment_id=view["deploymentId"],
        deployment_group_name=view["deploymentGroupName"],
    )


def about(view: Mapping[str, Any]) -> str:
    """The application, the revision, and the deployment configuration."""
    revision = _(
        "{application_name}, revision {value}",
        application_name=view["applicationName"],
        value=view["revision"] or "missing",
    )
    return f"{revision}, {view['deploymentConfigName']}, {view['style']}."


def error_code(view: Mapping[str, Any]) -> str:
    """CodeDeploy's error code in brackets; empty if it did not fail."""
    return f" ({view['errorCode']})" if view["errorCode"] else ""


def remarks(view: Mapping[str, Any]) -> list[str]:
    """Its error, its rollbacks and its notes, as sentences."""
    error = f"{view['message']}{error_code(view)}".strip()
    return [text for text in (error, *rollbacks(view), *view["notes"]) if text]


def instance_name(instance: Mapping[str, Any]) -> str:
    """An instance, with Blue or Green in a blue/green deployment."""
    return f"{instance['instance']} ({instance['label']})" if instance["label"] else str(instance["instance"])


def failed(event: Mapping[str, Any]) -> bool:
    """Whether this lifecycle event failed."""
    return bool(event["status"] == "Failed")


def rollbacks(view: Mapping[str, Any]) -> list[str]:
    """Sentences that name the deployment that this one rolls back, and the one that rolled it back."""
    sentences = []
    if view["rollsBack"]:
        sentences.append(
            _("It is a rollback: it takes back deployment {rolls_back}.", rolls_back=view["rollsBack"])
        )
    if view["rollbackDeploymentId"]:
        sentences.append(
            _(
                "It was rolled back: deployment {rollback_deployment_id} deploys the last good revision again.",
                rollback_deployment_id=view["rollbackDeploymentId"],
            )
        )
    return sentences


def installed_revision(instance: Mapping[str, Any], view: Mapping[str, Any]) -> str:
    """Which revision is on an instance, as far as this deployment knows."""
    events = {each["name"]: each["status"] for each in instance["events"]}
    installed = events.get("Install", "Pending")
    if instance["label"] == "Blue" or installed in ("Pending", "Skipped"):
        return _("has what it had before")
    if installed == "Succeeded":
        return _("has revision {revision}", revision=view["revision"])
    return _("has a part of revision {revision}", revision=view["revision"])
