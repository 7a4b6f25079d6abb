"""``hire(workshop, local)``: job workers for a local pipeline. They poll over HTTP, as Jenkins and partners do.

A server has one or two workers for each action type, because an action type has one queue for all pipelines. A worker
runs a job with the settings of the pipeline that the job belongs to, and leaves other jobs to other workers.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from typing import Any

from cp_teach.aws.local.job_polling import PolledJobs
from cp_teach.aws.local.publish_work import PublishedWork, show_work
from cp_teach.aws.server.process_server import PROCESS
from cp_teach.engine.model.ids import action_id
from cp_teach.pipeline import Action, ActionType
from cp_teach.work.runtime.action_executor import ActionExecutor
from cp_teach.work.runtime.local_resources import LocalProviders
from cp_teach.work.runtime.provider_worker import NoJobWorkers
from cp_teach.work.sandbox.run_command import require_consent
from cp_teach.work.workers.jenkins_worker import JenkinsProject, JenkinsWorker
from cp_teach.work.workers.third_party_worker import ThirdPartyWorker
from cp_teach.work.workers.worker_matching import Command, command_arguments, match_workers, project_name

EXECUTORS = 2
"""Number of builds that a Jenkins runs at a time for one action type (a new Jenkins has two executors)."""
RETRY_SECONDS = 1.0
"""Seconds until a worker whose request was refused polls again."""


class PipelineWorkers:
    """The job workers of one pipeline; ``published_work`` is its work behind the API.

    ``stop()`` ends the workers. Jobs that they have not finished, and new jobs, then wait for other workers.
    """

    def __init__(
        self,
        workshop: ActionExecutor,
        shown: PublishedWork,
        actions: Mapping[str, Action],
        projects: Mapping[str, Command],
    ) -> None:
        self.workshop, self.published_work, self.actions = workshop, shown, dict(actions)
        self.url, self.pipeline_name = shown.url, workshop.run.pipeline.name
        self.folder = workshop.folder / "jenkins"
        self.projects = {name: command_arguments(command) for name, command in projects.items()}
        self.ended = threading.Event()
        self.action_types = {action.type for action in self.actions.values()}

    def project(self, data: Mapping[str, Any]) -> JenkinsProject | None:
        """The project of a job of a custom action type (model: JobData); None if it belongs to another pipeline."""
        action = self._action(data)
        name = "" if action is None else project_name(action)
        if name not in self.projects:
            return None
        return JenkinsProject(
            self.projects[name], folder=self.folder / name, log=self._log_of(data), stop=self.ended
        )

    def job_log(self, data: Mapping[str, Any]) -> Callable[[str], None] | None:
        """The log of a partner's job; None if it belongs to another pipeline."""
        return self._log_of(data) if self._action(data) is not None else None

    def _action(self, data: Mapping[str, Any]) -> Action | None:
        context = data.get("pipelineContext", {})
        if self.ended.is_set() or context.get("pipelineName") != self.pipeline_name:
            return None
        return self.actions.get(f"{context['stage']['name']}/{context['action']['name']}")

    def _log_of(self, data: Mapping[str, Any]) -> Callable[[str], None]:
        run = self.workshop.run
        identifier = data["pipelineContext"]["action"].get("actionExecutionId")
        for row in list(run.history.running.values()):
            if action_id(run.id, row.execution, row.fork, row.position, row.stage, row.action) == identifier:
                return lambda line: self.workshop.log(row, line)
        return lambda line: None

    def stop(self) -> None:
        """End the workers with their current jobs, and remove the pipeline from the API."""
        self.published_work.stop()  # first, so that an interrupted job reports no result
        self.ended.set()
        self.published_work.server.owned(WorkerPool).leave(self)

    def __enter__(self) -> PipelineWorkers:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def __repr__(self) -> str:
        return f"<Workers for {', '.join(self.actions)} at {self.published_work.url}>"


