"""The provider CodeBuild, for real: it runs a buildspec's commands on this machine."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping

from cp_teach.engine.history.progress_notes import BUILD
from cp_teach.work.codebuild.build import FAULT, SUCCEEDED, Build, Context
from cp_teach.work.codebuild.build_request import Misconfigured, Project, ordered
from cp_teach.work.codebuild.build_runner import Building
from cp_teach.work.runtime.task import Done, Task
from cp_teach.work.sandbox.run_command import USUAL, Limits, allow, clean_env

__all__ = ["CodeBuild", "Project"]

KEEP = 200
"""How many builds are remembered."""


class CodeBuild:
    """Builds and tests with the buildspec that the source brings, or the project has.

    ``projects`` are known by the action's ProjectName; every other name is a project with nothing of its own.
    Commands run on this machine, so ``yes=True`` is required; ``cp_teach.work.sandbox.run_command.jail`` says what
    confines them. ``limits`` are for a whole build; ``network`` lets its commands use this machine's network.
    ``changed`` is called whenever a phase of a build begins or ends, from whichever thread."""

    def __init__(
        self,
        projects: Mapping[str, Project] | None = None,
        *,
        yes: bool = False,
        limits: Limits = USUAL,
        region: str = "us-east-1",
        network: bool = False,
        changed: Callable[[Build], None] = lambda build: None,
    ) -> None:
        allow(yes, "a buildspec's")
        self.projects = dict(projects or {})
        self.limits, self.region, self.network = limits, region, network
        self.changed = changed
        self.builds: dict[str, Build] = {}
        """Build id -> build, the newest last; also of builds that run."""
        self._numbers: Counter[str] = Counter()
        self._lock = threading.Lock()

    def __call__(self, task: Task) -> Done:
        """Carry out one build."""
        name = task.configuration.get("ProjectName", "")
        try:
            order = ordered(task, self.projects.get(name, Project()))
        except Misconfigured as no:
            return Done("ConfigurationError", str(no))
        build = self._number(name, task)
        order = order._replace(own={**clean_env(task.folder), **self._own(task, build, order.primary)})
        if task.configuration.get("BatchEnabled", "").lower() == "true":
            task.log("[Container] BatchEnabled: batch builds are not run here; this is one build.")
        building = Building(
            build,
            order,
            folder=task.folder,
            limits=self.limits,
            log=task.log,
            stop=task.stop,
            network=self.network,
        )
        try:
            building.run()
        except OSError as no:  # the machine's fault: its disk is full, or it has no such shell
            for phase in build.phases[-1:]:
                build.end(phase, FAULT, Context("INTERNAL_ERROR", f"{no}."))
            build.over(FAULT)
        return self._done(build, building)

    def _done(self, build: Build, building: Building) -> Done:
        variables = {**build.exported, "CODEBUILD_BUILD_ID": build.id}
        if build.status == SUCCEEDED:
            return Done("", "", building.made, variables, build.id)
        failure = "SystemUnavailable" if build.status == FAULT else "JobFailed"
        return Done(failure, build.message, {}, variables, build.id)

    def _number(self, project: str, task: Task) -> Build:
        with self._lock:
            self._numbers[project] += 1
            build = Build(project, self._numbers[project], changed=lambda build: self._tell(build, task))
            self.builds[build.id] = build
            while len(self.builds) > KEEP:
                del self.builds[next(iter(self.builds))]
            return build

    def _tell(self, build: Build, task: Task) -> None:
        phases = [
            {"name": each.name, "status": each.status, "seconds": round(each.seconds, 1)}
            for each in build.phases
        ]
        task.tell(BUILD, {"id": build.id, "status": build.status, "phases": phases})
        try:
            self.changed(build)
        except Exception as error:  # whoever looks on must not break the build
            task.log(f"[Container] A listener failed: {type(error).__name__}: {error}")

    def _own(self, task: Task, build: Build, primary: str) -> dict[str, str]:
        # Which source action made the primary artifact is not told; with one source there is no doubt.
        revision = next(iter(task.revisions.values()), "")
        return {
            "AWS_REGION": self.region,
            "AWS_DEFAULT_REGION": self.region,
            "CODEBUILD_BUILD_ID": build.id,
            "CODEBUILD_BUILD_NUMBER": str(build.number),
            "CODEBUILD_INITIATOR": f"codepipeline/{task.pipeline}",
            "CODEBUILD_RESOLVED_SOURCE_VERSION": revision,
            "CODEBUILD_SOURCE_VERSION": revision,
            "CODEBUILD_START_TIME": str(int(time.time() * 1000)),
        }
