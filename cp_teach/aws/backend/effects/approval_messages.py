"""SNS messages of manual approvals (user guide: "JSON data format for manual approval notifications")."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial

from cp_teach.aws.backend.approval_token import approval_token
from cp_teach.aws.backend.hosted_pipeline import HostedPipeline
from cp_teach.aws.backend.region_backend import RegionBackend
from cp_teach.aws.backend.service_worker import SimulatedProviders
from cp_teach.engine.history.records import ActionRow
from cp_teach.engine.queries.variable_resolution import Unresolved, resolve
from cp_teach.pipeline import Action
from cp_teach.pipeline.timeouts import time_limit


def send_approval_message(
    region: RegionBackend, hosted: HostedPipeline, row: ActionRow, action: Action
) -> None:
    """Publish a message to the topic of an approval that starts."""
    try:
        # The message contains the values of variables, not their names.
        configuration = resolve(hosted.run.history, row, hosted.run.id)
    except Unresolved:
        return  # the action has failed because of this
    topic, worker = configuration.get("NotificationArn"), hosted.run.worker
    if not topic or (isinstance(worker, SimulatedProviders) and worker.forbidden(row, action)):
        return  # the approval still waits; only its message is not sent
    token = approval_token(hosted, hosted.metadata.id_of(row))
    expires = datetime.fromtimestamp(hosted.epoch(row.started + 60 * time_limit(action)), UTC)
    console = f"https://console.aws.amazon.com/codepipeline/home?region={region.name}#/view/{hosted.name}"
    approval = {
        "pipelineName": hosted.name,
        "stageName": row.stage,
        "actionName": row.action,
        "token": token,
        "expires": expires.strftime("%Y-%m-%dT%H:%MZ"),
        "externalEntityLink": configuration.get("ExternalEntityLink"),
        "approvalReviewLink": f"{console}/{row.stage}/{row.action}/approve/{token}",
        "customData": configuration.get("CustomData"),
    }
    message = {"region": region.name, "consoleLink": console, "approval": approval}
    subject = f"APPROVAL NEEDED: AWS CodePipeline {hosted.name} for action {row.action}"[:100]
    region.store.after_commit(partial(region.account_services.publish, topic, subject, message))
