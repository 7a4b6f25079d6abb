"""The side effects of a pipeline's events: artifacts, approval messages, jobs, and events of EventBridge."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial

from cp_teach.aws.backend.effects.artifacts import copy_inputs, write_outputs
from cp_teach.aws.backend.effects.eventbridge_events import event_details
from cp_teach.aws.backend.hosted_pipeline import HostedPipeline
from cp_teach.aws.backend.region_backend import RegionBackend
from cp_teach.aws.backend.service_worker import SimulatedProviders
from cp_teach.engine.history.journal import Entry
from cp_teach.engine.history.records import ActionRow
from cp_teach.engine.model import events as e
from cp_teach.engine.queries.variable_resolution import Unresolved, resolve
from cp_teach.pipeline import Action
from cp_teach.pipeline.timeouts import time_limit


def cause_side_effects(region: RegionBackend, hosted: HostedPipeline, entry: Entry, event: e.Event) -> None:
    """Do what one event of a pipeline causes. Outputs are written before a job is withdrawn, and events are sent
    last."""
    if isinstance(event, e.ActionStarted):
        row, action = hosted.action_execution(event)
        copy_inputs(region, hosted, row, action)
        if action.is_approval:
            _send_approval_message(region, hosted, row, action)
        else:
            _offer_job(region, hosted, row, action)
    elif isinstance(event, e.ActionSucceeded | e.ActionFailed | e.ActionAbandoned):
        row, action = hosted.action_execution(event)
        if isinstance(event, e.ActionSucceeded):
            write_outputs(region, hosted, row, action)
        region.jobs.drop(hosted.run.id, row)
    for kind, detail in event_details(region, hosted, entry, event):
        send = partial(region.account_services.put_event, kind, detail, hosted.arn, hosted.epoch(entry.at))
        region.store.after_commit(send)


def _offer_job(region: RegionBackend, hosted: HostedPipeline, row: ActionRow, action: Action) -> None:
    """Create a job for an action that starts, if a job worker can do it."""
    kind = action.type
    # A partner or a function can answer before the simulation ends; then its answer counts.
    can_answer = (kind.owner == "ThirdParty" and kind.category != "Source") or (
        kind.category == "Invoke" and kind.provider == "Lambda"
    )
    if can_answer or region.settings.driver(kind) == "job":
        job = region.jobs.make(hosted.run.id, hosted.name, row, action, region.queryable_property(action))
        region.save_job(job)


def _send_approval_message(
    region: RegionBackend, hosted: HostedPipeline, row: ActionRow, action: Action
) -> None:
    """Publish a message to the topic of an approval that starts (user guide: "JSON data format for manual approval
    notifications")."""
    try:
        # The message contains the values of variables, not their names.
        configuration = resolve(hosted.run.history, row, hosted.run.id)
    except Unresolved:
        return  # the action has failed because of this
    topic, worker = configuration.get("NotificationArn"), hosted.run.worker
    if not topic or (isinstance(worker, SimulatedProviders) and worker.forbidden(row, action)):
        return  # the approval still waits; only its message is not sent
    token = hosted.approval_token(hosted.metadata.id_of(row))
    expires = datetime.fromtimestamp(hosted.epoch(row.started + 60 * time_limit(action)), UTC)
    pipelines = "https://console.aws.amazon.com/codesuite/codepipeline/pipelines"
    console = f"{pipelines}/{hosted.name}/view?region={region.name}"
    approval = {
        "pipelineName": hosted.name,
        "stageName": row.stage,
        "actionName": row.action,
        "token": token,
        "expires": expires.strftime("%Y-%m-%dT%H:%MZ"),
        "externalEntityLink": configuration.get("ExternalEntityLink"),
        "approvalReviewLink": f"{console}#/{row.stage}/{row.action}/approve/{token}",
        "customData": configuration.get("CustomData"),
    }
    message = {"region": region.name, "consoleLink": console, "approval": approval}
    names = f"{_cut(hosted.name)} for action {_cut(row.action)}"
    subject = f"APPROVAL NEEDED: AWS CodePipeline {names}"
    region.store.after_commit(partial(region.account_services.publish, topic, subject, message))


def _cut(name: str) -> str:
    """A name in a subject, which has 24 characters of it at most (recorded on AWS, 2026)."""
    return name if len(name) <= 24 else f"{name[:24]}..."
