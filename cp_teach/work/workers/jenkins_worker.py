"""A job worker like the Jenkins plug-in for CodePipeline: it polls for jobs, carries them out, and reports the
results.

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
from cp_teach.work.artifacts.zip_artifacts import InvalidArtifact, list_files, pack, unpack
from cp_teach.work.sandbox.bubblewrap import clean_env
from cp_teach.work.sandbox.run_command import USUAL, Limits, require_consent, run

NAME = re.compile(r"[A-Za-z0-9_\-]{1,100}")
"""The format of an artifact's name (service model: ArtifactName), which becomes the name of a folder."""
POLL_SECONDS = 0.5
"""Seconds between two polls if there is no job. The protocol has no long polling."""


class CompletedJob(NamedTuple):
    """A completed job."""

    job: str
    number: int
    """The build number, which is the external execution ID."""
    failure: str
    """The failure type of AWS; "" for success."""
    message: str


class JenkinsProject(NamedTuple):
    """How to carry out a job: a command, and the path in the workspace of each output artifact."""

    command: tuple[str, ...]
    outputs: Mapping[str, str] = {}
    folder: Path | None = None
    """The folder of its builds; None for the worker's folder."""
    log: Callable[[str], None] | None = None
    """Called with each line of this job's output; None for the worker's ``log``."""
    stop: threading.Event | None = None
    """Set to end this job early; None for the worker's event."""


Choose = Callable[[Mapping[str, Any]], JenkinsProject | None]
"""Returns the project of a job (service model: JobData), or None to leave the job to other workers."""


class Failed(Exception):
    """A job that cannot be carried out: (failure type, message)."""


def ignore_line(line: str) -> None:
    """Ignore a line of output."""


