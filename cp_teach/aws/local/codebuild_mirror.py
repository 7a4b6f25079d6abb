"""The builds of a workshop in moto's CodeBuild, so that BatchGetBuilds and ListBuildsForProject tell of them."""

from __future__ import annotations

import copy
from datetime import UTC, datetime
from typing import Any

from cp_teach.work.codebuild.build import IN_PROGRESS, Build, BuildPhase
from cp_teach.work.codebuild.build_request import Project
from cp_teach.work.codebuild.provider import CodeBuild

ENVIRONMENT = {
    "type": "LINUX_CONTAINER",
    "image": "aws/codebuild/amazonlinux2-x86_64-standard:5.0",
    "computeType": "BUILD_GENERAL1_SMALL",
}
"""What a project has to name; here the builds run on this machine."""


class Told(dict[str, Any]):
    """A build as the API tells of it, that nobody changes who only looks.

    moto ends a build when it is asked for it, always as a success, by writing into what it keeps. What it writes here
    is lost, so that what is told is what has happened.
    """

    def __setitem__(self, key: str, value: Any) -> None:
        """Keep what is there. ``update`` is for who knows."""

    def __getitem__(self, key: str) -> Any:
        """A copy: moto adds phases to the list that it is given."""
        return copy.deepcopy(super().__getitem__(key))


class Builds:
    """Keeps moto's CodeBuild of one account and region in step with the builds of a workshop."""

    def __init__(self, builds: CodeBuild, pipeline: str, region: str, account: str) -> None:
        self.builds, self.pipeline, self.region, self.account = builds, pipeline, region, account

    @property
    def _moto(self) -> Any:
        # Looked up each time: after a reset there is another one.
        from moto.codebuild.models import codebuild_backends

        return codebuild_backends[self.account][self.region]

    def project(self, name: str) -> None:
        """Let there be a project of that name. One that somebody has made stays as it is."""
        moto = self._moto
        if name in moto.codebuild_projects:
            return
        known = self.builds.projects.get(name, Project())
        variables = [
            {"name": key, "value": value, "type": "PLAINTEXT"} for key, value in known.variables.items()
        ]
        moto.create_project(
            project_name=name,
            description=f"Its builds run on this machine, for the pipeline {self.pipeline}.",
            project_source={"type": "CODEPIPELINE", "buildspec": known.buildspec},
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

    def show(self, build: Build) -> None:
        """Tell of a build as it is now."""
        self.project(build.project)
        moto = self._moto
        history = moto.build_metadata_history[build.project]
        told = next((one for one in history if one.get("id") == build.id), None)
        if told is not None:
            told.update(self._told(build))
            return
        history.append(Told(self._told(build)))
        moto.build_history.setdefault(build.project, []).append(build.id)

    def _told(self, build: Build) -> dict[str, Any]:
        over = build.status != IN_PROGRESS
        role = self._moto.codebuild_projects[build.project].project_metadata
        return {
            "id": build.id,
            "arn": f"arn:{self._moto.partition}:codebuild:{self.region}:{self.account}:build/{build.id}",
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
            "environment": role["environment"],
            "serviceRole": role["serviceRole"],
            "timeoutInMinutes": role["timeoutInMinutes"],
            "encryptionKey": role["encryptionKey"],
        }


def _phase(phase: BuildPhase) -> dict[str, Any]:
    """A phase that goes on has no status and no end, and COMPLETED never has (as CodeBuild answers)."""
    told: dict[str, Any] = {"phaseType": phase.name, "startTime": _stamp(phase.start)}
    if phase.status == IN_PROGRESS or phase.name == "COMPLETED":
        return told
    return {
        **told,
        "phaseStatus": phase.status,
        "endTime": _stamp(phase.start + phase.seconds),
        "durationInSeconds": round(phase.seconds),
        "contexts": [{"statusCode": code, "message": message} for code, message in phase.contexts],
    }


def _stamp(seconds: float) -> str:
    """As moto keeps time."""
    moment = datetime.fromtimestamp(seconds, UTC)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"
