"""The service of one account in one region: its pipelines, jobs, action types and webhooks.

Everything here is done under one lock, so that whatever the interleaving of clients, one approval is answered once
and one job is given to one worker.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from cp_teach.aws.account.moto_account import Unreadable, World
from cp_teach.aws.backend import side_effects
from cp_teach.aws.backend.hosted_pipeline import Hosted
from cp_teach.aws.backend.job_records import Jobs
from cp_teach.aws.backend.service_worker import Staff
from cp_teach.aws.config.settings import Settings
from cp_teach.aws.persistence.store import MemoryOnly, Store, StoreFailed
from cp_teach.aws.protocol.errors import AwsError
from cp_teach.engine import Run, StartExecution
from cp_teach.engine.model import events as e
from cp_teach.engine.model.commands import Override, Revision
from cp_teach.engine.model.failure_plan import Plan
from cp_teach.engine.model.ids import uuid
from cp_teach.engine.run.result import Change, Happened
from cp_teach.pipeline import Action, Pipeline, Readings, catalog

LOCK = threading.RLock()
"""One for all: an upload in one region may start a pipeline in another."""

IDLE = 30 * 86400.0
"""Seconds without an execution after which a pipeline polls no more."""

POLLS = ("S3", "CodeCommit", "GitHub")
"""Sources that can poll (user guide: "Start a pipeline with source changes")."""


def polls(action: Action) -> bool:
    """True if this source action polls for changes: "true", "True" and omission do (as recorded)."""
    return action.provider in POLLS and action.settings.get("PollForSourceChanges", "true") in (
        "true",
        "True",
    )


class Region:
    """What an account has of CodePipeline in a region."""

    def __init__(self, account: str, name: str, settings: Settings, store: Store | None = None) -> None:
        self.account, self.name, self.settings = account, name, settings
        self.world = World(account, name)
        self.store: Store = MemoryOnly() if store is None else store
        self.hosted: dict[str, Hosted] = {}
        self.jobs = Jobs()
        self.custom: dict[tuple[str, str, str], dict[str, Any]] = {}
        """Custom action types by (category, provider, version); one that was deleted has ``deleted``."""
        self.declared: dict[tuple[str, str, str, str], dict[str, Any]] = {}
        """Action types that UpdateActionType has changed, by (owner, category, provider, version)."""
        self.webhooks: dict[str, dict[str, Any]] = {}
        self._stops: dict[str, Callable[[], None]] = {}

    # -- names -------------------------------------------------------------------------------------
    @property
    def now(self) -> float:
        """The service's time in epoch seconds."""
        return self.settings.clock.now()

    @property
    def book(self) -> Any:
        """The catalog of the edition."""
        return catalog(self.settings.edition)

    def arn(self, rest: str) -> str:
        """The ARN of something of this service here."""
        return f"arn:{self.world.partition}:codepipeline:{self.name}:{self.account}:{rest}"

    def pipeline(self, name: str) -> Hosted:
        """The pipeline of that name, up to now. Raises PipelineNotFoundException."""
        hosted = self.hosted.get(name)
        if hosted is None:
            raise AwsError(
                "PipelineNotFoundException",
                f"Account '{self.account}' does not have a pipeline with name '{name}'",
            )
        self.catch_up(hosted)
        return hosted

    # -- pipelines come and go ---------------------------------------------------------------------
    def add(self, pipeline: Pipeline, identifier: str) -> Hosted:
        """Host a new pipeline; nothing has happened in it yet."""
        settings = self.settings
        hosted = self.make(
            pipeline, identifier, self.now, seed=settings.seed, readings=settings.readings._asdict()
        )
        self.host(hosted)
        self.store.pipeline(self, hosted)
        return hosted

    def make(
        self, pipeline: Pipeline, identifier: str, birth: float, *, seed: int, readings: dict[str, Any]
    ) -> Hosted:
        """A pipeline that the service's own staff works for; not hosted yet."""
        run = Run(pipeline, seed=seed, readings=Readings(**readings))
        run.id = identifier
        return self.employ(run, birth)

    def employ(self, run: Run, birth: float) -> Hosted:
        """Give a run the service's own workers; it is not hosted yet."""
        run.worker = Staff(
            self.settings,
            self.world,
            run.id,
            lambda: run.history,
            lambda row: (job := self.jobs.of(run.id, row)) is not None and job.status == "InProgress",
        )
        return Hosted(self.arn(run.pipeline.name), run, birth)

    def host(self, hosted: Hosted) -> None:
        """Put a pipeline behind the API."""
        self.hosted[hosted.name] = hosted
        self._stops[hosted.name] = hosted.run.listen(lambda change: self._heard(hosted, change))

    def remove(self, name: str) -> Hosted | None:
        """Take a pipeline away; None when there is none."""
        hosted = self.hosted.pop(name, None)
        if hosted is not None:
            self._stops.pop(name)()
            self.jobs.withdraw(hosted.run.id)
            self.store.gone(self, hosted)
        return hosted

    def forget(self, runs: set[str]) -> None:
        """Drop these pipelines, and all jobs, action types, and webhooks; the store then restores the true ones."""
        for name, hosted in list(self.hosted.items()):
            if hosted.run.id in runs and not hosted.own_time:
                self._stops.pop(name)()
                del self.hosted[name]
        self.jobs = Jobs()
        self.custom.clear()
        self.declared.clear()
        self.webhooks.clear()

    def put_thing(self, kind: str, key: tuple[str, ...], value: dict[str, Any]) -> None:
        """Restore a saved webhook or action type."""
        if kind == "webhook":
            self.webhooks[key[0]] = value
        elif kind == "custom":
            self.custom[key[0], key[1], key[2]] = value
        else:
            self.declared[key[0], key[1], key[2], key[3]] = value

    def close_idle_jobs(self) -> None:
        """Stop offering restored jobs that no action waits for."""
        runs = {hosted.run.id: hosted.run.history for hosted in self.hosted.values()}
        for job in self.jobs:
            history = runs.get(job.run)
            row = None if history is None else history.newest.get((job.execution, job.stage, job.action))
            if row is None or row.position != job.position or row.ended is not None:
                self.jobs.close(job)

    def close(self) -> None:
        """Listen to nobody any more."""
        for stop in self._stops.values():
            stop()
        self._stops.clear()

    def _heard(self, hosted: Hosted, change: Change) -> None:
        if change.kind != "did" or change.entry is None:
            return
        with self.transaction():
            if not hosted.own_time:  # a served run belongs to its owner, who decides whether to save it
                self.store.entry(self, hosted, change.entry)
            side_effects.happen(self, hosted, change.entry)
            if not hosted.own_time:
                hosted.ledger.follow()
                hosted.run.journal.lighten()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Run a block under the service's lock as one transaction: all of it happens, or nothing. Raises
        ``StoreFailed``."""
        settings = self.settings
        with LOCK:
            chosen = settings.workers, settings.seconds
            try:
                with self.store.transaction():
                    yield
            except StoreFailed:
                settings.workers, settings.seconds = chosen
                raise

    # -- time --------------------------------------------------------------------------------------
    def catch_up(self, hosted: Hosted) -> None:
        """Let happen what has fallen due, and look for changes of the sources that poll."""
        if not self.store.paused:
            self._pass(hosted)
            self._poll(hosted)

    def settle(self, hosted: Hosted) -> None:
        """On a virtual clock, whatever can happen of itself happens at once."""
        if self.settings.clock.mode == "virtual" and not hosted.own_time:
            hosted.run.settle()
            self.settings.clock.reach(hosted.epoch(hosted.run.now))

    def _pass(self, hosted: Hosted) -> None:
        if hosted.own_time:
            return
        behind = self.now - hosted.epoch(hosted.run.now)
        if behind > 0:
            hosted.run.advance(seconds=behind)
        self.settle(hosted)

    def everybody(self) -> None:
        """Bring all pipelines up to now. A quiet one costs next to nothing."""
        for hosted in () if self.store.paused else list(self.hosted.values()):
            if hosted.quiet_until <= self.now or hosted.quiet_at != hosted.run.journal.position:
                self.catch_up(hosted)
                due = [d.at for d in (hosted.run.next_due(), hosted.run.next_deadline()) if d is not None]
                hosted.quiet_until = hosted.epoch(min(due, default=float("inf")))
                hosted.quiet_at = hosted.run.journal.position
            else:
                self._poll(hosted)

    # -- doing -------------------------------------------------------------------------------------
    def do(self, hosted: Hosted, command: Any | Plan, by: str = "", **notes: str) -> Happened:
        """Ask the engine, as somebody. Raises ``AwsError``."""
        happened = hosted.do(command, by=by, **notes)
        self.settle(hosted)
        return happened

    def start(
        self,
        hosted: Hosted,
        trigger: str,
        detail: str = "",
        *,
        by: str = "",
        token: str = "",
        variables: tuple[tuple[str, str], ...] = (),
        overrides: tuple[Override, ...] = (),
        revisions: tuple[Revision, ...] = (),
    ) -> int:
        """Start an execution; its number. ``revisions`` are known already, the others are looked up."""
        known = {revision.action: revision for revision in revisions}
        brought = tuple(
            known.get(source.name) or self.revision(hosted, source, overrides)
            for source in hosted.pipeline.sources
        )
        command = StartExecution(brought, trigger, variables, overrides)
        happened = hosted.do(command, by=by, detail=detail, token=token)
        self.settle(hosted)
        return next(event.execution for event in happened if isinstance(event, e.ExecutionStarted))

    def revision(self, hosted: Hosted, source: Action, overrides: tuple[Override, ...] = ()) -> Revision:
        """What that source brings in now: what is in the bucket, or a simulated revision."""
        mine = {override.type: override.value for override in overrides if override.action == source.name}
        if source.provider == "S3":
            key = mine.get("S3_OBJECT_KEY", source.settings.get("S3ObjectKey", ""))
            version = mine.get("S3_OBJECT_VERSION_ID", "")
            try:
                found = self.world.fetch(source.settings.get("S3Bucket", ""), key, version, whole=False)
            except Unreadable:
                pass
            else:
                return Revision(
                    source.name, found.version, found.summary or f"Amazon S3 version id: {found.version}"
                )
        made: Revision = hosted.run.revision_of(source, f"Change {hosted.run.state.last + 1}")
        chosen = mine.get("COMMIT_ID") or mine.get("IMAGE_DIGEST") or mine.get("S3_OBJECT_VERSION_ID")
        return made._replace(id=chosen) if chosen else made

    # -- polling -----------------------------------------------------------------------------------
    def begin(self, hosted: Hosted, by: str) -> None:
        """The first execution of a new pipeline: one for each polling source, else one by CreatePipeline (recorded)."""
        polling = [source for source in hosted.pipeline.sources if polls(source)]
        if not polling:
            self.start(hosted, "CreatePipeline", by, by=by)
        for source in polling:
            if source.provider != "S3":
                self.start(hosted, "PollForSourceChanges", source.name)
        self._poll(hosted)

    def _poll(self, hosted: Hosted) -> None:
        if hosted.own_time or hosted.run.state.deleted or self.polling_ended(hosted) is not None:
            return
        for source in hosted.pipeline.sources:
            if source.provider != "S3" or not polls(source):
                continue
            try:
                bucket, key = source.settings.get("S3Bucket", ""), source.settings.get("S3ObjectKey", "")
                found = self.world.fetch(bucket, key, whole=False)
            except Unreadable as missing:
                known = hosted.unfetched.get(source.name)
                if known is None or known[:2] != (missing.failure, missing.message):
                    hosted.unfetched[source.name] = (missing.failure, missing.message, self.now)
                    self.store.pipeline(self, hosted)
                continue
            hosted.unfetched.pop(source.name, None)
            if hosted.polled.get(source.name) != found.version:
                hosted.polled[source.name] = found.version
                self.store.pipeline(self, hosted)
                self.start(hosted, "PollForSourceChanges", source.name)

    def polling_ended(self, hosted: Hosted) -> float | None:
        """Since when nobody polls any more, because nothing has run for 30 days (model: pollingDisabledAt)."""
        if not any(polls(source) for source in hosted.pipeline.sources):
            return None
        last = hosted.run.state.last
        since = hosted.run.history.executions[last].started if last else 0.0
        ends = hosted.epoch(max(since, hosted.ledger.versions[-1][1])) + IDLE
        return ends if self.now >= ends else None

    # -- custom actions ----------------------------------------------------------------------------
    def query_of(self, action: Action) -> str:
        """The queryable property of a custom action, as ``key=value``; "" where it has none."""
        declared = self.custom.get((action.type.category, action.type.provider, action.type.version), {})
        for each in declared.get("actionConfigurationProperties", ()):
            if each.get("queryable"):
                return f"{each['name']}={action.settings.get(each['name'], '')}"
        return ""

    def identifier(self) -> str:
        """A new name to derive ids from; ``/moto-api/seed`` makes it repeatable."""
        from moto.moto_api._internal import mock_random

        return uuid(str(mock_random.uuid4()), self.account, self.name)
