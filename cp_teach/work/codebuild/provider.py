"""The CodeBuild provider: it runs the commands of a buildspec on this machine."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Mapping

from cp_teach.engine.history.progress_notes import BUILD
from cp_teach.work.codebuild.build import FAULT, SUCCEEDED, Build, Context
from cp_teach.work.codebuild.build_environment import build_environment
from cp_teach.work.codebuild.build_request import BuildRequest, InvalidConfiguration, Project, build_request
from cp_teach.work.codebuild.build_runner import BuildRunner
from cp_teach.work.sandbox.run_command import USUAL, Limits, clean_env, require_consent
from cp_teach.work.task import Done, Task

KEPT_BUILDS = 200
"""The number of builds that are kept."""


class CodeBuild:
    """Builds and tests with the buildspec of the source or of the project.

    - ``projects``: settings by the action's ProjectName; a project that is not listed has defaults;
    - ``yes``: must be True, because commands run on this machine; otherwise ``NotAllowed`` is raised.
      ``cp_teach.work.sandbox.run_command.jail`` describes how they are confined;
    - ``limits``: for a whole build;
    - ``network``: whether the commands can use this machine's network;
    - ``on_change``: called from any thread when a phase of a build begins or ends.
    """

    def __init__(
        self,
        projects: Mapping[str, Project] | None = None,
        *,
        yes: bool = False,
        limits: Limits = USUAL,
        network: bool = False,
        on_change: Callable[[Build], None] = lambda build: None,
    ) -> None:
        require_consent(yes, "a buildspec's")
        self.projects = dict(projects or {})
        self.limits, self.network = limits, network
        self.on_change = on_change
        self.builds: dict[str, Build] = {}
        """Build ID -> build, including running builds, newest last."""
        self._numbers: Counter[str] = Counter()
        self._lock = threading.Lock()

    def __call__(self, task: Task) -> Done:
        """Run one build; see ``Perform``."""
        name = task.configuration.get("ProjectName", "")
        try:
            request = build_request(task, self.projects.get(name, Project()))
        except InvalidConfiguration as error:
            return Done("ConfigurationError", str(error))
        return self.build(task, request, name)

    def build(self, task: Task, request: BuildRequest, project: str) -> Done:
        """Run the build of a request, as a build of this project."""
        build = self._number(project, task)
        if task.configuration.get("BatchEnabled", "").lower() == "true":
            task.log("[Container] BatchEnabled: batch builds do not run here; this is one build.")
        runner = BuildRunner(
            build,
            request,
            folder=task.folder,
            environment=clean_env(task.folder) | build_environment(task, build, request.primary),
            limits=self.limits,
            log=task.log,
            stop=task.stop,
            network=self.network,
        )
        try:
            runner.run()
        except OSError as error:  # a problem of the machine: a full disk, or a missing shell
            for phase in build.phases[-1:]:
                build.end(phase, FAULT, Context("INTERNAL_ERROR", f"{error}."))
            build.finish(FAULT)
        return self._done(build, runner)

    def _done(self, build: Build, runner: BuildRunner) -> Done:
        variables = {**build.exported, "CODEBUILD_BUILD_ID": build.id}
        if build.status == SUCCEEDED:
            return Done("", "", runner.artifacts, variables, build.id)
        failure = "SystemUnavailable" if build.status == FAULT else "JobFailed"
        return Done(failure, build.message, {}, variables, build.id)

    def _number(self, project: str, task: Task) -> Build:
        with self._lock:
            self._numbers[project] += 1
            build = Build(project, self._numbers[project], on_change=lambda build: self._notify(build, task))
            self.builds[build.id] = build
            while len(self.builds) > KEPT_BUILDS:
                del self.builds[next(iter(self.builds))]
            return build

    def _notify(self, build: Build, task: Task) -> None:
        phases = [
            {"name": phase.name, "status": phase.status, "seconds": round(phase.seconds, 1)}
            for phase in build.phases
        ]
        task.report_progress(BUILD, {"id": build.id, "status": build.status, "phases": phases})
        try:
            self.on_change(build)
        except Exception as error:  # a failing listener must not break the build
            task.log(f"[Container] A listener failed: {type(error).__name__}: {error}")
