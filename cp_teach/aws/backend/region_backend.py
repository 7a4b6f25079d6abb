"""CodePipeline of one account in one Region: its pipelines, jobs, action types, and webhooks.

Everything happens under the service's lock, so that one approval is answered once and one job is given to one worker,
however the requests interleave.
"""

from __future__ import annotations

from collections.abc import Callable, Container
from typing import Any

from cp_teach.aws.account.moto_account import MotoAccount, Unreadable
from cp_teach.aws.backend.hosted_pipeline import HostedPipeline
from cp_teach.aws.backend.job_records import Job, Jobs
from cp_teach.aws.backend.service_context import ServiceContext
from cp_teach.aws.backend.service_worker import SimulatedProviders
from cp_teach.aws.backend.store import Saved
from cp_teach.aws.protocol.errors import AwsError
from cp_teach.engine import Command, Run, StartExecution
from cp_teach.engine.history.journal import Entry
from cp_teach.engine.model import events as e
from cp_teach.engine.model.commands import Override, Revision
from cp_teach.engine.model.failure_plan import Plan
from cp_teach.engine.model.ids import uuid
from cp_teach.engine.run.result import Change, CommandResult
from cp_teach.pipeline import Action, ActionType, Pipeline, catalog
from cp_teach.pipeline.catalogs import Catalog

IDLE = 30 * 86400.0
"""Seconds without an execution after which a pipeline stops polling."""

POLLS = ("S3", "CodeCommit", "GitHub")
"""Source providers that can poll (user guide: "Start a pipeline with source changes")."""


SideEffects = Callable[["RegionBackend", HostedPipeline, Entry, e.Event], None]
"""Called with each event of each pipeline, and with the entry of the journal that has it."""


def polls(action: Action) -> bool:
    """True if this source action polls for changes: "true", "True" and omission do (as recorded)."""
    return action.provider in POLLS and action.settings.get("PollForSourceChanges", "true") in (
        "true",
        "True",
    )


