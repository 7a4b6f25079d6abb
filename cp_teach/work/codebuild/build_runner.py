"""Run a build: carry out its phases in CodeBuild's order."""

from __future__ import annotations

import os
import sys
import tempfile
import time
import uuid
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from threading import Event

from cp_teach.work.artifacts.zip_artifacts import InvalidArtifact, pack_as, unpack
from cp_teach.work.codebuild.artifact_files import NoMatch, collect
from cp_teach.work.codebuild.build import FAILED, STOPPED, SUCCEEDED, TIMED_OUT, Build, Context
from cp_teach.work.codebuild.build_request import BuildRequest
from cp_teach.work.codebuild.buildspec import ArtifactFiles, BadBuildspec, Buildspec, OnFailure, Phase, parse
from cp_teach.work.codebuild.shell_session import PREFIX, BuildShell
from cp_teach.work.sandbox.run_command import Ended, Limits, Running

MAX_BUILDSPEC = 500_000
"""The maximum size of a buildspec in bytes."""
TAIL_LINES = 1000
"""The number of output lines of a phase in which RETRY's regular expression is searched."""
SEARCH_PROGRAM = (
    "import re, sys; sys.exit(not re.search(sys.argv[1], open(sys.argv[2], encoding='utf-8').read()))"
)
ENDINGS = {"time": TIMED_OUT, "stopped": STOPPED}
REASONS = {
    "time": "the build ran out of time after {limits.seconds:g} seconds",
    "stopped": "the build was stopped",
    "output": "the build wrote more than {limits.output} bytes of output",
    "disk": "the build's folder grew to more than {limits.disk} bytes",
    "memory": "the build used more than {limits.memory} bytes of memory",
    "processes": "the build had more than {limits.processes} processes and threads",
}


class _PhaseFailed(Exception):
    def __init__(self, code: str, message: str, status: str = FAILED) -> None:
        super().__init__(message)
        self.context = Context(code, message)
        self.status = status


