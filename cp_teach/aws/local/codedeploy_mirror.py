"""The deployments of a workshop in moto's CodeDeploy, so that GetDeployment and ListDeployments tell of them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from cp_teach.engine import ActionRow, Run
from cp_teach.engine.history.records import action_of
from cp_teach.work.codedeploy.deployment import Deployment
from cp_teach.work.codedeploy.deployment_configuration import ONE_AT_A_TIME
from cp_teach.work.codedeploy.deployment_group import Group
from cp_teach.work.codedeploy.provider import CodeDeploy

COUNTED = ("Pending", "InProgress", "Succeeded", "Failed", "Skipped", "Ready")
"""What the API's overview counts."""


class Deployments:
    """Keeps moto's CodeDeploy of one account and region in step with the deployments of a workshop.

    ``birth`` is the epoch second at which the run's clock began, ``bucket`` where its artifacts lie.
    """

    def __init__(
        self, deploys: CodeDeploy, run: Run, birth: float, bucket: str, region: str, account: str
    ) -> None:
        self.deploys, self.run, self.birth, self.bucket = deploys, run, birth, bucket
        self.region, self.account = region, account

    @property
    def _moto(self) -> Any:
        # Looked up each time: after a reset there is another one.
        from moto.codedeploy.models import codedeploy_backends

        return codedeploy_backends[self.account][self.region]

    def group(self, application: str, name: str) -> None:
        """Let there be an application, and a group of it. What somebody has made stays as it is."""
        moto = self._moto
        if application not in moto.applications:
            moto.create_application(application, "Server", [])
        if name in moto.deployment_groups.get(application, {}):
            return
        known = self.deploys.groups.get((application, name))
        moto.create_deployment_group(
            application,
            name,
            known.rule.name if known is not None else ONE_AT_A_TIME,
            None,
            None,
            None,
            f"arn:{moto.partition}:iam::{self.account}:role/CodeDeployServiceRole",
            auto_rollback_configuration={
                "enabled": known is None or known.rollback,
                "events": ["DEPLOYMENT_FAILURE"],
            },
            deployment_style=_style(known),
        )

    def show(self, deployment: Deployment) -> None:
        """Tell of a deployment as it is now."""
        application, group = deployment.application, deployment.group
        self.group(application, group)
        moto = self._moto
        told = moto.deployments.get(deployment.id)
        if told is None:
            told = self._new(deployment)
            told.application, told.deployment_group = (
                moto.applications[application],
                moto.deployment_groups[application][group],
            )
        view = deployment.view()
        told.deployment_overview = {name: view["overview"].get(name, 0) for name in COUNTED}
        told.deployment_status_messages = _said(deployment)
        if deployment.status != "Created":
            told.start_time = told.start_time or told.create_time
        if deployment.over and told.complete_time is None:
            row = self._row(deployment)
            ended = row.ended if row is not None else None
            told.complete_time = self._moment(ended) if ended is not None else datetime.now(UTC)
        told.status = deployment.status
        moto.deployments[deployment.id] = told  # last, so that whoever finds it finds all of it

    def _new(self, deployment: Deployment) -> Any:
        from moto.codedeploy.models import DeploymentInfo

        moto = self._moto
        row = self._row(deployment)
        told = DeploymentInfo(
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
        told.deployment_id = deployment.id
        told.create_time = datetime.now(UTC)
        if (
            row is not None and deployment.over and not deployment.rolls_back
        ):  # it was over before anybody looked
            told.create_time = self._moment(row.started)
        return told

    def _row(self, deployment: Deployment) -> ActionRow | None:
        """The run of an action that this deployment is for; of a rollback, the one of what it takes back."""
        history = self.run.history
        wanted = deployment.rolls_back or deployment.id
        for row in reversed(history.actions):
            if row.external_id:
                if row.external_id == wanted:
                    return row
            elif row.ended is None:
                says = action_of(history.executions, row).settings
                # Its id is told when it has ended; until then there is no other, for a group has one at a time.
                names = says.get("ApplicationName"), says.get("DeploymentGroupName")
                if names == (deployment.application, deployment.group):
                    return row
        return None

    def _revision(self, deployment: Deployment, row: ActionRow | None) -> dict[str, Any]:
        """The artifact; a rollback deploys what the last good deployment has deployed, as far as that is known."""
        if deployment.rolls_back:
            before = [
                one
                for one in self._moto.deployments.values()
                if (one.application_name, one.deployment_group_name, one.status)
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


def _style(group: Group | None) -> dict[str, str]:
    blue = group is not None and group.style == "blue/green"
    traffic = blue or (group is not None and group.load_balancer)
    return {
        "deploymentType": "BLUE_GREEN" if blue else "IN_PLACE",
        "deploymentOption": f"{'WITH' if traffic else 'WITHOUT'}_TRAFFIC_CONTROL",
    }


def _said(deployment: Deployment) -> list[str]:
    """Why it failed. moto always answers an empty errorInformation, and passes on status messages."""
    if not (deployment.error or deployment.message):
        return []
    return [": ".join(filter(None, (deployment.error, deployment.message)))]
