"""``show_work(workshop, local)``: real work, to be looked at through AWS's own API."""

from __future__ import annotations

import contextlib
import threading
import weakref
from collections.abc import Callable
from typing import TypeVar

from cp_teach.aws.backend.region_backend import Region
from cp_teach.aws.local.codebuild_mirror import Builds
from cp_teach.aws.local.codedeploy_mirror import Deployments
from cp_teach.aws.local.s3_artifact_store import ACCOUNT, REGION, BucketStore, buckets_of
from cp_teach.aws.local.workers.job_polling import JobsOf, register
from cp_teach.aws.operations.jobs.third_party_jobs import client_of
from cp_teach.aws.server.serve_run import Served, serve, server
from cp_teach.engine import Refused
from cp_teach.engine.history.records import action_of
from cp_teach.work.artifacts.zip_artifacts import BadArtifact
from cp_teach.work.codebuild.build import Build
from cp_teach.work.codedeploy.deployment import Deployment
from cp_teach.work.runtime.action_executor import Workshop
from cp_teach.work.runtime.local_resources import Local

T = TypeVar("T", Build, Deployment)

BEAT = 0.1
"""Seconds between two looks at the clock: what falls due happens although nobody waits for it."""


class Shown(Served):
    """A workshop behind AWS's API: CodePipeline, CodeBuild, CodeDeploy and S3 tell of what it really does.

    ``url`` is the endpoint, ``client("codebuild")`` a boto3 client for it. ``stop()`` takes it away; as a context
    manager it does so at the end. The workshop itself goes on, and is closed by whoever has made it.
    """

    def __init__(self, workshop: Workshop, local: Local, region: str, account: str) -> None:
        buckets = buckets_of(workshop.run.pipeline)
        store = BucketStore(buckets, workshop.folder / "bucket", region=region, account=account)
        workshop.tick()
        for bucket in buckets:  # a worker puts its artifacts there, and it may be the first to put one
            store.world.make_bucket(bucket)
        with server().service.lock:
            here = server().region(account, region)
            register(here, workshop.run.pipeline)
            known = here.hosted.get(workshop.run.pipeline.name)
            if known is None or known.run is not workshop.run:
                here.jobs.forget(workshop.run.id)  # of another run of that name, which nobody shows any more
        server().keys.demand(self, server().url)  # before a page or an untrusted program can reach it
        serve(workshop.run, region=region, account=account)
        super().__init__(server(), workshop.run, region, account)
        self.workshop, self.local = workshop, local
        if not isinstance(workshop.store, BucketStore):
            self._move(store)
        hosted = self._server.region(account, region).hosted[self.name]
        builds = self._builds = Builds(local.builds, self.name, region, account)
        deployments = self._deployments = Deployments(
            local.deploys, self.run, hosted.birth, buckets[0], region, account
        )
        self._configured()
        self._jobs(here)
        self._before = local.builds.changed, local.deploys.changed
        local.builds.changed = _both(self._before[0], builds.show)
        local.deploys.changed = _both(self._before[1], deployments.show)
        for build in list(local.builds.builds.values()):
            builds.show(build)
        for deployment in list(local.deploys.deployments.values()):
            deployments.show(deployment)
        self._stopping = threading.Event()
        self._beating = threading.Thread(target=self._beat, name=f"cp_teach {self.name}", daemon=True)
        self._beating.start()

    @property
    def here(self) -> Region:
        """The service of the account in the region."""
        return self._server.region(self.account, self.region_name)

    @property
    def stopped(self) -> bool:
        """True once it has been taken away."""
        return self._stopping.is_set()

    def client_token(self, provider: str, category: str = "Test", version: str = "1") -> str:
        """What a partner's worker has to show with every call; on AWS both get it when the account connects."""
        return client_of(self.here, (category, "ThirdParty", provider, version))[1]

    def stop(self) -> None:
        """Take the work away from the API; what has been told of builds and deployments stays there."""
        if self._stopping.is_set():
            return
        self._stopping.set()
        if self.workshop.worker.polls is self._polls:
            self.workshop.worker.polls = None
        self._beating.join(timeout=10)
        self.local.builds.changed, self.local.deploys.changed = self._before
        super().stop()
        self._server.keys.release(self)

    def _move(self, store: BucketStore) -> None:
        """Take that store, with what has been made so far."""
        workshop, old = self.workshop, self.workshop.store
        for row in workshop.run.history.actions:
            for artifact in row.outputs:
                key = artifact.key(self.run.id, self.name)
                with contextlib.suppress(BadArtifact):  # nobody has made it
                    store.put(key, old.get(key))
        workshop.store = store

    def _jobs(self, region: Region) -> None:
        """Leave the actions of which AWS makes a job to whoever polls, unless somebody has said already who does
        which. What has begun in the workshop goes on there."""
        worker, history = self.workshop.worker, self.run.history
        running = [(row, action_of(history.executions, row)) for row in list(history.running.values())]
        own = [row.position for row, action in running if worker.performs(row, action) is not None]
        self._polls = JobsOf(region, self.run, begun=own)
        if worker.polls is not None:
            return
        with region.lock:
            for row, action in running:
                if self._polls.polled(row, action):
                    job = region.jobs.make(self.run.id, self.name, row, action, region.query_of(action))
                    region.save_job(job)
        worker.polls = self._polls

    def _configured(self) -> None:
        """The projects and groups that the pipeline's actions name are there before anything is built."""
        for stage in self.run.pipeline.stages:
            for action in stage.actions:
                says = action.settings
                if action.provider == "CodeBuild" and "ProjectName" in says:
                    self._builds.project(says["ProjectName"])
                elif action.provider == "CodeDeploy" and {"ApplicationName", "DeploymentGroupName"} <= {
                    *says
                }:
                    self._deployments.group(says["ApplicationName"], says["DeploymentGroupName"])

    def _beat(self) -> None:
        while not self._stopping.wait(BEAT):
            with contextlib.suppress(Refused):  # what cannot happen now must not stop the clock for ever
                self.workshop.tick()


def _both(first: Callable[[T], None], then: Callable[[T], None]) -> Callable[[T], None]:
    def tell(one: T) -> None:
        first(one)
        then(one)

    return tell


def show_work(workshop: Workshop, local: Local, *, region: str = REGION, account: str = ACCOUNT) -> Shown:
    """Put a workshop behind AWS's API: boto3 and the AWS CLI drive it, and look at what it builds and deploys.

    Its artifacts lie in the pipeline's artifact bucket from now on, under AWS's keys. Actions of custom and third-party
    types are not done here any more: their jobs wait for a worker that polls, ``cp_teach.aws.hire`` for one of ours.
    Work that is shown already is not shown a second time: the same thing is returned. Raises ``ValueError`` where
    another pipeline of that name is there, or this one names no bucket.
    """
    known = _shown[workshop]() if workshop in _shown else None
    if known is not None and not known.stopped and (known.region_name, known.account) == (region, account):
        return known
    made = Shown(workshop, local, region, account)
    _shown[workshop] = weakref.ref(made)
    return made


_shown: weakref.WeakKeyDictionary[Workshop, weakref.ref[Shown]] = weakref.WeakKeyDictionary()