class BuildRunner:
    """Carries out one build in ``folder``; ``environment`` holds the variables that CodeBuild sets.

    Afterwards, ``artifacts`` holds the zip file of each artifact by name.
    """

    def __init__(
        self,
        build: Build,
        request: BuildRequest,
        *,
        folder: Path,
        environment: Mapping[str, str],
        limits: Limits,
        log: Callable[[str], None],
        stop: Event,
        network: bool,
    ) -> None:
        self.build, self.request, self.folder, self.limits = build, request, folder.resolve(), limits
        self.source, self.state = self.folder / "src", self.folder / "state"
        self.artifacts: dict[str, Path] = {}
        self.env = dict(environment)
        self.stop, self.network = stop, network
        self.spec = Buildspec("0.2", {})
        self._output_tail: deque[str] = deque(maxlen=TAIL_LINES)
        self._write_log = log
        self._began = time.monotonic()
        self._output = 0
        self._shell: BuildShell | None = None

    def run(self) -> None:
        """Carry out all phases. If INSTALL or PRE_BUILD fails, the build ends; after a failed BUILD, POST_BUILD and
        UPLOAD_ARTIFACTS still run (CodeBuild user guide, build phase transitions)."""
        before = all(self._phase(name, lambda: None) for name in ("SUBMITTED", "QUEUED", "PROVISIONING"))
        if before and self._phase("DOWNLOAD_SOURCE", self._download) and self._commands():
            self._phase("UPLOAD_ARTIFACTS", self._upload_artifacts)
        if not self._finished:
            self._phase("FINALIZING", lambda: None)
        self.build.end(self.build.begin("COMPLETED"), SUCCEEDED)
        self.build.finish(self.build.reason.status if self.build.reason else SUCCEEDED)

    def _commands(self) -> bool:
        """Run the phases with commands; whether UPLOAD_ARTIFACTS comes next."""
        begin = partial(self._running, more={}, talk=True)
        self._shell = BuildShell(self.spec.shell, self.spec.exported, self.state, self._receive, begin)
        try:
            return self._phases()
        finally:  # background processes of the commands must not change the artifacts
            self._shell.end()

    def _phases(self) -> bool:
        for name in ("install", "pre_build", "build", "post_build"):
            phase = self.spec.phases.get(name, Phase(()))
            if self._phase(name.upper(), partial(self._run_with_retries, name.upper(), phase)):
                continue
            action = phase.on_failure.action if phase.on_failure else ""
            if (
                self._finished
                or action == "ABORT"
                or (action != "CONTINUE" and name in ("install", "pre_build"))
            ):
                return False
        return True

    @property
    def _finished(self) -> bool:
        """Whether nothing more may run, because of a timeout, a stop, or an exceeded limit."""
        spent = any(context.code == "LIMIT" for phase in self.build.phases for context in phase.contexts)
        return spent or any(phase.status in (TIMED_OUT, STOPPED) for phase in self.build.phases)

    def _phase(self, name: str, work: Callable[[], None]) -> bool:
        phase = self.build.begin(name)
        self.log(f"{PREFIX} Entering phase {name}")
        try:
            if self.stop.is_set():
                raise _PhaseFailed("STOPPED", REASONS["stopped"] + ".", STOPPED)
            work()
        except _PhaseFailed as error:
            self.build.end(phase, error.status, error.context)
        else:
            self.build.end(phase, SUCCEEDED)
        self.log(f"{PREFIX} Phase complete: {name} State: {phase.status}")
        for code, message in phase.contexts:
            self.log(f"{PREFIX} Phase context status code: {code} Message: {message}")
        return phase.status == SUCCEEDED

    def log(self, line: str) -> None:
        """Write a line to the build's log."""
        self._output_tail.append(line)
        self._write_log(line)

    # -- the source ----------------------------------------------------------------------------------------
    def _download(self) -> None:
        self.state.mkdir(parents=True)
        places = {name: self.folder / f"src-{name}" for name in self.request.inputs}
        places[self.request.primary] = self.source
        for name, place in places.items():
            try:
                unpack(self.request.inputs[name], place, self.limits)
            except InvalidArtifact as error:
                raise _PhaseFailed(
                    "CLIENT_ERROR", f"the input artifact {name} cannot be used. {error}"
                ) from error
            variable = "CODEBUILD_SRC_DIR" if name == self.request.primary else f"CODEBUILD_SRC_DIR_{name}"
            self.env[variable] = str(place)
        try:
            self.spec = self.request.spec or parse(self._buildspec())
        except BadBuildspec as error:
            raise _PhaseFailed("YAML_FILE_ERROR", str(error)) from error
        for note in self.spec.notes:
            self.log(f"{PREFIX} {note}")
        missing = [
            f"{name} ({place})"
            for name, place in self.spec.secrets.items()
            if name not in self.request.overrides
        ]
        if missing:
            raise _PhaseFailed(
                "CLIENT_ERROR",
                f"the buildspec gets {', '.join(missing)} from AWS, which a local build cannot reach; "
                "define a variable of the project with a value that is not secret.",
            )
        # Variables of the start override those of the project, which override those of the buildspec.
        own = {name: value for name, value in self.env.items() if name.startswith("CODEBUILD_")}
        self.env = {**self.env, **self.spec.variables, **self.request.overrides, **own}
        self.build.exported = {name: self.env[name] for name in self.spec.exported if name in self.env}

    def _buildspec(self) -> str:
        name = self.request.buildspec
        if "\n" in name:
            return name
        path = (self.source / name).resolve()
        if not path.is_relative_to(self.source) or not path.is_file():
            raise _PhaseFailed(
                "YAML_FILE_ERROR",
                f"YAML file does not exist: put {name} at the top of the source artifact {self.request.primary}, "
                "or name the project's buildspec.",
            )
        if path.stat().st_size > MAX_BUILDSPEC:
            raise _PhaseFailed(
                "YAML_FILE_ERROR", f"{name} is longer than {MAX_BUILDSPEC} bytes; call scripts from it."
            )
        try:
            return path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            raise _PhaseFailed("YAML_FILE_ERROR", f"{name} is not UTF-8 text; save it as UTF-8.") from None

    # -- the commands --------------------------------------------------------------------------------------
    def _run_with_retries(self, name: str, phase: Phase) -> None:
        on_failure = phase.on_failure or OnFailure("")
        for left in range(on_failure.retries, -1, -1):
            self._output_tail.clear()
            try:
                return self._run_phase(phase)
            except _PhaseFailed as error:
                final = error.status != FAILED or error.context.code == "LIMIT"
                if not left or final or not self._pattern_occurs(on_failure.pattern, error.context.message):
                    raise
                self.log(f"{PREFIX} Retrying phase {name}: {error.context.message}")
        return None

    def _pattern_occurs(self, pattern: str, message: str) -> bool:
        """Whether RETRY's pattern occurs in the output or the error. Searching for a user's regular expression can
        take for ever, so it runs like a command: within the limits, and until the build is stopped."""
        file = self._write_script("\n".join([*self._output_tail, message]))
        return self._run([sys.executable, "-I", "-c", SEARCH_PROGRAM, pattern, str(file)], {}).ok

    def _write_script(self, text: str) -> Path:
        """Write a text for the commands to a new file.

        Its name is random, it is in the build's own folder, which no command can replace, and it is created and opened
        in one step. Otherwise a process that the commands left running could put a link to one of your files in its
        place.
        """
        path = self.folder / uuid.uuid4().hex
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
        return path

    def _run_phase(self, phase: Phase) -> None:
        first: _PhaseFailed | None = None
        for commands in (phase.commands, phase.finally_commands):  # finally runs even after a failure
            try:
                self._run_commands(commands)
            except _PhaseFailed as error:
                first = first or error
                if error.status != FAILED or error.context.code == "LIMIT":
                    break
        if first:
            raise first

    def _run_commands(self, commands: Sequence[str]) -> None:
        if not commands:
            return
        succeeding = {"CODEBUILD_BUILD_SUCCEEDING": "0" if self.build.reason else "1"}
        if self.spec.version == "0.1":  # each command runs in a new shell
            for command in commands:
                self.log(f"{PREFIX} Running command {command}")
                self._check(self._run([self.spec.shell, "-c", command], succeeding), command)
            return
        assert self._shell is not None
        ended, at, left = self._shell.run(commands, succeeding, self._write_script)
        self.build.exported.update(self._shell.exported())
        self._check(ended, commands[at])
        if left:
            self.log(
                f"{PREFIX} The command has left the shell with exit, so the commands after it do not run."
            )

    def _run(self, argv: Sequence[str], more: Mapping[str, str]) -> Ended:
        with self._running(argv, self._receive, more) as running:
            return running.end(running.watch())

    def _running(
        self, argv: Sequence[str], log: Callable[[str], None], more: Mapping[str, str], talk: bool = False
    ) -> Running:
        left = self.limits._replace(
            seconds=max(0.0, self.limits.seconds - (time.monotonic() - self._began)),
            output=max(0, self.limits.output - self._output),
        )
        return Running(
            argv,
            folder=self.folder,
            cwd=self.source if self.source.is_dir() else self.folder,
            env={**self.env, **more},
            limits=left,
            log=log,
            stop=self.stop,
            network=self.network,
            talk=talk,
        )

    def _receive(self, line: str) -> None:
        self._output += len(line.encode()) + 1
        self.log(line)

    def _check(self, ended: Ended, command: str) -> None:
        if ended.why:
            status = ENDINGS.get(ended.why, FAILED)
            code = "LIMIT" if status == FAILED else status
            raise _PhaseFailed(
                code, f"{REASONS[ended.why].format(limits=self.limits)}, at the command: {command}", status
            )
        if ended.code:
            self.log(f"{PREFIX} Command did not exit successfully {command} exit status {ended.code}")
            raise _PhaseFailed(
                "COMMAND_EXECUTION_ERROR",
                f"Error while executing command: {command}. Reason: exit status {ended.code}",
            )

    # -- the artifacts -------------------------------------------------------------------------------------
    def _upload_artifacts(self) -> None:
        for number, name in enumerate(self.request.outputs):
            artifact = self._artifact_files(name, number)
            try:
                files = collect(artifact, self.source, self.log)
                # The name is random, because the commands could have put a link at a predictable one.
                zipped = Path(tempfile.mkdtemp(dir=self.folder)) / "artifact.zip"
                pack_as(self.source, files, zipped)
            except (NoMatch, InvalidArtifact, RecursionError) as error:
                raise _PhaseFailed(
                    "CLIENT_ERROR", f"the artifact {name} cannot be created: {error}"
                ) from error
            self.log(f"{PREFIX} Artifact {name}: {len(files)} files")
            self.artifacts[name] = zipped

    def _artifact_files(self, name: str, number: int) -> ArtifactFiles:
        if name in self.spec.secondary and (len(self.request.outputs) > 1 or self.request.spec is not None):
            return self.spec.secondary[name]
        if number == 0 and self.spec.artifacts:
            return self.spec.artifacts
        key = "artifacts" if number == 0 else f"artifacts.secondary-artifacts.{name}"
        raise _PhaseFailed(
            "CLIENT_ERROR",
            f"the action has the output artifact {name}, and the buildspec does not list its files; "
            f"list them under {key}.",
        )
