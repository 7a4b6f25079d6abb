"""The CodeDeploy agent of one instance: it unpacks the revision, runs the scripts, and installs the files."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event as ThreadingEvent

from cp_teach.work.artifacts.zip_artifacts import InvalidArtifact, unpack
from cp_teach.work.codedeploy.appspec import Script, read
from cp_teach.work.codedeploy.deployment import EVENT_SECONDS, PREVIOUS, RESERVED, Code
from cp_teach.work.codedeploy.deployment_group import DeploymentGroup
from cp_teach.work.codedeploy.fleet import AGENT, Instance
from cp_teach.work.codedeploy.installer import INSTRUCTIONS, NotInstalled, install
from cp_teach.work.folder_trees import beginning, remove
from cp_teach.work.sandbox.run_command import Ended, Limits, clean_env, run

EXCEEDED = {
    "output": "wrote more output",
    "disk": "wrote more to the disk",
    "memory": "used more memory",
    "processes": "had more processes and threads",
}
"""The description of each exceeded limit of a script."""


class EventFailed(Exception):
    """A failed lifecycle event. The rest of the deployment to this instance is skipped."""

    def __init__(self, code: Code, message: str, script: str = "") -> None:
        self.code, self.script = code, script
        super().__init__(message)


class DeploymentStopped(Exception):
    """The deployment was stopped."""


@dataclass(frozen=True)
class DeploymentOrder:
    """A deployment, as the agents of all instances carry it out."""

    group: DeploymentGroup
    bundle: Path
    deployment: str = ""
    """The deployment's ID."""
    limits: Limits = field(default_factory=Limits)
    stop: ThreadingEvent = field(default_factory=ThreadingEvent)