class JenkinsWorker:
    """Carries out the jobs of one custom action type, in folders below ``folder``.

    For each job, the first input artifact is unpacked into ``<number>/workspace``, and further ones into
    ``<number>/inputs/<name>``. ``command`` runs in the workspace, with BUILD_NUMBER, JOB_NAME, and WORKSPACE in its
    environment, without keys or a network. Then each output artifact is packed and uploaded. ``outputs`` maps an
    artifact to a file or folder of the workspace; the default is the whole workspace. Instead of a command, a function
    can choose the ``JenkinsProject`` of a job. ``yes=True`` allows the commands to run on this machine.
    Raises ``ValueError`` unless ``endpoint`` is on this machine.
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
        log: Callable[[str], None] = ignore_line,
    ) -> None:
        self.folder = folder
        self._clients = Clients(endpoint, region)
        self.type = {"category": category, "owner": "Custom", "provider": provider, "version": version}
        self.yes, self.limits, self.log = yes, limits, log
        self.query = dict(query or {})
        self._project = None if callable(command) else JenkinsProject(tuple(command), dict(outputs or {}))
        self._choose = command if callable(command) else lambda data: self._project
        self._codepipeline = self._clients.client("codepipeline")

    def run(self, stop: threading.Event) -> None:
        """Carry out jobs until ``stop`` is set. If the server does not answer, the worker keeps trying.

        Raises ``NotAllowed`` without ``yes``, and boto3's ``ClientError`` for an unknown action type.
        """
        from botocore.exceptions import ConnectionError as NoConnection
        from botocore.exceptions import HTTPClientError

        away = False
        while not stop.is_set():
            try:
                worked, away = self.once(stop), False
            except (NoConnection, HTTPClientError) as error:
                if not away:
                    self.log(f"The server does not answer; the worker keeps trying: {error}")
                worked, away = None, True
            if worked is None:
                stop.wait(POLL_SECONDS)

    def once(self, stop: threading.Event | None = None) -> CompletedJob | None:
        """Poll for a job and carry it out; None if there is none, or another worker was faster.

        ``stop`` ends the command early, and the job fails. Raises the same exceptions as ``run``.
        """
        require_consent(self.yes, f"the {self.type['provider']} worker's")
        jobs = self._codepipeline.poll_for_jobs(actionTypeId=self.type, maxBatchSize=1, queryParam=self.query)
        for job in jobs["jobs"]:
            project = self._choose(job["data"])
            if project is not None and self._acknowledge(job):
                return self._work(job, project, stop or threading.Event())
        return None

    def _acknowledge(self, job: Mapping[str, Any]) -> bool:
        errors = self._codepipeline.exceptions
        try:
            response = self._codepipeline.acknowledge_job(jobId=job["id"], nonce=job["nonce"])
        except (errors.InvalidNonceException, errors.JobNotFoundException):
            return False
        return bool(response["status"] == "InProgress")

    def _work(self, job: Mapping[str, Any], project: JenkinsProject, stop: threading.Event) -> CompletedJob:
        log = project.log or self.log
        number = 0
        try:
            number, build_folder = self._new_build_folder(project.folder or self.folder)
            message = self._build(job["data"], project, number, build_folder, project.stop or stop)
            worked = CompletedJob(job["id"], number, "", message)
        except Failed as error:
            worked = CompletedJob(job["id"], number, *error.args)
        except OSError as error:
            failed = f"Build #{number} failed on this machine"
            problem = failed if number else "The folder for the build cannot be created"
            worked = CompletedJob(job["id"], number, "JobFailed", f"{problem}: {error}")
        log(f"#{number} {worked.failure or 'Succeeded'}: {worked.message}")
        self._report(worked, log)
        return worked

    def _report(self, worked: CompletedJob, log: Callable[[str], None]) -> None:
        errors, number = self._codepipeline.exceptions, {"externalExecutionId": str(worked.number)}
        try:
            if worked.failure:
                failure = {"type": worked.failure, "message": worked.message, **number}
                self._codepipeline.put_job_failure_result(jobId=worked.job, failureDetails=failure)
            else:
                success = {"summary": worked.message, **number, "percentComplete": 100}
                self._codepipeline.put_job_success_result(jobId=worked.job, executionDetails=success)
        except (errors.InvalidJobStateException, errors.JobNotFoundException) as error:
            log(f"#{worked.number}: this result is no longer needed: {error}")

    def _build(
        self,
        data: Mapping[str, Any],
        project: JenkinsProject,
        number: int,
        build_folder: Path,
        stop: threading.Event,
    ) -> str:
        context = data.get("pipelineContext", {})
        workspace = build_folder / "workspace"
        workspace.mkdir()
        s3 = self._clients.client("s3", data["artifactCredentials"])
        for position, artifact in enumerate(data.get("inputArtifacts", ())):
            name = _name(artifact)
            target = workspace if position == 0 else build_folder / "inputs" / name
            self._download_input(s3, artifact, build_folder / f"{name}.in.zip", target)
        ended = run(
            project.command,
            folder=build_folder,
            env={
                **clean_env(build_folder),
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
        # The command can write beside its workspace, and could replace it with a link to your files.
        if workspace.is_symlink() or not workspace.is_dir():
            raise Failed("JobFailed", "The workspace is missing: the command has replaced it.")
        with tempfile.TemporaryDirectory(prefix="cp-teach-upload-") as outside:
            for artifact in data.get("outputArtifacts", ()):
                to = Path(outside) / f"{_name(artifact)}.zip"
                self._upload_output(s3, artifact, project.outputs, workspace, to)
        return f"Build #{number} succeeded"

    def _download_input(self, s3: Any, artifact: Mapping[str, Any], to: Path, target: Path) -> None:
        from botocore.exceptions import ClientError

        name = _name(artifact)
        try:
            download(s3, artifact, to)
            unpack(to, target, self.limits)
        except (ClientError, InvalidArtifact) as error:
            raise Failed(
                "ConfigurationError", f"The input artifact {name} cannot be used: {error}"
            ) from error

    def _upload_output(
        self, s3: Any, artifact: Mapping[str, Any], outputs: Mapping[str, str], workspace: Path, to: Path
    ) -> None:
        from botocore.exceptions import ClientError

        name = _name(artifact)
        path = workspace / outputs.get(name, ".")
        # The command may have put a link there to a file that it cannot read itself.
        if not path.resolve().is_relative_to(workspace.resolve()):
            raise Failed("JobFailed", f"{outputs[name]}, the path of {name}, leads out of the workspace.")
        try:
            base, files = path, list_files(path)
        except RecursionError:
            raise Failed("JobFailed", "The folders of the workspace are nested too deeply.") from None
        if path.is_file():
            base, files = path.parent, [path.name]
        if not files:
            raise Failed(
                "JobFailed",
                f"There is no file in {outputs.get(name, 'the workspace')} for the output artifact {name}.",
            )
        try:
            pack(base, files, to)
            upload(s3, artifact, to)
        except (ClientError, InvalidArtifact) as error:
            raise Failed("JobFailed", f"The output artifact {name} cannot be uploaded: {error}") from error

    def _new_build_folder(self, folder: Path) -> tuple[int, Path]:
        """The next free build number, and a new folder for it."""
        folder.mkdir(parents=True, exist_ok=True)
        number = 1 + max((whole_number(p.name) or 0 for p in folder.iterdir()), default=0)
        while True:
            with contextlib.suppress(FileExistsError):  # another worker uses this number
                (folder / str(number)).mkdir()
                return number, folder / str(number)
            number += 1


def _name(artifact: Mapping[str, Any]) -> str:
    name = str(artifact["name"])
    if not NAME.fullmatch(name):
        raise Failed("ConfigurationError", f"{name!r} is not a valid artifact name.")
    return name


Worker = JenkinsWorker  # the former name, for programs that import it from here
