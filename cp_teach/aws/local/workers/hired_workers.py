"""``hire(workshop, local)``: job workers for a workshop. They poll over HTTP, as Jenkins and the partners of AWS do."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from typing import Any

from cp_teach.aws.local.publish_work import Shown, show_work
from cp_teach.aws.local.job_polling import JobsOf
from cp_teach.aws.local.workers.worker_pool import crew
from cp_teach.engine.model.ids import action_id
from cp_teach.pipeline.model.pipeline import Action
from cp_teach.work.runtime.action_executor import Workshop
from cp_teach.work.runtime.local_resources import Local
from cp_teach.work.runtime.polled_actions import Nobody
from cp_teach.work.sandbox.run_command import allow
from cp_teach.work.workers.jenkins_worker import Project
from cp_teach.work.workers.worker_matching import Command, name_of, words, worked

Kind = tuple[str, str, str, str]
"""(category, owner, provider, version) of an action type."""


class Hired:
    """The workers of one workshop. ``shown`` is its work behind the API. ``stop()`` ends the workers: what they did not
    finish, and what would come to them, waits from then on."""

    def __init__(
        self, workshop: Workshop, shown: Shown, actions: Mapping[str, Action], projects: Mapping[str, Command]
    ) -> None:
        self.workshop, self.shown, self.actions = workshop, shown, dict(actions)
        self.projects = {name: words(command) for name, command in projects.items()}
        self.ended = threading.Event()
        self.kinds: set[Kind] = {
            (one.type.category, one.type.owner, one.type.provider, one.type.version)
            for one in self.actions.values()
        }

    def project(self, data: Mapping[str, Any]) -> Project | None:
        """What is done with this job of a custom type; None where it is none of ours."""
        action = self._action(data)
        if action is None or name_of(action) not in self.projects:
            return None
        return Project(
            self.projects[name_of(action)],
            folder=self.workshop.folder / "jenkins" / name_of(action),
            log=self.log(data),
            stop=self.ended,
        )

    def teller(self, data: Mapping[str, Any]) -> Callable[[str], None] | None:
        """Who is told the lines of this job of a partner; None where it is none of ours."""
        return self.log(data) if self._action(data) is not None else None

    def _action(self, data: Mapping[str, Any]) -> Action | None:
        context = data.get("pipelineContext", {})
        if self.ended.is_set() or context.get("pipelineName") != self.workshop.run.pipeline.name:
            return None
        return self.actions.get(f"{context['stage']['name']}/{context['action']['name']}")

    def log(self, data: Mapping[str, Any]) -> Callable[[str], None]:
        """Tells the workshop the lines of this job, as those of the run of an action that it is for."""
        run = self.workshop.run
        wanted = data["pipelineContext"]["action"].get("actionExecutionId")
        for row in list(run.history.running.values()):
            if action_id(run.id, row.execution, row.fork, row.position, row.stage, row.action) == wanted:
                return lambda line: self.workshop.log(row, line)
        return lambda line: None

    def stop(self) -> None:
        """End the workers, and take the work away from the API. A job that runs is ended."""
        self.shown.stop()  # first, so that a job that is ended early tells nobody
        self.ended.set()
        crew().leave(self)

    def __enter__(self) -> Hired:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def __repr__(self) -> str:
        return f"<Workers for {', '.join(self.actions)} at {self.shown.url}>"


def hire(
    workshop: Workshop,
    local: Local,
    projects: Mapping[str, Command] | None = None,
    *,
    yes: bool = False,
) -> Hired | None:
    """Let job workers do the tests of partners, and the actions of custom types (Jenkins) whose ``projects`` have a
    command; None where a pipeline has no such action. Call it before the first release.

    A project is known by its ProjectName, or by the name of its action. Its command runs in the jail of builds, with
    the files of the first input artifact; all files that it leaves are each output artifact. ``yes=True`` is needed for
    it. What nobody of ours does stays simulated. The workers end when the workshop is closed.

    Raises ``NotAllowed`` for projects without a yes, ``ValueError`` for one that no action names, or a pipeline without
    an artifact bucket.
    """
    given = dict(projects or {})
    actions = worked(workshop.run.pipeline, given)
    if given:
        allow(yes, "a Jenkins project's")
    if not actions:
        workshop.worker.polls = Nobody()
        return None
    crew().part(workshop.run.pipeline.name)
    shown = show_work(workshop, local)
    made = Hired(workshop, shown, actions, given)
    workshop.worker.polls = JobsOf(shown.here, workshop.run, actions, manned=lambda: not made.ended.is_set())
    local.worked |= {place for place, action in actions.items() if action.type.owner == "Custom"}
    crew().join(made)
    workshop.leaving.append(made.stop)
    return made