class WorkerPool:
    """The worker threads of a server by action type, and the members whose jobs they do."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._members: list[PipelineWorkers] = []
        self._threads: dict[ActionType, tuple[threading.Event, list[threading.Thread]]] = {}

    def stop_pipeline(self, name: str) -> None:
        """Stop the member with a pipeline of this name, because the API has one pipeline of a name at a time."""
        for member in self._current_members():
            if member.pipeline_name == name:
                member.stop()

    def join(self, member: PipelineWorkers) -> None:
        """Add a member, and start the workers for its action types."""
        with self._lock:
            self._members.append(member)
            for action_type in member.action_types - self._threads.keys():
                self._start(action_type, member)

    def leave(self, member: PipelineWorkers) -> None:
        """Remove a member, and end the workers that no other member needs."""
        with self._lock:
            if member not in self._members:
                return
            self._members.remove(member)
            needed: set[ActionType] = set().union(*(other.action_types for other in self._members))
            ended = [self._threads.pop(kind) for kind in list(self._threads) if kind not in needed]
        for stop, _ in ended:
            stop.set()
        for _, threads in ended:
            for thread in threads:
                if thread is not threading.current_thread():
                    thread.join(timeout=10)

    def close(self) -> None:
        """Stop every member, which ends all workers."""
        for member in self._current_members():
            member.stop()

    def _start(self, action_type: ActionType, member: PipelineWorkers) -> None:
        stop = threading.Event()
        threads = []
        for number in range(EXECUTORS if action_type.owner == "Custom" else 1):
            worker = self._make_worker(action_type, member)
            name = f"{action_type.provider} worker {number + 1}"
            thread = threading.Thread(target=_run, args=(worker, stop), name=name, daemon=True)
            threads.append(thread)
            thread.start()
        self._threads[action_type] = stop, threads

    def _make_worker(self, kind: ActionType, member: PipelineWorkers) -> JenkinsWorker | ThirdPartyWorker:
        url, provider, version = member.url, kind.provider, kind.version
        if kind.owner == "Custom":
            folder = member.folder
            return JenkinsWorker(
                url, kind.category, provider, version, self._project, folder=folder, yes=True
            )
        token = member.published_work.client_token(provider, kind.category, version)
        return ThirdPartyWorker(url, provider, token, version=version, choose=self._job_log)

    def _project(self, data: Mapping[str, Any]) -> JenkinsProject | None:
        return next(filter(None, (member.project(data) for member in self._current_members())), None)

    def _job_log(self, data: Mapping[str, Any]) -> Callable[[str], None] | None:
        return next(filter(None, (member.job_log(data) for member in self._current_members())), None)

    def _current_members(self) -> list[PipelineWorkers]:
        with self._lock:
            return list(self._members)


def _run(worker: JenkinsWorker | ThirdPartyWorker, stop: threading.Event) -> None:
    """Poll until stopped. A reset of the service deletes the action type for a time, and then polling is refused."""
    from botocore.exceptions import BotoCoreError, ClientError

    while not stop.is_set():
        try:
            worker.run(stop)
        except (BotoCoreError, ClientError):
            stop.wait(RETRY_SECONDS)


def hire(
    workshop: ActionExecutor,
    local: LocalProviders,
    projects: Mapping[str, Command] | None = None,
    *,
    yes: bool = False,
) -> PipelineWorkers | None:
    """Start job workers for the tests of partners, and for the actions of custom types (Jenkins) that ``projects`` have
    a command for. Returns None if the pipeline has no such action. Call this before the first release.

    The key of a project is its ProjectName, or the name of its action. Its command runs in the same sandbox as a build,
    with the files of the first input artifact; all files that it leaves become each output artifact. ``yes=True`` is
    required for commands. Other actions stay simulated. The workers end when the workshop is closed.

    Raises ``NotAllowed`` for projects without ``yes``, and ``ValueError`` for a project that no action names or a
    pipeline without an artifact bucket.
    """
    commands = dict(projects or {})
    actions = match_workers(workshop.run.pipeline, commands)
    if commands:
        require_consent(yes, "a Jenkins project's")
    if not actions:
        workshop.worker.job_workers = NoJobWorkers()
        return None
    pool = PROCESS.get().owned(WorkerPool)
    pool.stop_pipeline(workshop.run.pipeline.name)
    work = show_work(workshop, local)
    member = PipelineWorkers(workshop, work, actions, commands)
    workshop.worker.job_workers = PolledJobs(
        work.backend, workshop.run, actions, has_workers=lambda: not member.ended.is_set()
    )
    local.job_worker_actions |= {place for place, action in actions.items() if action.type.owner == "Custom"}
    pool.join(member)
    workshop.on_close.append(member.stop)
    return member
