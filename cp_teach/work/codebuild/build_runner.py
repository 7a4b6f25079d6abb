"""The run of a build: from phase to phase, as CodeBuild goes through them."""

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

from cp_teach.work.artifacts.zip_artifacts import BadArtifact, pack_as, unpack
from cp_teach.work.codebuild.artifact_files import NoMatch, collect
from cp_teach.work.codebuild.build import FAILED, STOPPED, SUCCEEDED, TIMED_OUT, Build, Context
from cp_teach.work.codebuild.build_request import Order
from cp_teach.work.codebuild.buildspec import BadBuildspec, Buildspec, Files, OnFailure, Phase, parse
from cp_teach.work.codebuild.shell_session import SAY, BuildShell
from cp_teach.work.sandbox.run_command import Ended, Limits, Running

LONGEST = 500_000
"""How many bytes a buildspec may have."""
RECALLED = 1000
"""How many lines of a phase's output RETRY's regular expression is looked for in."""
FIND = "import re, sys; sys.exit(not re.search(sys.argv[1], open(sys.argv[2], encoding='utf-8').read()))"
ENDINGS = {"time": TIMED_OUT, "stopped": STOPPED}
WHY = {
    "time": "the build ran out of time after {limits.seconds:g} seconds",
    "stopped": "the build was stopped",
    "output": "the build wrote more than {limits.output} bytes of output",
    "disk": "the build's folder grew to more than {limits.disk} bytes",
    "memory": "the build used more than {limits.memory} bytes of memory",
    "processes": "the build had more than {limits.processes} processes and threads",
}


class _Failed(Exception):
    def __init__(self, code: str, message: str, status: str = FAILED) -> None:
        super().__init__(message)
        self.context = Context(code, message)
        self.status = status


