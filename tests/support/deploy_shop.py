"""A small shop that is deployed to a fleet: what the stories about deployments share."""

import json
import os
import stat
import time
import zipfile
from collections.abc import Mapping
from pathlib import Path
from threading import Event as Flag
from typing import Any

from cp_teach.work.codedeploy.deployment import Deployment
from cp_teach.work.codedeploy.deployment_group import DeploymentGroup
from cp_teach.work.codedeploy.deployment_runner import deploy
from cp_teach.work.codedeploy.fleet import Fleet
from cp_teach.work.sandbox.run_command import Limits

ALL, HALF, ONE = (f"CodeDeployDefault.{name}" for name in ("AllAtOnce", "HalfAtATime", "OneAtATime"))
SH = "#!/bin/sh\n"
ORDER = [
    "ApplicationStop",
    "DownloadBundle",
    "BeforeInstall",
    "Install",
    "AfterInstall",
    "ApplicationStart",
    "ValidateService",
]


def packed(path: Path, files: Mapping[str, str | bytes], executable: bool = True) -> Path:
    """A zip of these files; what ends in .sh may be run."""
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in files.items():
            info = zipfile.ZipInfo(name)
            mode = 0o755 if name.endswith(".sh") and executable else 0o644
            info.external_attr = (stat.S_IFREG | mode) << 16
            archive.writestr(info, data)
    return path


def appspec(hooks: Mapping[str, Any] | None = None, **more: Any) -> str:
    """An AppSpec file that puts the folder web at /var/www. ``hooks``: event -> timeout in seconds, or 0."""
    scripts = {
        event: [{"location": f"{event}.sh", **({"timeout": seconds} if seconds else {})}]
        for event, seconds in (hooks or {}).items()
    }
    spec = {"version": 0.0, "os": "linux", "files": [{"source": "web", "destination": "/var/www"}]}
    return json.dumps({**spec, "hooks": scripts, **more})


class Shop:
    """A fleet, its group and a place for revisions."""

    def __init__(self, folder: Path, instances: int = 1, configuration: str = ALL, **group: Any) -> None:
        self.folder = folder
        self.fleet = Fleet(folder / "fleet", instances)
        self.group = DeploymentGroup("shop", "web", self.fleet, configuration, **group)
        self.made = 0

    def revision(
        self,
        page: str = "hello",
        hooks: Mapping[str, str] | None = None,
        *,
        seconds: int = 0,
        files: Mapping[str, str | bytes] | None = None,
        executable: bool = True,
        **more: Any,
    ) -> Path:
        """A bundle with one page, and a script (given as its text) for each event of ``hooks``."""
        self.made += 1
        scripts = {f"{event}.sh": SH + text for event, text in (hooks or {}).items()}
        spec = appspec(dict.fromkeys(hooks or {}, seconds), **more)
        contents = {"appspec.yml": spec, "web/index.html": page, **scripts, **(files or {})}
        return packed(self.folder / f"revision-{self.made}.zip", contents, executable)

    def deploy(self, bundle: Path, **options: Any) -> Deployment:
        options.setdefault("limits", Limits(seconds=20, disk=3_000_000))
        return deploy(self.group, bundle, f"seed {bundle.name}", yes=True, **options)

    def page(self, instance: str = "i-1") -> str:
        """What an instance shows to its users."""
        path = self.fleet[instance].path("/var/www/index.html")
        return path.read_text() if path.exists() else ""


def statuses(deployment: Deployment, instance: str = "i-1") -> dict[str, str]:
    return {event.name: event.status for event in deployment.targets[instance].events}


def targets(deployment: Deployment) -> dict[str, str]:
    return {name: target.status for name, target in deployment.targets.items()}


def failure(deployment: Deployment, instance: str = "i-1") -> tuple[str, str, str]:
    """(event, code, message) of what failed on an instance."""
    event = deployment.targets[instance].failure
    assert event is not None
    return event.name, event.code, event.message


def log(deployment: Deployment, event: str, instance: str = "i-1") -> str:
    return next(each.log for each in deployment.targets[instance].events if each.name == event)


def contents(folder: Path) -> dict[str, bytes]:
    """Every file below a folder, to be compared with later."""
    return {
        str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file() and not path.is_symlink()
    }


def processes(word: str, patience: float = 5.0) -> list[str]:
    """The processes whose command line or environment has this word and that still run after ``patience`` seconds.

    A killed process stays in the process table until the kernel has removed it, which can take a moment.
    """
    deadline = time.monotonic() + patience
    while (found := _running(word)) and time.monotonic() < deadline:
        time.sleep(0.05)
    return found


def _running(word: str) -> list[str]:
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and int(entry.name) != os.getpid():
            try:
                text = (entry / "cmdline").read_bytes() + (entry / "environ").read_bytes()
            except OSError:
                continue
            if word.encode() in text:
                found.append(f"{entry.name}: {text[:80]!r}")
    return found


class Stopper:
    """Sets ``stop`` when an event begins on an instance."""

    def __init__(self, event: str, status: str = "InProgress") -> None:
        self.event, self.status, self.stop = event, status, Flag()

    def __call__(self, deployment: Deployment) -> None:
        for target in deployment.targets.values():
            if any(each.name == self.event and each.status == self.status for each in target.events):
                self.stop.set()
