"""The listeners that turn a pipeline's events into side effects, in the order in which they are called."""

from __future__ import annotations

from functools import partial

from cp_teach.aws.backend.effects import eventbridge_events
from cp_teach.aws.backend.effects.approval_messages import ApprovalMessages
from cp_teach.aws.backend.effects.artifacts import ArtifactEffects
from cp_teach.aws.backend.effects.scope import EffectScope, Listener, execution_of_action
from cp_teach.aws.backend.hosted_pipeline import HostedPipeline
from cp_teach.aws.backend.job_records import query_of
from cp_teach.engine.history.journal import Entry
from cp_teach.engine.model import events as e


def listeners(scope: EffectScope) -> list[Listener]:
    """All listeners. Outputs are written before a job is withdrawn, and events are sent last."""
    return [
        ArtifactEffects(scope),
        ApprovalMessages(scope),
        partial(_update_jobs, scope),
        partial(_send_events, scope),
    ]


def _update_jobs(scope: EffectScope, hosted: HostedPipeline, entry: Entry, event: e.Event) -> None:
    """Create a job for an action that starts, if a job worker can do it, and withdraw it when the action ends."""
    if isinstance(event, e.ActionSucceeded | e.ActionFailed | e.ActionAbandoned):
        scope.jobs.drop(hosted.run.id, execution_of_action(hosted, event)[0])
    if not isinstance(event, e.ActionStarted):
        return
    row, action = execution_of_action(hosted, event)
    kind = action.type
    # A partner or a function can answer before the simulation ends; then its answer counts.
    can_answer = (kind.owner == "ThirdParty" and kind.category != "Source") or (
        kind.category == "Invoke" and kind.provider == "Lambda"
    )
    if not action.is_approval and (can_answer or scope.settings.driver(kind) == "job"):
        job = scope.jobs.make(hosted.run.id, hosted.name, row, action, query_of(scope.custom, action))
        scope.store.job(scope.account, scope.region, job)


def _send_events(scope: EffectScope, hosted: HostedPipeline, entry: Entry, event: e.Event) -> None:
    for kind, detail in eventbridge_events.event_details(hosted, scope.region, entry, event):
        send = partial(scope.world.put_event, kind, detail, hosted.arn, hosted.epoch(entry.at))
        scope.store.after_commit(send)
