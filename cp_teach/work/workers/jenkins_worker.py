"""A job worker, as the Jenkins plug-in for CodePipeline is one: it asks for jobs, works, and tells the result.

Source: user guide, actions-create-custom-action ("Create a job worker for your custom action").
"""

from __future__ import annotations

import contextlib
import re
import tempfile
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from cp_teach.security.input.whole_number import whole_number
from cp_teach.security.network.endpoints import REGION
from cp_teach.work.artifacts.job_artifacts import Clients, download, upload
from cp_teach.work.artifacts.zip_artifacts import BadArtifact, pack, unpack
from cp_teach.work.codebuild.artifact_files import walk
from cp_teach.work.sandbox.bubblewrap import clean_env
from cp_teach.work.sandbox.run_command import USUAL, Limits, allow, run

NAME = re.compile(r"[A-Za-z0-9_\-]{1,100}")
"""What an artifact's name looks like (model: ArtifactName). It becomes the name of a folder."""
EVERY = 0.5
"""Seconds between two questions for a job, where there was none. There is no long polling in this protocol."""


class Worked(NamedTuple):
    """A job that was done, well or badly."""

    job: str
    number: int
    """The number of the build. It is the external execution id."""
    failure: str
    """AWS's failure type; "" for a success."""
    message: str


class Project(NamedTuple):
    """What is done with a job: a command, and from which place in the workspace each output artifact is made."""

    command: tuple[str, ...]
    outputs: Mapping[str, str] = {}
    folder: Path | None = None
    """Where its builds have their folders; None for that of the worker."""
    log: Callable[[str], None] | None = None
    """Who is told each line of this job; None for that of the worker."""
    stop: threading.Event | None = None
    """Set when this job shall end early; None for that of the worker."""


Choose = Callable[[Mapping[str, Any]], Project | None]
"""Which project a job is for (model: JobData)."""


class Failed(Exception):
    """A job that cannot be done: (failure type, message)."""


def nothing(line: str) -> None:
    """Hear a line of output, and leave it."""


