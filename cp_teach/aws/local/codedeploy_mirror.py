"""Copy a workshop's deployments to moto's CodeDeploy, where GetDeployment and ListDeployments return them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from cp_teach.aws.server.loopback_server import ACCOUNT
from cp_teach.engine import ActionRow, Run
from cp_teach.engine.history.records import action_of
from cp_teach.work.codedeploy.deployment import Deployment
from cp_teach.work.codedeploy.deployment_configuration import ONE_AT_A_TIME
from cp_teach.work.codedeploy.deployment_group import DeploymentGroup
from cp_teach.work.codedeploy.provider import CodeDeploy

COUNTED = ("Pending", "InProgress", "Succeeded", "Failed", "Skipped", "Ready")
"""The counters of a deployment overview."""


class CodeDeployMirror:
    """Keeps moto's CodeDeploy of one Region up to date with the deployments of a workshop.

    ``birth`` is the epoch second at which the run's clock began; ``bucket`` has its artifacts.
    """

    def __init__(self, deploys: CodeDeploy, run: Run, birth: float, bucket: str, region: str) -> None:
        self.deploys, self.run, self.birth, self.bucket, self.region = deploys, run, birth, bucket, region

    @property
    def _moto(self) -> Any:
        # Not stored, because a reset replaces it.
        from moto.codedeploy.models import codedeploy_backends

        return codedeploy_backends[ACCOUNT][self.region]

    def create_group(self, application: str, name: str) -> None:
        """Create the application and its deployment group, unless they exist."""
        moto = self._moto
        if application not in moto.applications:
            moto.create_application(application, "Server", [])
        if name in moto.deployment_groups.get(application, {}):
            return
        group = self.deploys.groups.get((application, name))
        moto.create_deployment_group(
            application,
            name,
            group.rule.name if group is not None else ONE_AT_A_TIME,
            None,
            None,
            None,
            f"arn:{moto.partition}:iam::{ACCOUNT}:role/CodeDeployServiceRole",
            auto_rollback_configuration={
                "enabled": group is None or group.rollback,
                "events": ["DEPLOYMENT_FAILURE"],
            },
            deployment_style=_style(group),
        )

    def update(self, deployment: Deployment) -> None:
        """Write the current state of a deployment."""
        application, group = deployment.application, deployment.group
        self.create_group(application, group)
        moto = self._moto
        info = moto.deployments.get(deployment.id)
        if info is None:
            info = self._make_info(deployment)
            info.application, info.deployment_group = (
                moto.applications[application],
                moto.deployment_groups[application][group],
            )
        overview = deployment.view()["overview"]
        info.deployment_overview = {name: overview.get(name, 0) for name in COUNTED}
        info.deployment_status_messages = _status_messages(deployment)
        if deployment.status != "Created":
            info.start_time = info.start_time or info.create_time
        if deployment.ended and info.complete_time is None:
            row = self._action_row(deployment)
            ended = row.ended if row is not None else None
            info.complete_time = self._moment(ended) if ended is not None else datetime.now(UTC)
        info.status = deployment.status
        moto.deployments[deployment.id] = info  # last, so that a reader never gets an incomplete one

    def _make_info(self, deployment: Deployment) -> Any:
        from moto.codedeploy.models import DeploymentInfo

        moto = self._moto
        row = self._action_row(deployment)
        info = DeploymentInfo(
            moto.applications[deployment.application],
            moto.deployment_groups[deployment.application][deployment.group],
            self._revision(deployment, row),
            deployment.configuration,
            f"Rolls back {deployment.rolls_back}." if deployment.rolls_back else None,
            False,
            None,
            None,
            False,
            None,
            None,
            deployment.creator,
        )
        info.deployment_id = deployment.id
        info.create_time = datetime.now(UTC)
        if row is not None and deployment.ended and not deployment.rolls_back:
            # It ended before the work was published.
            info.create_time = self._moment(row.started)
        return info

    def _action_row(self, deployment: Deployment) -> ActionRow | None:
        """The action execution of this deployment; for a rollback, that of the deployment which it rolls back."""
        history = self.run.history
        identifier = deployment.rolls_back or deployment.id
        for row in reversed(history.actions):
            if row.external_id:
                if row.external_id == identifier:
                    return row
            elif row.ended is None:
                # A running action has no deployment ID yet, but its group has only one deployment at a time.
                settings = action_of(history.executions, row).settings
                names = settings.get("ApplicationName"), settings.get("DeploymentGroupName")
                if names == (deployment.application, deployment.group):
                    return row
        return None

    def _revision(self, deployment: Deployment, row: ActionRow | None) -> dict[str, Any]:
        """The artifact in S3; for a rollback, the revision of the last successful deployment, if there is one."""
        if deployment.rolls_back:
            before = [
                info
                for info in self._moto.deployments.values()
                if (info.application_name, info.deployment_group_name, info.status)
                == (deployment.application, deployment.group, "Succeeded")
            ]
            return dict(before[-1].revision) if before else {}
        if row is None or not row.inputs:
            return {}
        key = row.inputs[0].key(self.run.id, self.run.pipeline.name)
        return {
            "revisionType": "S3",
            "s3Location": {"bucket": self.bucket, "key": key, "bundleType": "zip"},
        }

    def _moment(self, at: float) -> datetime:
        return datetime.fromtimestamp(self.birth + at, UTC)


def _style(group: DeploymentGroup | None) -> dict[str, str]:
    blue = group is not None and group.style == "blue/green"
    traffic = blue or (group is not None and group.load_balancer)
    return {
        "deploymentType": "BLUE_GREEN" if blue else "IN_PLACE",
        "deploymentOption": f"{'WITH' if traffic else 'WITHOUT'}_TRAFFIC_CONTROL",
    }


def _status_messages(deployment: Deployment) -> list[str]:
    """The reason of a failure. moto has no errorInformation, but it returns status messages."""
    parts = [part for part in (deployment.error, deployment.message) if part]
    return [": ".join(parts)] if parts else []
