"""Copy a workshop's builds to moto's CodeBuild, where BatchGetBuilds and ListBuildsForProject return them."""

from __future__ import annotations

import copy
from datetime import UTC, datetime
from typing import Any

from cp_teach.aws.server.loopback_server import ACCOUNT
from cp_teach.work.codebuild.build import IN_PROGRESS, Build, BuildPhase
from cp_teach.work.codebuild.build_environment import IMAGE
from cp_teach.work.codebuild.build_request import Project
from cp_teach.work.codebuild.provider import CodeBuild

ENVIRONMENT = {
    "type": "LINUX_CONTAINER",
    "image": IMAGE,
    "computeType": "BUILD_GENERAL1_SMALL",
}
"""CodeBuild requires these values. The builds run on this machine."""


class ReadOnlyBuild(dict[str, Any]):
    """A build in the form of the API, which only ``update`` can change.

    When a client reads a build, moto changes it to a build that has succeeded. These assignments have no effect here.
    """

    def __setitem__(self, key: str, value: Any) -> None:
        """Ignore the assignment."""

    def __getitem__(self, key: str) -> Any:
        """A copy, because moto appends phases to the list that it reads."""
        return copy.deepcopy(super().__getitem__(key))


class CodeBuildMirror:
    """Keeps moto's CodeBuild of one Region up to date with the builds of a workshop."""

    def __init__(self, builds: CodeBuild, pipeline: str, region: str) -> None:
        self.builds, self.pipeline, self.region = builds, pipeline, region

    @property
    def _moto(self) -> Any:
        # Not stored, because a reset replaces it.
        from moto.codebuild.models import codebuild_backends

        return codebuild_backends[ACCOUNT][self.region]

    def create_project(self, name: str) -> None:
        """Create the project, unless it exists."""
        moto = self._moto
        if name in moto.codebuild_projects:
            return
        project = self.builds.projects.get(name, Project())
        variables = [
            {"name": key, "value": value, "type": "PLAINTEXT"} for key, value in project.variables.items()
        ]
        moto.create_project(
            project_name=name,
            description=f"Builds run on this machine, for the pipeline {self.pipeline}.",
            project_source={"type": "CODEPIPELINE", "buildspec": project.buildspec},
            artifacts={"type": "CODEPIPELINE"},
            environment={**ENVIRONMENT, "environmentVariables": variables},
            service_role="codebuild-service-role",
            tags=[],
            cache=None,
            timeout=max(1, round(self.builds.limits.seconds / 60)),
            queued_timeout=480,
            source_version=None,
            logs_config=None,
            vpc_config=None,
        )

    def update(self, build: Build) -> None:
        """Write the current state of a build."""
        self.create_project(build.project)
        moto = self._moto
        history = moto.build_metadata_history[build.project]
        existing = next((item for item in history if item.get("id") == build.id), None)
        if existing is not None:
            existing.update(self._describe(build))
            return
        history.append(ReadOnlyBuild(self._describe(build)))
        moto.build_history.setdefault(build.project, []).append(build.id)

    def _describe(self, build: Build) -> dict[str, Any]:
        over = build.status != IN_PROGRESS
        project = self._moto.codebuild_projects[build.project].project_metadata
        return {
            "id": build.id,
            "arn": f"arn:{self._moto.partition}:codebuild:{self.region}:{ACCOUNT}:build/{build.id}",
            "buildNumber": build.number,
            "projectName": build.project,
            "buildStatus": build.status,
            "buildComplete": over,
            "currentPhase": build.phases[-1].name if build.phases else "SUBMITTED",
            "phases": [_phase(phase) for phase in list(build.phases)],
            "startTime": _stamp(build.phases[0].start if build.phases else datetime.now(UTC).timestamp()),
            "endTime": _stamp(build.phases[-1].start) if over and build.phases else None,
            "exportedEnvironmentVariables": [
                {"name": name, "value": value} for name, value in dict(build.exported).items()
            ],
            "initiator": f"codepipeline/{self.pipeline}",
            "source": {"type": "CODEPIPELINE"},
            "artifacts": {"location": ""},
            "environment": project["environment"],
            "serviceRole": project["serviceRole"],
            "timeoutInMinutes": project["timeoutInMinutes"],
            "encryptionKey": project["encryptionKey"],
        }


def _phase(phase: BuildPhase) -> dict[str, Any]:
    """A phase in progress has no status and no end; COMPLETED never has (as recorded from CodeBuild)."""
    description: dict[str, Any] = {"phaseType": phase.name, "startTime": _stamp(phase.start)}
    if phase.status == IN_PROGRESS or phase.name == "COMPLETED":
        return description
    return {
        **description,
        "phaseStatus": phase.status,
        "endTime": _stamp(phase.start + phase.seconds),
        "durationInSeconds": round(phase.seconds),
        "contexts": [{"statusCode": code, "message": message} for code, message in phase.contexts],
    }


def _stamp(seconds: float) -> str:
    """A time in moto's format."""
    moment = datetime.fromtimestamp(seconds, UTC).replace(tzinfo=None)
    return f"{moment.isoformat(timespec='milliseconds')}Z"