class Worker:
    """Works on the jobs of one custom action type, in folders under ``folder``.

    For each job the first input artifact is unpacked into ``<number>/workspace``, further ones into
    ``<number>/inputs/<name>``; ``command`` is run in the workspace, with BUILD_NUMBER, JOB_NAME and WORKSPACE in its
    environment and neither keys nor a network; then each output artifact is packed and uploaded. ``outputs`` says from
    which file or folder of the workspace; one that it does not name takes all of it. In place of a command there may be
    a function from the job's data to a ``Project``, or to None: then the job is left to others. ``yes=True`` allows
    that commands run here. ``endpoint`` must be on this machine, or else ``ValueError`` is raised.
    """

    def __init__(
        self,
        endpoint: str,
        category: str,
        provider: str,
        version: str,
        command: Sequence[str] | Choose,
        *,
        folder: Path,
        yes: bool = False,
        outputs: Mapping[str, str] | None = None,
        query: Mapping[str, str] | None = None,
        region: str = REGION,
        limits: Limits = USUAL,
        log: Callable[[str], None] = nothing,
    ) -> None:
        self.folder = folder
        self._clients = Clients(endpoint, region)
        self.type = {"category": category, "owner": "Custom", "provider": provider, "version": version}
        self.yes, self.limits, self.log = yes, limits, log
        self.query = dict(query or {})
        self._project = None if callable(command) else Project(tuple(command), dict(outputs or {}))
        self._choose = command if callable(command) else lambda data: self._project
        self._codepipeline = self._clients.client("codepipeline")

    def run(self, stop: threading.Event) -> None:
        """Work on one job after the other until ``stop`` is set. A server that is away is waited for.

        Raises ``NotAllowed`` without ``yes``, and boto3's ``ClientError`` for an action type that there is not.
        """
        from botocore.exceptions import ConnectionError as NoConnection
        from botocore.exceptions import HTTPClientError

        away = False
        while not stop.is_set():
            try:
                worked, away = self.once(stop), False
            except (NoConnection, HTTPClientError) as no:
                if not away:
                    self.log(f"The server does not answer; it is asked again and again: {no}")
                worked, away = None, True
            if worked is None:
                stop.wait(EVERY)

    def once(self, stop: threading.Event | None = None) -> Worked | None:
        """Ask for one job and do it; None if there is none, or another worker was quicker.

        ``stop`` ends the command early; the job is then told to have failed. Raises as ``run`` does.
        """
        allow(self.yes, f"the {self.type['provider']} worker's")
        jobs = self._codepipeline.poll_for_jobs(actionTypeId=self.type, maxBatchSize=1, queryParam=self.query)
        for job in jobs["jobs"]:
            project = self._choose(job["data"])
            if project is not None and self._mine(job):
                return self._work(job, project, stop or threading.Event())
        return None

    def _mine(self, job: Mapping[str, Any]) -> bool:
        errors = self._codepipeline.exceptions
        try:
            told = self._codepipeline.acknowledge_job(jobId=job["id"], nonce=job["nonce"])
        except (errors.InvalidNonceException, errors.JobNotFoundException):
            return False
        return bool(told["status"] == "InProgress")

    def _work(self, job: Mapping[str, Any], project: Project, stop: threading.Event) -> Worked:
        log = project.log or self.log
        try:
            number, place = self._place(project.folder or self.folder)
        except OSError as no:
            worked = Worked(job["id"], 0, "JobFailed", f"There is no place to build in: {no}")
            self._tell(worked, log)
            return worked
        try:
            message = self._build(job["data"], project, number, place, project.stop or stop)
            worked = Worked(job["id"], number, "", message)
        except Failed as no:
            worked = Worked(job["id"], number, *no.args)
        except OSError as no:
            worked = Worked(job["id"], number, "JobFailed", f"Build #{number} could not be done: {no}")
        log(f"#{number} {worked.failure or 'Succeeded'}: {worked.message}")
        self._tell(worked, log)
        return worked

    def _tell(self, worked: Worked, log: Callable[[str], None]) -> None:
        errors = self._codepipeline.exceptions
        try:
            if worked.failure:
                self._codepipeline.put_job_failure_result(
                    jobId=worked.job,
                    failureDetails={
                        "type": worked.failure,
                        "message": worked.message,
                        "externalExecutionId": str(worked.number),
                    },
                )
            else:
                self._codepipeline.put_job_success_result(
                    jobId=worked.job,
                    executionDetails={
                        "summary": worked.message,
                        "externalExecutionId": str(worked.number),
                        "percentComplete": 100,
                    },
                )
        except (errors.InvalidJobStateException, errors.JobNotFoundException) as no:
            log(f"#{worked.number}: nobody waits for this result any more: {no}")

    def _build(
        self, data: Mapping[str, Any], project: Project, number: int, place: Path, stop: threading.Event
    ) -> str:
        context = data.get("pipelineContext", {})
        workspace = place / "workspace"
        workspace.mkdir()
        store = self._clients.client("s3", data["artifactCredentials"])
        for position, artifact in enumerate(data.get("inputArtifacts", ())):
            name = _name(artifact)
            goal = workspace if position == 0 else place / "inputs" / name
            self._fetch(store, artifact, place / f"{name}.in.zip", goal)
        ended = run(
            project.command,
            folder=place,
            env={
                **clean_env(place),
                "BUILD_NUMBER": str(number),
                "JOB_NAME": str(context.get("action", {}).get("name", "")),
                "WORKSPACE": str(workspace),
            },
            cwd=workspace,
            limits=self.limits,
            log=project.log or self.log,
            stop=stop,
        )
        if ended.why:
            raise Failed("JobFailed", f"Build #{number} was ended early ({ended.why}).")
        if not ended.ok:
            raise Failed(
                "JobFailed", f"Build #{number} ended with exit code {ended.code}; see its last lines."
            )
        # The command can write beside its workspace, and put a link to your files in the place of either.
        if workspace.is_symlink() or not workspace.is_dir():
            raise Failed("JobFailed", "The workspace is not where it was: the command has replaced it.")
        with tempfile.TemporaryDirectory(prefix="cp-teach-upload-") as outside:
            for artifact in data.get("outputArtifacts", ()):
                to = Path(outside) / f"{_name(artifact)}.zip"
                self._send(store, artifact, project.outputs, workspace, to)
        return f"Build #{number} succeeded"

    def _fetch(self, store: Any, artifact: Mapping[str, Any], to: Path, goal: Path) -> None:
        from botocore.exceptions import ClientError

        name = _name(artifact)
        try:
            download(store, artifact, to)
            unpack(to, goal, self.limits)
        except (ClientError, BadArtifact) as no:
            raise Failed("ConfigurationError", f"The input artifact {name} cannot be used: {no}") from no

    def _send(
        self, store: Any, artifact: Mapping[str, Any], outputs: Mapping[str, str], workspace: Path, to: Path
    ) -> None:
        from botocore.exceptions import ClientError

        name = _name(artifact)
        place = workspace / outputs.get(name, ".")
        # The command may have put a link there, to have us upload what it was kept from.
        if not place.resolve().is_relative_to(workspace.resolve()):
            raise Failed(
                "JobFailed", f"{outputs[name]}, from which {name} is made, leads out of the workspace."
            )
        try:
            base, files = place, walk(place)
        except RecursionError:
            raise Failed("JobFailed", "The folders of the workspace are nested too deeply.") from None
        if place.is_file():
            base, files = place.parent, [place.name]
        if not files:
            raise Failed("JobFailed", f"The build has left no file in {outputs.get(name, 'the workspace')}.")
        try:
            pack(base, files, to)
            upload(store, artifact, to)
        except (ClientError, BadArtifact) as no:
            raise Failed("JobFailed", f"The output artifact {name} cannot be uploaded: {no}") from no

    def _place(self, folder: Path) -> tuple[int, Path]:
        """The next free number, and its folder."""
        folder.mkdir(parents=True, exist_ok=True)
        number = 1 + max((whole_number(p.name) or 0 for p in folder.iterdir()), default=0)
        while True:
            with contextlib.suppress(FileExistsError):  # another worker has taken it
                (folder / str(number)).mkdir()
                return number, folder / str(number)
            number += 1


def _name(artifact: Mapping[str, Any]) -> str:
    name = str(artifact["name"])
    if not NAME.fullmatch(name):
        raise Failed("ConfigurationError", f"{name!r} is no name of an artifact.")
    return name
