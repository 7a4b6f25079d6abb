"""``hire(workshop, local)``: job workers for a local pipeline. They poll over HTTP, as Jenkins and partners do."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from typing import Any

from cp_teach.aws.local.job_polling import PolledJobs
from cp_teach.aws.local.publish_work import PublishedWork, show_work
from cp_teach.aws.local.workers.worker_pool import ActionTypeId, WorkerPool
from cp_teach.aws.server.loopback_server import Server
from cp_teach.aws.server.process_server import PROCESS
from cp_teach.engine.model.ids import action_id
from cp_teach.pipeline import Action
from cp_teach.work.runtime.action_executor import ActionExecutor
from cp_teach.work.runtime.local_resources import LocalProviders
from cp_teach.work.runtime.provider_worker import NoJobWorkers
from cp_teach.work.sandbox.run_command import require_consent
from cp_teach.work.workers.jenkins_worker import JenkinsProject
from cp_teach.work.workers.worker_matching import Command, command_arguments, match_workers, project_name


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
        types = [action.type for action in self.actions.values()]
        self.action_types: set[ActionTypeId] = {
            (kind.category, kind.owner, kind.provider, kind.version) for kind in types
        }

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

    def client_token(self, action_type: ActionTypeId) -> str:
        """The secret that the account and a partner share."""
        category, _, provider, version = action_type
        return self.published_work.client_token(provider, category, version)

    def _action(self, data: Mapping[str, Any]) -> Action | None:
        context = data.get("pipelineContext", {})
        if self.ended.is_set() or context.get("pipelineName") != self.workshop.run.pipeline.name:
            return None
        return self.actions.get(f"{context['stage']['name']}/{context['action']['name']}")

    def _log_of(self, data: Mapping[str, Any]) -> Callable[[str], None]:
        """A function that adds a line to the output of the job's action execution."""
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


def hire(
    workshop: ActionExecutor,
    local: LocalProviders,
    projects: Mapping[str, Command] | None = None,
    *,
    yes: bool = False,
    server: Server | None = None,
) -> PipelineWorkers | None:
    """Start job workers for the tests of partners, and for the actions of custom types (Jenkins) that ``projects`` have
    a command for. Returns None if the pipeline has no such action. Call this before the first release.

    The key of a project is its ProjectName, or the name of its action. Its command runs in the same sandbox as a build,
    with the files of the first input artifact; all files that it leaves become each output artifact. ``yes=True`` is
    required for commands. Other actions stay simulated. The workers end when the workshop is closed. ``server`` is
    the one that the process shares, if none is given.

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
    server = server or PROCESS.get()
    server.owned(WorkerPool).stop_pipeline(workshop.run.pipeline.name)
    work = show_work(workshop, local, server=server)
    member = PipelineWorkers(workshop, work, actions, commands)
    workshop.worker.job_workers = PolledJobs(
        work.backend, workshop.run, actions, has_workers=lambda: not member.ended.is_set()
    )
    local.job_worker_actions |= {place for place, action in actions.items() if action.type.owner == "Custom"}
    server.owned(WorkerPool).join(member)
    workshop.on_close.append(member.stop)
    return member
