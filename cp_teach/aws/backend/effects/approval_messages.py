"""SNS messages of manual approvals (user guide: "JSON data format for manual approval notifications")."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial

from cp_teach.aws.backend.approval_token import approval_token
from cp_teach.aws.backend.effects.scope import EffectScope, execution_of_action
from cp_teach.aws.backend.hosted_pipeline import HostedPipeline
from cp_teach.aws.backend.service_worker import SimulatedProviders
from cp_teach.engine.history.journal import Entry
from cp_teach.engine.model.events import ActionStarted, Event
from cp_teach.engine.queries.variable_resolution import Unresolved, resolve
from cp_teach.pipeline.timeouts import time_limit


class ApprovalMessages:
    """Publishes a message to the topic of an approval that starts."""

    def __init__(self, scope: EffectScope) -> None:
        self._scope = scope

    def __call__(self, hosted: HostedPipeline, entry: Entry, event: Event) -> None:
        """Handle one event."""
        if not isinstance(event, ActionStarted):
            return
        row, action = execution_of_action(hosted, event)
        if not action.is_approval:
            return
        try:
            # The message contains the values of variables, not their names.
            configuration = resolve(hosted.run.history, row, hosted.run.id)
        except Unresolved:
            return  # the action has failed because of this
        topic, worker = configuration.get("NotificationArn"), hosted.run.worker
        if not topic or (isinstance(worker, SimulatedProviders) and worker.forbidden(row, action)):
            return  # the approval still waits; only its message is not sent
        region = self._scope.region
        token = approval_token(hosted, hosted.metadata.id_of(row))
        expires = datetime.fromtimestamp(hosted.epoch(row.started + 60 * time_limit(action)), UTC)
        console = f"https://console.aws.amazon.com/codepipeline/home?region={region}#/view/{hosted.name}"
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
        message = {"region": region, "consoleLink": console, "approval": approval}
        subject = f"APPROVAL NEEDED: AWS CodePipeline {hosted.name} for action {row.action}"[:100]
        self._scope.store.after_commit(partial(self._scope.world.publish, topic, subject, message))
