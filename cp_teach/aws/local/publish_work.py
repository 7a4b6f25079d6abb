"""``show_work(workshop, local)``: publish a pipeline that does real work through AWS's own API."""

from __future__ import annotations

import contextlib
import threading
import weakref
from collections.abc import Callable
from typing import TypeVar

from cp_teach.aws.backend.region_backend import RegionBackend
from cp_teach.aws.local.codebuild_mirror import CodeBuildMirror
from cp_teach.aws.local.codedeploy_mirror import CodeDeployMirror
from cp_teach.aws.local.job_polling import PolledJobs, register_custom_types
from cp_teach.aws.local.s3_artifact_store import BucketStore, buckets_of
from cp_teach.aws.operations.jobs import client_credentials
from cp_teach.aws.server.loopback_server import Server
from cp_teach.aws.server.process_server import PROCESS
from cp_teach.aws.server.serve_run import ServedRun, serve
from cp_teach.engine import Refused
from cp_teach.engine.history.records import action_of
from cp_teach.security.network.endpoints import REGION
from cp_teach.work.artifacts.zip_artifacts import InvalidArtifact
from cp_teach.work.codebuild.build import Build
from cp_teach.work.codedeploy.deployment import Deployment
from cp_teach.work.runtime.action_executor import ActionExecutor
from cp_teach.work.runtime.local_resources import LocalProviders

T = TypeVar("T", Build, Deployment)

BEAT = 0.1
"""Seconds between two checks for what has become due, even if no request arrives."""


class PublishedWork(ServedRun):
    """A workshop behind AWS's API: CodePipeline, CodeBuild, CodeDeploy and S3 report its real work.

    ``url`` is the endpoint, ``client("codebuild")`` a boto3 client for it. ``stop()`` removes the work from the API, as
    does the end of a ``with`` block. The workshop itself continues until its owner closes it.
    """

    def __init__(self, workshop: ActionExecutor, local: LocalProviders, region: str, server: Server) -> None:
        buckets = buckets_of(workshop.run.pipeline)
        store = BucketStore(buckets, workshop.folder / "bucket", region=region)
        workshop.tick()
        for bucket in buckets:  # now, because a job worker can be the first to upload
            store.world.make_bucket(bucket)
        with server.lock:
            backend = server.region(name=region)
            register_custom_types(backend, workshop.run.pipeline)
            present = backend.pipelines.get(workshop.run.pipeline.name)
            if present is None or present.run is not workshop.run:
                # Jobs of an earlier run with the same ID are obsolete.
                backend.jobs.forget(workshop.run.id)
        # Required before a page or an untrusted program can reach the server.
        server.keys.require_for(self, server.url)
        serve(workshop.run, region=region, server=server)
        super().__init__(server, workshop.run, region)
        self.workshop, self.local = workshop, local
        if not isinstance(workshop.store, BucketStore):
            self._replace_store(store)
        birth = backend.pipelines[self.name].created
        builds = self._builds = CodeBuildMirror(local.codebuild, self.name, region)
        deployments = CodeDeployMirror(local.codedeploy, self.run, birth, buckets[0], region)
        self._deployments = deployments
        self._create_projects_and_groups()
        self._create_jobs(backend)
        self._before = local.codebuild.on_change, local.codedeploy.on_change
        local.codebuild.on_change = _both(self._before[0], builds.update)
        local.codedeploy.on_change = _both(self._before[1], deployments.update)
        for build in list(local.codebuild.builds.values()):
            builds.update(build)
        for deployment in list(local.codedeploy.deployments.values()):
            deployments.update(deployment)
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._beat, name=f"cp_teach {self.name}", daemon=True)
        self._thread.start()

    @property
    def backend(self) -> RegionBackend:
        """CodePipeline in the Region of the work."""
        return self.server.region(name=self.region_name)

    @property
    def stopped(self) -> bool:
        """True after ``stop``."""
        return self._stopping.is_set()

    def client_token(self, provider: str, category: str = "Test", version: str = "1") -> str:
        """The secret that a partner's worker sends with every call; at AWS, both get it when the account connects."""
        return client_credentials(self.backend, (category, "ThirdParty", provider, version))[1]

    def stop(self) -> None:
        """Remove the work from the API. The builds and deployments that it has reported stay there."""
        if self._stopping.is_set():
            return
        self._stopping.set()
        if self.workshop.worker.job_workers is self._polls:
            self.workshop.worker.job_workers = None
        self._thread.join(timeout=10)
        self.local.codebuild.on_change, self.local.codedeploy.on_change = self._before
        super().stop()
        self.server.keys.release(self)

    def _replace_store(self, store: BucketStore) -> None:
        workshop, old = self.workshop, self.workshop.store
        for row in workshop.run.history.actions:
            for artifact in row.outputs:
                key = artifact.key(self.run.id, self.name)
                with contextlib.suppress(InvalidArtifact):  # the action has not made it
                    store.put(key, old.get(key))
        workshop.store = store

    def _create_jobs(self, region: RegionBackend) -> None:
        """Leave every action for which AWS creates a job to a polling worker, unless ``worker.polls`` is already set.
        Actions that the workshop has started continue there."""
        worker, history = self.workshop.worker, self.run.history
        running = [(row, action_of(history.executions, row)) for row in list(history.running.values())]
        own = [row.position for row, action in running if worker.provider_of(row, action) is not None]
        self._polls = PolledJobs(region, self.run, begun=own)
        if worker.job_workers is not None:
            return
        with self.server.lock:
            for row, action in running:
                if self._polls.is_left_to_job_worker(row, action):
                    job = region.jobs.make(
                        self.run.id, self.name, row, action, region.queryable_property(action)
                    )
                    region.save_job(job)
        worker.job_workers = self._polls

    def _create_projects_and_groups(self) -> None:
        """Create the CodeBuild projects and CodeDeploy groups of the pipeline before its first build."""
        for stage in self.run.pipeline.stages:
            for action in stage.actions:
                settings = action.settings
                group = settings.get("ApplicationName"), settings.get("DeploymentGroupName")
                if action.provider == "CodeBuild" and "ProjectName" in settings:
                    self._builds.create_project(settings["ProjectName"])
                elif action.provider == "CodeDeploy" and group[0] is not None and group[1] is not None:
                    self._deployments.create_group(group[0], group[1])

    def _beat(self) -> None:
        while not self._stopping.wait(BEAT):
            with contextlib.suppress(Refused):  # a refusal must not stop the clock
                self.workshop.tick()


