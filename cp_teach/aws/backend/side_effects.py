"""What a change of a pipeline does to the rest of the account: objects in buckets, messages, events, jobs."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from cp_teach.aws.account.moto_account import Unreadable
from cp_teach.aws.backend import eventbridge_events
from cp_teach.aws.backend.artifact_locations import bucket_of, key_of
from cp_teach.aws.backend.cross_region import copy_inputs, put
from cp_teach.aws.backend.hosted_pipeline import Hosted
from cp_teach.aws.backend.service_worker import Staff
from cp_teach.aws.backend.simulated_artifacts import parcel
from cp_teach.aws.serializers.approval_token import approval_token
from cp_teach.engine.history.journal import Entry
from cp_teach.engine.history.records import ActionRow, action_of
from cp_teach.engine.model import events as e
from cp_teach.engine.queries.variable_resolution import Unresolved, resolve
from cp_teach.pipeline import Action
from cp_teach.pipeline.timeouts import time_limit
from cp_teach.work.runtime.provider_worker import Real

if TYPE_CHECKING:
    from cp_teach.aws.backend.region_backend import Region


def happen(region: Region, hosted: Hosted, entry: Entry) -> None:
    """Let the effects of one entry of the journal happen, in the order of its events."""
    for event in entry.events:
        match event:
            case e.ActionStarted():
                _began(region, hosted, *_run_of(hosted, event))
            case e.ActionSucceeded():
                _made(region, hosted, *_run_of(hosted, event))
            case _:
                pass
        if isinstance(event, e.ActionSucceeded | e.ActionFailed | e.ActionAbandoned):
            region.jobs.drop(hosted.run.id, _run_of(hosted, event)[0])
        for kind, detail in eventbridge_events.told(hosted, region.name, entry, event):
            tell = partial(region.world.tell, kind, detail, hosted.arn, hosted.epoch(entry.at))
            region.store.after_commit(tell)


def _run_of(hosted: Hosted, event: Any) -> tuple[ActionRow, Action]:
    history = hosted.run.history
    row = history.newest[event.execution, event.stage, event.action]
    return row, action_of(history.executions, row)


def _began(region: Region, hosted: Hosted, row: ActionRow, action: Action) -> None:
    copy_inputs(region, hosted, row, action)
    if action.is_approval:
        _ask(region, hosted, row, action)
        return
    kind = action.type
    by_job = region.settings.driver(kind) == "job"
    # A partner or a function may answer before the simulation does; then its answer counts.
    may_answer = kind.owner == "ThirdParty" and kind.category != "Source"
    if by_job or may_answer or (kind.category == "Invoke" and kind.provider == "Lambda"):
        job = region.jobs.make(hosted.run.id, hosted.name, row, action, region.query_of(action))
        region.store.job(region, job)


def _ask(region: Region, hosted: Hosted, row: ActionRow, action: Action) -> None:
    """The message of an approval (user guide: "JSON data format for manual approval notifications")."""
    try:
        # Whoever reads it wants the version, and not the name of a variable.
        says = resolve(hosted.run.history, row, hosted.run.id)
    except Unresolved:
        return  # the action has failed by that, and asks nobody
    topic = says.get("NotificationArn")
    worker = hosted.run.worker
    if not topic or (isinstance(worker, Staff) and worker.forbidden(row, action)):
        return  # the question stands all the same; only its message is not sent
    token = approval_token(hosted, hosted.ledger.id_of(row))
    expires = datetime.fromtimestamp(hosted.epoch(row.started + 60 * time_limit(action)), UTC)
    console = f"https://console.aws.amazon.com/codepipeline/home?region={region.name}#/view/{hosted.name}"
    approval = {
        "pipelineName": hosted.name,
        "stageName": row.stage,
        "actionName": row.action,
        "token": token,
        "expires": expires.strftime("%Y-%m-%dT%H:%MZ"),
        "externalEntityLink": says.get("ExternalEntityLink"),
        "approvalReviewLink": f"{console}/{row.stage}/{row.action}/approve/{token}",
        "customData": says.get("CustomData"),
    }
    message = {"region": region.name, "consoleLink": console, "approval": approval}
    subject = f"APPROVAL NEEDED: AWS CodePipeline {hosted.name} for action {row.action}"[:100]
    region.store.after_commit(partial(region.world.publish, topic, subject, message))


def _made(region: Region, hosted: Hosted, row: ActionRow, action: Action) -> None:
    """The output artifacts of a simulated action, as objects where AWS would put them."""
    world = region.world
    worker = hosted.run.worker
    if isinstance(worker, Real) and worker.performs(row, action) is not None:
        return  # it was really done: what it has made is there, and what it has not made stays missing
    job = region.jobs.of(hosted.run.id, row)
    if job is not None and job.ended:
        return  # the worker has put its own there, or has not, and then the next action will miss it
    place = action.region or region.name
    for artifact in row.outputs:
        bucket, key = bucket_of(hosted.pipeline, place), key_of(hosted, artifact)
        if not bucket or not world.has_bucket(bucket):
            continue
        data = _source(region, hosted, row, action)
        if data is None:
            inputs = [
                world.read(bucket_of(hosted.pipeline, place), key_of(hosted, found)) for found in row.inputs
            ]
            data = parcel(hosted, row, action, artifact, [found for found in inputs if found is not None])
        put(region, hosted, bucket, key, data)


def _source(region: Region, hosted: Hosted, row: ActionRow, action: Action) -> bytes | None:
    """The object that an S3 source copies unchanged; None for other actions and where it is simulated."""
    if action.category != "Source" or action.provider != "S3":
        return None
    execution = hosted.run.history.executions[row.execution]
    revision = next((r.id for r in execution.revisions if r.action == action.name), "")
    keys = [o.value for o in execution.overrides if o.action == action.name and o.type == "S3_OBJECT_KEY"]
    key = keys[0] if keys else action.settings.get("S3ObjectKey", "")
    try:
        return region.world.fetch(action.settings.get("S3Bucket", ""), key, revision).data
    except Unreadable:
        return None