class Agent:
    """Carries out the lifecycle events of one deployment on one instance.

    Its scripts run in the root of the unpacked revision, with CodeDeploy's variables and two of the kit:
    INSTANCE_ROOT, the folder that stands for this instance's ``/`` (on a real instance, just ``/``), and INSTANCE_ID.
    Background processes of a script end with it, because there is no real instance.
    """

    def __init__(self, instance: Instance, order: DeploymentOrder) -> None:
        self.instance, self.order = instance, order
        self.pointer = f"{INSTRUCTIONS}/{order.group.id}_last_successful_install"
        self.home = f"{AGENT}/{order.group.id}/{order.deployment}"

    def event(self, name: str, log: Callable[[str], None]) -> None:
        """Carry out one event. Raises ``EventFailed`` or ``DeploymentStopped``."""
        try:
            if not self.instance.running:
                raise EventFailed(
                    "UnknownError", f"{self.instance.name} is switched off, so its agent does not respond."
                )
            if name == "DownloadBundle":
                self._download()
            elif name == "Install":
                bundle = self._bundle(self.home)
                install(self.instance, read(bundle), bundle, self.order.group.id, log)
            elif name == "End":
                self._record_success()
            elif name in PREVIOUS:
                self._hook(name, self._last_home(), log)
            elif name not in RESERVED:  # BlockTraffic and AllowTraffic belong to the load balancer
                self._hook(name, self.home, log)
        except (
            InvalidArtifact,
            NotInstalled,
            ValueError,
        ) as error:  # ValueError: an invalid AppSpec file or path
            raise EventFailed("UnknownError", str(error)) from None
        except RecursionError:
            raise EventFailed("UnknownError", "The folders of the revision are nested too deeply.") from None
        except OSError as error:
            where = f" ({self._instance_path(error.filename)})" if error.filename else ""
            raise EventFailed("UnknownError", f"{error.strerror or error}{where}") from None

    def _record_success(self) -> None:
        """Record this revision as the last successful one, and remove older ones."""
        pointer = self.instance.path(self.pointer)
        pointer.parent.mkdir(parents=True, exist_ok=True)
        new = pointer.with_name(f"{pointer.name}.new")
        if os.path.lexists(new):
            remove(new)
        new.write_text(self.home, "utf-8")
        new.replace(pointer)  # this replaces a link that a script left, not its target
        self._remove_bundles(self.home)

    def _instance_path(self, path: object) -> str:
        file = Path(os.fsdecode(path)) if isinstance(path, str | bytes | os.PathLike) else Path()
        root = self.instance.root
        return self.instance.inside(file) if file.is_relative_to(root) else file.name

    def _last_home(self) -> str:
        pointer = self.instance.path(self.pointer)
        if pointer.is_symlink() or not pointer.is_file():
            return ""
        return pointer.read_text("utf-8", errors="replace").strip()

    def _remove_bundles(self, *kept: str) -> None:
        """Remove the bundles of this group except those in ``kept``. A real agent keeps five, but nothing needs them
        here."""
        home = self.instance.path(f"{AGENT}/{self.order.group.id}")
        for folder in home.iterdir() if home.is_dir() and not home.is_symlink() else ():
            if self.instance.inside(folder) not in kept:
                remove(folder)

    def _download(self) -> None:
        self._remove_bundles(self._last_home())
        archive = self.instance.path(f"{self.home}/deployment-archive")
        archive.parent.mkdir(parents=True, exist_ok=True)
        unpack(self.order.bundle, archive, self.order.limits)

    def _bundle(self, home: str) -> Path:
        archive = self.instance.path(f"{home}/deployment-archive")
        if not archive.is_dir() or archive.is_symlink():
            raise EventFailed(
                "UnknownError",
                f"The revision at {home}/deployment-archive was removed. "
                f"Remove the file {self.pointer}, and deploy again, as for the first time.",
            )
        return archive.resolve()

    def _hook(self, event: str, home: str, log: Callable[[str], None]) -> None:
        if not home:
            log(f"{event} runs the scripts of the previous revision. There is none, so nothing runs.")
            return
        bundle = self._bundle(home)
        spec = read(bundle)
        for warning in spec.warnings if event == "BeforeInstall" else ():
            log(f"AppSpec file: {warning}")
        deadline = time.monotonic() + EVENT_SECONDS
        for script in spec.hooks.get(event, ()):
            self._script(event, bundle, script, deadline, log)

    def _script(
        self, event: str, bundle: Path, script: Script, deadline: float, log: Callable[[str], None]
    ) -> None:
        path = bundle / script.location.lstrip("/")
        name = script.location
        if not path.is_file() or not path.resolve().is_relative_to(bundle):
            raise EventFailed(
                "ScriptMissing",
                f"Script does not exist at specified location: {name}. Its location is relative to the root of the "
                "revision; check which files the build packs.",
                name,
            )
        if not os.access(path, os.X_OK) or not path.stat().st_mode & 0o111:
            # Current agents set the permission; here the script fails, so that a learner sees the mistake.
            raise EventFailed(
                "ScriptNotExecutable",
                f"{name} is not executable. Set its execute permission before it is packed: chmod +x {name}, "
                f"in Git: git update-index --chmod=+x {name}.",
                name,
            )
        if script.runas:
            log(f"{name} would run as the user {script.runas} on a real instance; here, it runs as you.")
        log(f"Script - {name}")
        ended = run(
            [str(path)],
            folder=self.instance.root,
            env={**clean_env(self.instance.root), **self._variables(event)},
            cwd=bundle,
            limits=self.order.limits._replace(
                seconds=max(0.0, min(script.timeout, deadline - time.monotonic(), self.order.limits.seconds))
            ),
            log=log,
            stop=self.order.stop,
        )
        if not ended.ok:
            raise self._script_error(ended, path, script)

    def _variables(self, event: str) -> dict[str, str]:
        return {
            "APPLICATION_NAME": self.order.group.application,
            "DEPLOYMENT_ID": self.order.deployment,
            "DEPLOYMENT_GROUP_NAME": self.order.group.name,
            "DEPLOYMENT_GROUP_ID": self.order.group.id,
            "LIFECYCLE_EVENT": event,
            "INSTANCE_ROOT": str(self.instance.root),
            "INSTANCE_ID": self.instance.name,
        }

    def _script_error(self, ended: Ended, path: Path, script: Script) -> Exception:
        at = f"Script at specified location: {script.location}"
        if ended.why == "stopped":
            return DeploymentStopped()
        if ended.why == "time":
            seconds = min(script.timeout, self.order.limits.seconds)
            return EventFailed(
                "ScriptTimedOut",
                f"{at} failed to complete in {seconds:g} seconds. Make it faster, or give it a longer timeout.",
                script.location,
            )
        if ended.why:
            limit = getattr(self.order.limits, ended.why)
            unit = "" if ended.why == "processes" else " bytes"
            problem = f"{at} {EXCEEDED[ended.why]} than the limit ({limit}{unit}) allows, so it was ended."
            return EventFailed("ScriptFailed", problem, script.location)
        message = f"{at} failed with exit code {ended.code}."
        first_line = beginning(path, 200).splitlines(keepends=True)[:1] or [b""]
        if first_line[0].startswith(b"#!") and first_line[0].endswith(b"\r\n"):
            message += " It has Windows line endings, so its interpreter is not found. Save it with Unix line endings."
        return EventFailed("ScriptFailed", message, script.location)