class WorkRegistry:
    """The work that a server publishes."""

    def __init__(self) -> None:
        self._works: weakref.WeakSet[PublishedWork] = weakref.WeakSet()

    def get(self, workshop: ActionExecutor) -> PublishedWork | None:
        """What publishes this workshop; None if nothing does."""
        return next((work for work in self._works if work.workshop is workshop and not work.stopped), None)

    def add(self, work: PublishedWork) -> None:
        """Record what publishes its workshop."""
        self._works.add(work)

    def close(self) -> None:
        """Stop publishing."""
        for work in list(self._works):
            work.stop()


def _both(first: Callable[[T], None], second: Callable[[T], None]) -> Callable[[T], None]:
    def notify(item: T) -> None:
        first(item)
        second(item)

    return notify


def show_work(
    workshop: ActionExecutor,
    local: LocalProviders,
    *,
    region: str = REGION,
    server: Server | None = None,
) -> PublishedWork:
    """Put a workshop behind AWS's API: boto3 and the AWS CLI control it, and see what it builds and deploys.

    Its artifacts are in the pipeline's artifact bucket from now on, under AWS's keys. Actions of custom and third-party
    types then wait for a worker that polls; ``cp_teach.aws.hire`` starts one of this kit. A second call for the same
    work returns the same object. ``server`` is the one that the process shares, if none is given. Raises ``ValueError``
    if the account has another pipeline of that name, or this one has no artifact bucket.
    """
    server = server or PROCESS.get()
    published = server.owned(WorkRegistry)
    present = published.get(workshop)
    if present is not None and present.region_name == region:
        return present
    work = PublishedWork(workshop, local, region, server)
    published.add(work)
    return work