class RegionBackend:
    """What an account has of CodePipeline in a Region."""

    def __init__(self, account: str, name: str, context: ServiceContext, side_effects: SideEffects) -> None:
        self.account, self.name = account, name
        self.settings, self.store, self.lock = context.settings, context.store, context.lock
        self.transaction = context.transaction
        """See ``ServiceContext.transaction``."""
        self.fire_timers = context.fire_timers
        """See ``ServiceContext.fire_timers``."""
        self.account_services = MotoAccount(account, name)
        self.pipelines: dict[str, HostedPipeline] = {}
        self.jobs = Jobs()
        self.custom_action_types: dict[tuple[str, str, str], dict[str, Any]] = {}
        """Custom action types by (category, provider, version); a deleted one has ``deleted``."""
        self.changed_action_types: dict[tuple[str, str, str, str], dict[str, Any]] = {}
        """Action types that UpdateActionType has changed, by (owner, category, provider, version)."""
        self.webhooks: dict[str, dict[str, Any]] = {}
        self._cause_side_effects = side_effects
        self._stops: dict[str, Callable[[], None]] = {}

    # -- names -------------------------------------------------------------------------------------
    @property
    def now(self) -> float:
        """The service's time in epoch seconds."""
        return self.settings.clock.now()

    @property
    def catalog(self) -> Catalog:
        """The catalog of the edition."""
        return catalog(self.settings.edition)

    def arn(self, rest: str) -> str:
        """The ARN of a resource in this Region."""
        return f"arn:{self.account_services.partition}:codepipeline:{self.name}:{self.account}:{rest}"

    def pipeline(
        self, name: str, missing: str = "Account '{account}' does not have a pipeline with name '{name}'"
    ) -> HostedPipeline:
        """The pipeline with that name. Raises PipelineNotFoundException with the message ``missing``."""
        hosted = self.pipelines.get(name)
        if hosted is None:
            message = missing.format(account=self.account, name=name)
            raise AwsError("PipelineNotFoundException", message)
        return hosted

    def check_quota(self, name: str, count: int) -> None:
        """Raises LimitExceededException if ``count`` uses up a quota; an edition without the quota has no limit."""
        most = self.catalog.quotas.get(name)
        if most is not None and count >= most.most:
            raise AwsError("LimitExceededException", f"The account can have at most {most}.")

    # -- create and delete pipelines ---------------------------------------------------------------
    def create_pipeline(self, pipeline: Pipeline, identifier: str) -> HostedPipeline:
        """Host a new pipeline; it has no execution yet."""
        run = Run(pipeline, seed=self.settings.seed, readings=self.settings.readings)
        run.id = identifier
        hosted = self._employ(run, self.now)
        self.host(hosted)
        self.save(hosted)
        return hosted

    def _employ(self, run: Run, birth: float) -> HostedPipeline:
        """Give a run the simulated providers of the service."""
        run.worker = SimulatedProviders(
            self.settings,
            self.account_services,
            run.id,
            lambda: run.history,
            lambda row: (
                (job := self.jobs.of(run.id, row)) is not None and (job.status == "InProgress" or job.ended)
            ),
            lambda: run.now,
            lambda source: self._object_revision(source) or run.history.newest_revision(source.name),
        )
        return HostedPipeline(self.arn(run.pipeline.name), run, birth)

    def host(self, hosted: HostedPipeline) -> None:
        """Make a pipeline available through the API."""
        self.pipelines[hosted.name] = hosted
        self._stops[hosted.name] = hosted.run.listen(lambda change: self._heard(hosted, change))

    def remove(self, name: str) -> HostedPipeline | None:
        """Remove a pipeline; None if it does not exist."""
        hosted = self.pipelines.pop(name, None)
        if hosted is not None:
            self._stops.pop(name)()
            self.jobs.withdraw(hosted.run.id)
            self.store.gone(self.account, self.name, hosted.run.id)
        return hosted

    def close(self) -> None:
        """Stop listening to every run."""
        for stop in self._stops.values():
            stop()
        self._stops.clear()

    def _heard(self, hosted: HostedPipeline, change: Change) -> None:
        if change.kind != "did" or change.entry is None:
            return
        with self.transaction():
            if not hosted.is_served_run:  # the owner of a served run decides whether to save it
                hosted.saved += 1
                self.store.entry(self.account, self.name, hosted.run.id, hosted.saved, change.entry)
            for event in change.entry.events:
                self._cause_side_effects(self, hosted, change.entry, event)
            if not hosted.is_served_run:
                hosted.metadata.follow()
                hosted.run.journal.drop_past_states()

    # -- saving ------------------------------------------------------------------------------------
    def save(self, hosted: HostedPipeline) -> None:
        """Save what a pipeline has beside its journal."""
        self.store.pipeline(self.account, self.name, hosted.run.id, hosted.name, hosted.record())

    def save_job(self, job: Job) -> None:
        """Save a new or changed job."""
        self.store.job(self.account, self.name, job)

    def save_thing(self, kind: str, key: str, value: dict[str, Any] | None) -> None:
        """Save a new or changed webhook or action type, or (None) delete it."""
        self.store.thing(self.account, self.name, kind, key, value)

    # -- restoring ---------------------------------------------------------------------------------
    def load(self, saved: Saved, runs: Container[str] = ()) -> None:
        """Put the contents of a store in the place of all jobs, action types, and webhooks, and of the pipelines with
        these ``runs``."""
        for name, hosted in list(self.pipelines.items()):
            if hosted.run.id in runs and not hosted.is_served_run:
                self._stops.pop(name)()
                del self.pipelines[name]
        self.jobs.clear()
        for kept in (self.custom_action_types, self.changed_action_types, self.webhooks):
            kept.clear()
        for bucket, key, data in saved.artifacts:
            self.account_services.make_bucket(bucket)
            self.account_services.put(bucket, key, data)
        for job in saved.jobs:
            self.jobs.add(job)
        for kind, parts, value in saved.things:
            if kind == "webhook":
                self.webhooks[parts[0]] = value
            elif kind == "custom":
                self.custom_action_types[parts[0], parts[1], parts[2]] = value
            else:
                self.changed_action_types[parts[0], parts[1], parts[2], parts[3]] = value
        for run, record, count in saved.pipelines:
            hosted = self._employ(run, record["birth"])
            hosted.restore(record, count)
            self.host(hosted)
        self._rename_artifacts(saved)
        self._close_idle_jobs()

    def _rename_artifacts(self, saved: Saved) -> None:
        """Find artifacts by their present keys: stores of before have the extension ".zip" in all keys."""
        keys = {
            artifact.key(hosted.run.id, hosted.name)
            for hosted in self.pipelines.values()
            for artifacts in hosted.run.history.artifacts_by_execution.values()
            for artifact in artifacts.values()
        }
        for bucket, key, data in saved.artifacts:
            present = key.removesuffix(".zip")
            if present != key and present in keys:
                self.account_services.put(bucket, present, data)

    def _close_idle_jobs(self) -> None:
        """Stop offering restored jobs that no action waits for."""
        histories = {hosted.run.id: hosted.run.history for hosted in self.pipelines.values()}
        for job in self.jobs:
            history = histories.get(job.run)
            row = None if history is None else history.newest.get((job.execution, job.stage, job.action))
            if row is None or row.position != job.position or row.ended is not None:
                self.jobs.close(job)

    # -- time --------------------------------------------------------------------------------------
    def catch_up(self, hosted: HostedPipeline) -> None:
        """Process what has fallen due in a pipeline, and poll its sources."""
        if not self.store.paused:
            self._advance(hosted)
            self._poll(hosted)

    def settle(self, hosted: HostedPipeline) -> None:
        """On a virtual clock, everything that needs no one to act happens at once."""
        if self.settings.clock.mode == "virtual" and not hosted.is_served_run:
            hosted.run.settle()
            self.settings.clock.reach(hosted.epoch(hosted.run.now))

    def _advance(self, hosted: HostedPipeline) -> None:
        if hosted.is_served_run:
            return
        behind = self.now - hosted.epoch(hosted.run.now)
        if behind > 0:
            hosted.run.advance(seconds=behind)
        self.settle(hosted)

    def advance_all(self) -> None:
        """Advance all pipelines to the time of the clock. One in which nothing is due costs almost nothing."""
        for hosted in () if self.store.paused else list(self.pipelines.values()):
            if hosted.quiet_until <= self.now or hosted.quiet_at != hosted.run.journal.position:
                self.catch_up(hosted)
                due = [d.at for d in (hosted.run.next_due(), hosted.run.next_deadline()) if d is not None]
                hosted.quiet_until = hosted.epoch(min(due, default=float("inf")))
                hosted.quiet_at = hosted.run.journal.position
            else:
                self._poll(hosted)

    # -- commands ----------------------------------------------------------------------------------
    def execute(
        self, hosted: HostedPipeline, command: Command | Plan, by: str = "", **notes: str
    ) -> CommandResult:
        """Send a command to the engine; ``by`` is the caller's ARN. Raises ``AwsError``."""
        result = hosted.do(command, by=by, **notes)
        self.settle(hosted)
        return result

    def start(
        self,
        hosted: HostedPipeline,
        trigger: str,
        detail: str = "",
        *,
        by: str = "",
        token: str = "",
        variables: tuple[tuple[str, str], ...] = (),
        overrides: tuple[Override, ...] = (),
        revisions: tuple[Revision, ...] = (),
    ) -> int:
        """Start an execution and return its number. A source without one of ``revisions`` is read now."""
        given = {revision.action: revision for revision in revisions}
        all_revisions = tuple(
            given.get(source.name) or self.revision(hosted, source, overrides)
            for source in hosted.pipeline.sources
        )
        command = StartExecution(all_revisions, trigger, variables, overrides)
        result = self.execute(hosted, command, by=by, detail=detail, token=token)
        return next(event.execution for event in result if isinstance(event, e.ExecutionStarted))

    def revision(
        self, hosted: HostedPipeline, source: Action, overrides: tuple[Override, ...] = ()
    ) -> Revision:
        """The revision that a source action has now: that of the object in its bucket, or a simulated one."""
        values = {override.type: override.value for override in overrides if override.action == source.name}
        key, version = values.get("S3_OBJECT_KEY", ""), values.get("S3_OBJECT_VERSION_ID", "")
        if fetched := self._object_revision(source, key, version):
            return fetched
        simulated: Revision = hosted.run.revision_of(source, f"Change {hosted.run.state.newest + 1}")
        chosen = values.get("COMMIT_ID") or values.get("IMAGE_DIGEST") or values.get("S3_OBJECT_VERSION_ID")
        return simulated._replace(id=chosen) if chosen else simulated

    def _object_revision(self, source: Action, key: str = "", version: str = "") -> Revision | None:
        """The revision of the object that an S3 source reads; None for another source, or if it cannot be read."""
        if source.provider != "S3":
            return None
        settings = source.settings
        key = key or settings.get("S3ObjectKey", "")
        try:
            fetched = self.account_services.fetch(settings.get("S3Bucket", ""), key, version, whole=False)
        except Unreadable:
            return None
        return Revision(
            source.name, fetched.version, fetched.summary or f"Amazon S3 version id: {fetched.version}"
        )

    # -- polling -----------------------------------------------------------------------------------
    def start_first_executions(self, hosted: HostedPipeline, by: str) -> None:
        """Start the first executions of a new pipeline: one for each polling source, else one by CreatePipeline
        (recorded)."""
        polling = [source for source in hosted.pipeline.sources if polls(source)]
        if not polling:
            self.start(hosted, "CreatePipeline", by, by=by)
        for source in polling:
            if source.provider != "S3":
                self.start(hosted, "PollForSourceChanges", source.name)
        self._poll(hosted)

    def _poll(self, hosted: HostedPipeline) -> None:
        if hosted.is_served_run or hosted.run.state.deleted or self.polling_ended(hosted) is not None:
            return
        for source in hosted.pipeline.sources:
            if source.provider != "S3" or not polls(source):
                continue
            try:
                bucket, key = source.settings.get("S3Bucket", ""), source.settings.get("S3ObjectKey", "")
                fetched = self.account_services.fetch(bucket, key, whole=False)
            except Unreadable as error:
                last = hosted.unfetched.get(source.name)
                if last is None or last[:2] != (error.failure, error.message):
                    hosted.unfetched[source.name] = (error.failure, error.message, self.now)
                    self.save(hosted)
                continue
            hosted.unfetched.pop(source.name, None)
            if hosted.polled.get(source.name) != fetched.version:
                hosted.polled[source.name] = fetched.version
                self.save(hosted)
                self.start(hosted, "PollForSourceChanges", source.name)

    def polling_ended(self, hosted: HostedPipeline) -> float | None:
        """The time at which polling was disabled, 30 days after the last execution (model: pollingDisabledAt)."""
        if not any(polls(source) for source in hosted.pipeline.sources):
            return None
        last = hosted.run.state.newest
        since = hosted.run.history.executions[last].started if last else 0.0
        ends = hosted.epoch(max(since, hosted.metadata.versions[-1][1])) + IDLE
        return ends if self.now >= ends else None

    # -- custom actions ----------------------------------------------------------------------------
    def custom_type(self, kind: ActionType) -> dict[str, Any]:
        """The definition of a custom action type, even if it is deleted; {} if there is none."""
        key = (kind.category, kind.provider, kind.version)
        return self.custom_action_types.get(key, {}) if kind.owner == "Custom" else {}

    def url_templates(self, kind: ActionType) -> dict[str, Any]:
        """The URL templates of a custom action type (model: ActionTypeSettings); {} for any other type."""
        return self.custom_type(kind).get("settings") or {}

    def has_custom_type(self, kind: ActionType) -> bool:
        """True if this is a custom action type that is not deleted."""
        declared = self.custom_type(kind)
        return bool(declared) and not declared.get("deleted")

    def queryable_property(self, action: Action) -> str:
        """The queryable property of a custom action, as ``key=value``; "" if it has none."""
        for each in self.custom_type(action.type).get("actionConfigurationProperties", ()):
            if each.get("queryable"):
                return f"{each['name']}={action.settings.get(each['name'], '')}"
        return ""

    def identifier(self) -> str:
        """A new name to derive IDs from; ``/moto-api/seed`` makes it repeatable."""
        from moto.moto_api._internal import mock_random

        return uuid(str(mock_random.uuid4()), self.account, self.name)