class Building:
    """Carries out one build in ``folder``. ``made`` has the artifacts afterwards: name -> zip."""

    def __init__(
        self,
        build: Build,
        order: Order,
        *,
        folder: Path,
        limits: Limits,
        log: Callable[[str], None],
        stop: Event,
        network: bool = False,
    ) -> None:
        self.build, self.order, self.folder, self.limits = build, order, folder.resolve(), limits
        self.source, self.state = self.folder / "src", self.folder / "state"
        self.made: dict[str, Path] = {}
        self.env = dict(order.own)
        self.stop, self.network = stop, network
        self.spec = Buildspec("0.2", {})
        self._said: deque[str] = deque(maxlen=RECALLED)
        self._tell = log
        self._began = time.monotonic()
        self._output = 0
        self._shell: BuildShell | None = None

    def run(self) -> None:
        """Go through the phases. A failed INSTALL or PRE_BUILD ends it; after a failed BUILD, POST_BUILD and
        UPLOAD_ARTIFACTS still come (CodeBuild user guide, build phase transitions)."""
        before = all(self._phase(name, lambda: None) for name in ("SUBMITTED", "QUEUED", "PROVISIONING"))
        if before and self._phase("DOWNLOAD_SOURCE", self._download) and self._commands():
            self._phase("UPLOAD_ARTIFACTS", self._upload)
        if not self._over:
            self._phase("FINALIZING", lambda: None)
        self.build.end(self.build.begin("COMPLETED"), SUCCEEDED)
        self.build.over(self.build.reason.status if self.build.reason else SUCCEEDED)

    def _commands(self) -> bool:
        """Run the phases that have commands; whether the artifacts come next."""
        begin = partial(self._running, more={}, talk=True)
        self._shell = BuildShell(self.spec.shell, self.spec.exported, self.state, self._heard, begin)
        try:
            return self._phases()
        finally:  # what the commands have left running must not touch the artifacts
            self._shell.end()

    def _phases(self) -> bool:
        for name in ("install", "pre_build", "build", "post_build"):
            phase = self.spec.phases.get(name, Phase(()))
            if self._phase(name.upper(), partial(self._tries, name.upper(), phase)):
                continue
            then = phase.on_failure.then if phase.on_failure else ""
            if self._over or then == "ABORT" or (then != "CONTINUE" and name in ("install", "pre_build")):
                return False
        return True

    @property
    def _over(self) -> bool:
        """Whether nothing more may run: the time is up, someone has stopped it, or it has used too much."""
        spent = any(context.code == "LIMIT" for phase in self.build.phases for context in phase.contexts)
        return spent or any(phase.status in (TIMED_OUT, STOPPED) for phase in self.build.phases)

    def _phase(self, name: str, work: Callable[[], None]) -> bool:
        phase = self.build.begin(name)
        self.log(f"{SAY} Entering phase {name}")
        try:
            if self.stop.is_set():
                raise _Failed("STOPPED", WHY["stopped"] + ".", STOPPED)
            work()
        except _Failed as no:
            self.build.end(phase, no.status, no.context)
        else:
            self.build.end(phase, SUCCEEDED)
        self.log(f"{SAY} Phase complete: {name} State: {phase.status}")
        for code, message in phase.contexts:
            self.log(f"{SAY} Phase context status code: {code} Message: {message}")
        return phase.status == SUCCEEDED

    def log(self, line: str) -> None:
        """Tell a line of the build's log."""
        self._said.append(line)
        self._tell(line)

    # -- the source ----------------------------------------------------------------------------------------
    def _download(self) -> None:
        self.state.mkdir(parents=True)
        places = {name: self.folder / f"src-{name}" for name in self.order.inputs}
        places[self.order.primary] = self.source
        for name, place in places.items():
            try:
                unpack(self.order.inputs[name], place, self.limits)
            except BadArtifact as no:
                raise _Failed("CLIENT_ERROR", f"the input artifact {name} cannot be used. {no}") from no
            variable = "CODEBUILD_SRC_DIR" if name == self.order.primary else f"CODEBUILD_SRC_DIR_{name}"
            self.env[variable] = str(place)
        try:
            self.spec = parse(self._buildspec())
        except BadBuildspec as no:
            raise _Failed("YAML_FILE_ERROR", str(no)) from no
        for note in self.spec.notes:
            self.log(f"{SAY} {note}")
        missing = [
            f"{name} ({place})" for name, place in self.spec.secrets.items() if name not in self.order.given
        ]
        if missing:
            raise _Failed(
                "CLIENT_ERROR",
                f"the buildspec asks AWS for {', '.join(missing)}, and no AWS is asked here; "
                "give a value that is no secret as a variable of the project.",
            )
        # The start of the build goes before the project, and the project before the buildspec.
        own = {name: value for name, value in self.env.items() if name.startswith("CODEBUILD_")}
        self.env = {**self.env, **self.spec.variables, **self.order.given, **own}
        self.build.exported = {name: self.env[name] for name in self.spec.exported if name in self.env}

    def _buildspec(self) -> str:
        name = self.order.buildspec
        if "\n" in name:
            return name
        path = (self.source / name).resolve()
        if not path.is_relative_to(self.source) or not path.is_file():
            raise _Failed(
                "YAML_FILE_ERROR",
                f"YAML file does not exist: put {name} at the top of the source artifact {self.order.primary}, "
                "or name the project's buildspec.",
            )
        if path.stat().st_size > LONGEST:
            raise _Failed("YAML_FILE_ERROR", f"{name} is longer than {LONGEST} bytes; call scripts from it.")
        try:
            return path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            raise _Failed("YAML_FILE_ERROR", f"{name} is not text in UTF-8; save it so.") from None

    # -- the commands --------------------------------------------------------------------------------------
    def _tries(self, name: str, phase: Phase) -> None:
        then = phase.on_failure or OnFailure("")
        for left in range(then.times, -1, -1):
            self._said.clear()
            try:
                return self._once(phase)
            except _Failed as no:
                final = no.status != FAILED or no.context.code == "LIMIT"
                if not left or final or not self._fits(then.pattern, no.context.message):
                    raise
                self.log(f"{SAY} Retrying phase {name}: {no.context.message}")
        return None

    def _fits(self, pattern: str, message: str) -> bool:
        """Whether RETRY's pattern is found in the output or the error. A stranger's regular expression may take for
        ever, so it is looked for like a command: within the limits, and only until stopped."""
        file = self._written("\n".join([*self._said, message]))
        return self._run([sys.executable, "-I", "-c", FIND, pattern, str(file)], {}).ok

    def _written(self, text: str) -> Path:
        """A new file with that text, for the commands.

        Its name is drawn, it stands in the build's folder itself, which no command can replace, and it is made and
        opened in one step. What the commands have left running watches the folder: in the time between two steps it
        could put a link to a file of yours there."""
        path = self.folder / uuid.uuid4().hex
        made = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
        with os.fdopen(made, "w", encoding="utf-8") as file:
            file.write(text)
        return path

    def _once(self, phase: Phase) -> None:
        first: _Failed | None = None
        for commands in (phase.commands, phase.last):  # the second is run also when the first has failed
            try:
                self._block(commands)
            except _Failed as no:
                first = first or no
                if no.status != FAILED or no.context.code == "LIMIT":
                    break
        if first:
            raise first

    def _block(self, commands: Sequence[str]) -> None:
        if not commands:
            return
        succeeding = {"CODEBUILD_BUILD_SUCCEEDING": "0" if self.build.failing else "1"}
        if self.spec.version == "0.1":  # each command in a shell of its own
            for command in commands:
                self.log(f"{SAY} Running command {command}")
                self._judge(self._run([self.spec.shell, "-c", command], succeeding), command)
            return
        assert self._shell is not None
        ended, at, left = self._shell.run(commands, succeeding, self._written)
        self.build.exported.update(self._shell.exported())
        self._judge(ended, commands[at])
        if left:
            self.log(f"{SAY} The command has left the shell with exit; the commands after it are not run.")

    def _run(self, argv: Sequence[str], more: Mapping[str, str]) -> Ended:
        with self._running(argv, self._heard, more) as running:
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

    def _heard(self, line: str) -> None:
        self._output += len(line.encode()) + 1
        self.log(line)

    def _judge(self, ended: Ended, command: str) -> None:
        if ended.why:
            status = ENDINGS.get(ended.why, FAILED)
            code = "LIMIT" if status == FAILED else status
            raise _Failed(
                code, f"{WHY[ended.why].format(limits=self.limits)}, at the command: {command}", status
            )
        if ended.code:
            self.log(f"{SAY} Command did not exit successfully {command} exit status {ended.code}")
            raise _Failed(
                "COMMAND_EXECUTION_ERROR",
                f"Error while executing command: {command}. Reason: exit status {ended.code}",
            )

    # -- the artifacts -------------------------------------------------------------------------------------
    def _upload(self) -> None:
        for number, name in enumerate(self.order.outputs):
            files = self._files(name, number)
            try:
                found = collect(files, self.source, self.log)
                # A name that the commands could not know: at a known one they might have put a link.
                zipped = Path(tempfile.mkdtemp(dir=self.folder)) / "artifact.zip"
                pack_as(self.source, found, zipped)
            except (NoMatch, BadArtifact, RecursionError) as no:
                raise _Failed("CLIENT_ERROR", f"the artifact {name} cannot be made: {no}") from no
            self.log(f"{SAY} Artifact {name}: {len(found)} files")
            self.made[name] = zipped

    def _files(self, name: str, number: int) -> Files:
        if len(self.order.outputs) > 1 and name in self.spec.secondary:
            return self.spec.secondary[name]
        if number == 0 and self.spec.artifacts:
            return self.spec.artifacts
        where = "artifacts" if number == 0 else f"artifacts.secondary-artifacts.{name}"
        raise _Failed(
            "CLIENT_ERROR",
            f"the action has the output artifact {name}, and the buildspec does not say which files make it; "
            f"list them under {where}.",
        )
