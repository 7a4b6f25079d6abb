"""The CodeDeploy agent of one instance: it unpacks the revision, runs the scripts, installs the files."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event as Flag

from cp_teach.work.artifacts.zip_artifacts import BadArtifact, unpack
from cp_teach.work.codedeploy import appspec
from cp_teach.work.codedeploy.appspec import BadAppspec, Script
from cp_teach.work.codedeploy.deployment import Code
from cp_teach.work.codedeploy.fleet import AGENT, Instance, Outside
from cp_teach.work.codedeploy.installer import INSTRUCTIONS, NotInstalled, install
from cp_teach.work.codedeploy.lifecycle_events import EVENT_SECONDS, PREVIOUS, RESERVED
from cp_teach.work.sandbox.folder_trees import beginning, remove
from cp_teach.work.sandbox.run_command import Ended, Limits, clean_env, run

MORE = {
    "output": "wrote more output",
    "disk": "wrote more to the disk",
    "memory": "used more memory",
    "processes": "had more processes and threads",
}
"""What a script did when it was ended at this limit."""


class EventFailed(Exception):
    """A lifecycle event failed; the rest of the deployment to this instance is skipped."""

    def __init__(self, code: Code, message: str, script: str = "") -> None:
        self.code, self.script = code, script
        super().__init__(message)


class StoppedHere(Exception):
    """Somebody stopped the deployment."""


@dataclass(frozen=True)
class Order:
    """What the agents of all instances are told about a deployment.

    ``mend``: a script without the run bit gets it, as today's agents do; otherwise it fails ScriptNotExecutable, so
    that a learner meets the fault.
    """

    application: str
    group: str
    group_id: str
    deployment: str
    bundle: Path
    limits: Limits = field(default_factory=Limits)
    mend: bool = False
    stop: Flag = field(default_factory=Flag)


class Agent:
    """Works through the events of one deployment on one instance.

    Its scripts run in the root of the unpacked revision, with CodeDeploy's variables and two of ours: INSTANCE_ROOT,
    the folder that stands for this instance's ``/`` (on a real one it is just ``/``), and INSTANCE_ID. What a script
    leaves running is ended with it: a server would need a real instance.
    """

    def __init__(self, instance: Instance, order: Order) -> None:
        self.instance, self.order = instance, order
        self.home = f"{AGENT}/{order.group_id}/{order.deployment}"

    def event(self, name: str, log: Callable[[str], None]) -> None:
        """Let one event happen. Raises ``EventFailed`` or ``StoppedHere``."""
        try:
            if not self.instance.running:
                raise EventFailed("UnknownError", f"{self.instance.name} is switched off: no agent answers.")
            if name == "DownloadBundle":
                self._download()
            elif name == "Install":
                bundle = self._bundle(self.home)
                install(self.instance, appspec.read(bundle), bundle, self.order.group_id, log)
            elif name == "End":
                self._succeeded()
            elif name in PREVIOUS:
                self._hook(name, self._last(), log)
            elif name not in RESERVED:  # BlockTraffic and AllowTraffic are the load balancer's
                self._hook(name, self.home, log)
        except (BadAppspec, BadArtifact, NotInstalled, Outside, ValueError) as error:  # the last: odd paths
            raise EventFailed("UnknownError", str(error)) from None
        except RecursionError:
            raise EventFailed("UnknownError", "The folders of the revision are nested too deeply.") from None
        except OSError as error:
            where = f" ({self._told(error.filename)})" if error.filename else ""
            raise EventFailed("UnknownError", f"{error.strerror or error}{where}") from None

    def _succeeded(self) -> None:
        """Remember this revision as the last good one here; older ones are removed."""
        pointer = self.instance.path(f"{INSTRUCTIONS}/{self.order.group_id}_last_successful_install")
        pointer.parent.mkdir(parents=True, exist_ok=True)
        half = pointer.with_name(f"{pointer.name}.new")
        if os.path.lexists(half):
            remove(half)
        half.write_text(self.home, "utf-8")
        half.replace(pointer)  # also where a script has left a link: the link goes, not what it points to
        self._forget(self.home)

    def _told(self, path: object) -> str:
        found = Path(os.fsdecode(path)) if isinstance(path, str | bytes | os.PathLike) else Path()
        root = self.instance.root
        return self.instance.inside(found) if found.is_relative_to(root) else found.name

    def _last(self) -> str:
        pointer = self.instance.path(f"{INSTRUCTIONS}/{self.order.group_id}_last_successful_install")
        if pointer.is_symlink() or not pointer.is_file():
            return ""
        return pointer.read_text("utf-8", errors="replace").strip()

    def _forget(self, *keep: str) -> None:
        """Remove the bundles of this group but those of ``keep``. The agent keeps five, for want of nothing."""
        home = self.instance.path(f"{AGENT}/{self.order.group_id}")
        for folder in home.iterdir() if home.is_dir() and not home.is_symlink() else ():
            if self.instance.inside(folder) not in keep:
                remove(folder)

    def _download(self) -> None:
        self._forget(self._last())
        place = self.instance.path(f"{self.home}/deployment-archive")
        place.parent.mkdir(parents=True, exist_ok=True)
        unpack(self.order.bundle, place, self.order.limits)

    def _bundle(self, home: str) -> Path:
        place = self.instance.path(f"{home}/deployment-archive")
        if not place.is_dir() or place.is_symlink():
            raise EventFailed(
                "UnknownError",
                f"There is no revision at {home}/deployment-archive any more: somebody removed it. "
                f"Remove the file {INSTRUCTIONS}/{self.order.group_id}_last_successful_install, too, and deploy "
                "again: it is then like a first deployment.",
            )
        return place.resolve()

    def _hook(self, event: str, home: str, log: Callable[[str], None]) -> None:
        if not home:
            log(f"{event} runs the scripts of the revision before this one. There is none: nothing runs.")
            return
        bundle = self._bundle(home)
        spec = appspec.read(bundle)
        for warning in spec.warnings if event == "BeforeInstall" else ():
            log(f"AppSpec file: {warning}")
        ends = time.monotonic() + EVENT_SECONDS
        for script in spec.hooks.get(event, ()):
            self._script(event, bundle, script, ends, log)

    def _script(
        self, event: str, bundle: Path, script: Script, ends: float, log: Callable[[str], None]
    ) -> None:
        path = bundle / script.location.lstrip("/")
        name = script.location
        if not path.is_file() or not path.resolve().is_relative_to(bundle):
            words = (
                f"Script does not exist at specified location: {name}. Its place is given from the root of "
            )
            raise EventFailed("ScriptMissing", f"{words}the revision; look at what the build packs.", name)
        if not os.access(path, os.X_OK) or not path.stat().st_mode & 0o111:
            if not self.order.mend:
                words = f"{name} is not executable. Set its run bit before it is packed: chmod +x {name}, "
                words += f"in Git: git update-index --chmod=+x {name}."
                raise EventFailed("ScriptNotExecutable", words, name)
            log(f"{name} is not executable. Trying to make it executable.")
            path.chmod(path.stat().st_mode | 0o111)
        if script.runas:
            log(f"{name} would run as the user {script.runas} on a real instance; here it runs as you.")
        log(f"Script - {name}")
        ended = run(
            [str(path)],
            folder=self.instance.root,
            env={**clean_env(self.instance.root), **self._variables(event)},
            cwd=bundle,
            limits=self.order.limits._replace(
                seconds=max(0.0, min(script.timeout, ends - time.monotonic(), self.order.limits.seconds))
            ),
            log=log,
            stop=self.order.stop,
        )
        if not ended.ok:
            raise self._fault(ended, path, script)

    def _variables(self, event: str) -> dict[str, str]:
        return {
            "APPLICATION_NAME": self.order.application,
            "DEPLOYMENT_ID": self.order.deployment,
            "DEPLOYMENT_GROUP_NAME": self.order.group,
            "DEPLOYMENT_GROUP_ID": self.order.group_id,
            "LIFECYCLE_EVENT": event,
            "INSTANCE_ROOT": str(self.instance.root),
            "INSTANCE_ID": self.instance.name,
        }

    def _fault(self, ended: Ended, path: Path, script: Script) -> Exception:
        at = f"Script at specified location: {script.location}"
        if ended.why == "stopped":
            return StoppedHere()
        if ended.why == "time":
            seconds = min(script.timeout, self.order.limits.seconds)
            return EventFailed(
                "ScriptTimedOut",
                f"{at} failed to complete in {seconds:g} seconds. Make it quicker, or give it a longer timeout.",
                script.location,
            )
        if ended.why:
            most = getattr(self.order.limits, ended.why)
            unit = "" if ended.why == "processes" else " bytes"
            problem = f"{at} {MORE[ended.why]} than the limit ({most}{unit}) allows, so it was ended."
            return EventFailed("ScriptFailed", problem, script.location)
        words = f"{at} failed with exit code {ended.code}."
        first = beginning(path, 200).splitlines(keepends=True)[:1] or [b""]
        if first[0].startswith(b"#!") and first[0].endswith(b"\r\n"):
            words += " It has the line endings of Windows, so its interpreter is not found: save it with those of Unix."
        return EventFailed("ScriptFailed", words, script.location)
