"""Builds of small sources with CodeBuild: the commands of each phase are given, and the log is kept."""

import json
import subprocess
import threading
import uuid
import zipfile
from pathlib import Path

from cp_teach.work.codebuild.provider import CodeBuild
from cp_teach.work.task import Done, Task

BEFORE = ["SUBMITTED", "QUEUED", "PROVISIONING", "DOWNLOAD_SOURCE"]


def zipped(to: Path, files: dict[str, str]) -> Path:
    with zipfile.ZipFile(to, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return to


class Workshop:
    """Builds one task after another, and remembers what was logged."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.mark = uuid.uuid4().hex
        self.log: list[str] = []
        self.stop = threading.Event()
        self.on_line = lambda line: None
        self.provider = CodeBuild(yes=True)

    def __call__(
        self, spec: str | None, files=None, *, outputs=(), inputs=None, **configuration: str
    ) -> Done:
        """Build a source of these files and this buildspec, given without its version."""
        self.log.clear()
        folder = self.home / uuid.uuid4().hex
        folder.mkdir()
        files = dict(files or {})
        if spec is not None:
            files["buildspec.yml"] = spec if "version:" in spec or not spec else f"version: 0.2\n{spec}"
        if inputs is None:
            inputs = {"Source": zipped(self.home / "source.zip", files)}

        def log(line):
            self.log.append(line)
            self.on_line(line)

        task = Task(
            pipeline="shop",
            execution=1,
            execution_id=str(uuid.uuid4()),
            stage="Build",
            action="Make",
            attempt=1,
            id=str(uuid.uuid4()),
            configuration={"ProjectName": "shop-build", **configuration},
            inputs=inputs,
            outputs=tuple(outputs),
            revisions={"Checkout": "4711abc"},
            folder=folder,
            log=log,
            stop=self.stop,
        )
        return self.provider(task)

    def sh(self, **phases: str | list[str]) -> Done:
        """Build with these commands by phase."""
        return self(phases_of(**phases))

    @property
    def build(self):
        return list(self.provider.builds.values())[-1]

    @property
    def said(self) -> list[str]:
        """What the commands themselves have written."""
        return [line for line in self.log if not line.startswith("[Container]")]

    def states(self) -> dict[str, str]:
        """The phases after DOWNLOAD_SOURCE."""
        names = [phase.name for phase in self.build.phases]
        assert names[:4] == BEFORE
        assert names[-1] == "COMPLETED"
        return {phase.name: phase.status for phase in self.build.phases[4:-1]}

    def left(self) -> list[str]:
        return subprocess.run(["pgrep", "-f", self.mark], capture_output=True, text=True).stdout.split()


def phases_of(**phases: str | list[str]) -> str:
    made = {}
    for name, commands in phases.items():
        phase, _, part = name.partition("__")
        many = isinstance(commands, list) or part == "on-failure"
        made.setdefault(phase, {})[part or "commands"] = commands if many else [commands]
    return "phases: " + json.dumps(made)  # JSON is YAML
