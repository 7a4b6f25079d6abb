"""A pipeline that works on this machine, in one folder, and that students push to."""

from __future__ import annotations

import logging
import tempfile
import threading
import weakref
from collections.abc import Callable, Mapping
from pathlib import Path

from cp_teach.engine import ActionRow, Refused, Revision, Run, StartExecution
from cp_teach.pipeline import Action, Pipeline, fires
from cp_teach.work.codebuild.build import Build
from cp_teach.work.codedeploy.deployment import Deployment
from cp_teach.work.codedeploy.deployment_group import DeploymentGroup
from cp_teach.work.codedeploy.fleet import Fleet
from cp_teach.work.polling_thread import PollingThread
from cp_teach.work.runtime.action_executor import ActionExecutor
from cp_teach.work.runtime.local_resources import BRANCH, LocalProviders
from cp_teach.work.runtime.progress_writer import Log
from cp_teach.work.sandbox.run_command import USUAL, Limits
from cp_teach.work.sources.git import git, text
from cp_teach.work.sources.push_watcher import PushWatcher, RefUpdate
from cp_teach.work.sources.repository import Repository

MAX_OUTPUTS = 200
"""Number of action executions whose output is kept."""
LOG = logging.getLogger(__name__)
IDENTITY = {"user.name": "You", "user.email": "you@example.com"}
"""The author of commits in a clone, the same on every machine whatever the user has configured."""


class LocalPipeline(ActionExecutor):
    """A pipeline with its local providers, all in ``folder``. ``run`` is an ordinary Run.

    - ``contents``: a folder of files or a git repository for every source, or a mapping from source names to them;
    - ``folder``: by default a temporary one, which is removed when the workplace is closed or no longer used;
    - ``watching``: whether each push starts an execution;
    - ``yes``: must be True, because builds and hooks run commands here;
      ``cp_teach.work.sandbox.run_command.jail`` describes how they are confined.

    Raises ``NotAllowed`` without ``yes``, and ``ValueError`` or ``LookupError`` for unusable content.
    """

    def __init__(
        self,
        pipeline: Pipeline,
        contents: Mapping[str, Path] | Path,
        folder: Path | None = None,
        *,
        yes: bool = False,
        limits: Limits = USUAL,
        log: Log = lambda row, line: None,
        changed: Callable[[Deployment], None] = lambda deployment: None,
        watching: bool = False,
        seed: int = 0,
    ) -> None:
        temporary = None
        if folder is None:
            temporary = tempfile.TemporaryDirectory(prefix="cp-teach-work-", ignore_cleanup_errors=True)
            folder = Path(temporary.name)
        place = folder.resolve()
        by_source = dict(contents) if isinstance(contents, Mapping) else {"": contents}
        try:
            self.local = LocalProviders(pipeline, by_source, place, yes=yes, limits=limits, changed=changed)
        except BaseException:
            if temporary:
                temporary.cleanup()
            raise
        self._lines: dict[tuple[int, str, str, int], list[str]] = {}
        super().__init__(
            pipeline,
            self.local.providers,
            folder=place,
            newest=self.local.newest,
            seed=seed,
            log=self._record_output(log),
        )
        self.pushes: list[str] = []
        """A sentence about the result of each push so far, newest last."""
        self._push_watchers: list[tuple[Action, PushWatcher]] = []
        self._versions_seen: dict[str, int] = {}
        """S3 source -> the number of versions of its object that are not new."""
        self._poll_lock = threading.Lock()
        self._watching: PollingThread | None = None
        self._temporary = temporary
        if watching:
            self.watch()

    # -- results -----------------------------------------------------------------------------------------------
    @property
    def repositories(self) -> dict[str, Repository]:
        """Source action -> its bare repository."""
        return self.local.repositories

    @property
    def builds(self) -> list[Build]:
        """The builds, newest first, each with ``id``, ``status``, and ``phases``."""
        return list(self.local.codebuild.builds.values())[::-1]

    @property
    def deployments(self) -> list[Deployment]:
        """The deployments, including rollbacks, newest first."""
        return list(self.local.codedeploy.deployments.values())[::-1]

    def group(self, application: str = "", group: str = "") -> DeploymentGroup:
        """A deployment group, whose ``configuration`` can be set. The names are optional if the pipeline deploys to
        only one group. Raises ``LookupError`` for an invalid group."""
        if not application:
            existing = {
                (settings.get("ApplicationName", ""), settings.get("DeploymentGroupName", ""))
                for stage in self.run.pipeline.stages
                for action in stage.actions
                if action.provider == "CodeDeploy" and (settings := action.settings)
            }
            if len(existing) != 1:
                names = ", ".join(sorted("/".join(names) for names in existing)) or "none"
                raise LookupError(f"Name the deployment group. The pipeline deploys to: {names}.")
            ((application, group),) = existing
        return self.local.codedeploy.group(application, group)

    def fleet(self, application: str = "", group: str = "") -> Fleet:
        """The instances of a deployment group; see ``group``."""
        return self.group(application, group).fleet

    def output(self, stage: str, action: str = "", execution: int = 0) -> list[str]:
        """The output lines of an action's newest execution, by default of any pipeline execution."""
        for key, lines in reversed(list(self._lines.items())):
            if key[1] == stage and action in ("", key[2]) and execution in (0, key[0]):
                return list(lines)
        return []

    @property
    def simulated(self) -> list[str]:
        """The actions that are simulated: "Stage / Action (Provider)"."""
        return self.local.simulated

    # -- pushing ------------------------------------------------------------------------------------------------
    def clone(self, source: str = "", to: str = "") -> Path:
        """Clone a source's repository with git, inside the folder; returns the path of the clone. ``source`` is
        optional if there is only one. Raises ``LookupError`` for a source without a repository."""
        repository = self._repository(source)
        target = self.folder / "clones" / (to or repository.path.stem)
        number = 1
        while target.exists():
            number += 1
            target = target.with_name(f"{to or repository.path.stem}-{number}")
        target.parent.mkdir(parents=True, exist_ok=True)
        branch = self._branch(repository)
        git("clone", "--quiet", f"--branch={branch}", "--", repository.url, str(target))
        git_dir = target / ".git"
        for key, value in IDENTITY.items():
            git("config", key, value, repository=git_dir)
        git("config", "commit.gpgsign", "false", repository=git_dir)
        return target

    def _repository(self, source: str) -> Repository:
        existing = self.repositories
        if source in existing:
            return existing[source]
        if not source and len(existing) == 1:
            return next(iter(existing.values()))
        names = ", ".join(existing) or "none"
        raise LookupError(f"Name the source. Sources with a repository: {names}.")

    def _branch(self, repository: Repository) -> str:
        for action in self.run.pipeline.sources:
            if self.repositories.get(action.name) is repository:
                return str(action.settings[BRANCH[action.provider]])
        return text(git("symbolic-ref", "--short", "HEAD", repository=repository.path)).strip()

    def watch(self) -> None:
        """From now on, each push starts an execution, as on AWS: a push to the branch of a source, or one that matches
        its trigger's filters. So does each new version of the object of an S3 source."""
        if self._watching is not None or self._closed:
            return
        for source in self.run.pipeline.sources:
            if repository := self.repositories.get(source.name):
                self._push_watchers.append((source, PushWatcher(repository)))
            elif source.name in self.local.buckets:
                self._versions_seen[source.name] = len(self.local.versions(source))
        reference = weakref.ref(self)  # the thread must not keep an unused pipeline alive
        self._watching = PollingThread(lambda: _poll(reference), f"changes for {self.run.pipeline.name}")
        weakref.finalize(self, self._watching.ended.set)

    def process_pushes(self) -> None:
        """Process new pushes now, instead of within half a second. Each push is processed once."""
        with self._poll_lock:
            for source, watcher in self._push_watchers:
                for update in watcher.poll():
                    try:
                        self._process_push(source, watcher, update)
                    except Exception:  # it must not end the polling
                        LOG.exception("The push %s cannot be processed", update)
            for source in self.run.pipeline.sources:
                if source.name not in self._versions_seen:
                    continue
                versions = self.local.versions(source)
                seen, self._versions_seen[source.name] = self._versions_seen[source.name], len(versions)
                for version in versions[seen:]:
                    self._start_execution(source, Revision(source.name, version.id, version.summary))

    def wait(self, until: Callable[[Run], bool], seconds: float = 600.0) -> bool:
        """Process new pushes, and then wait as in ``ActionExecutor``."""
        self.process_pushes()
        return super().wait(until, seconds)

    def close(self) -> None:
        """End all work and polling, and remove a temporary folder."""
        if self._watching is not None:
            self._watching.stop()
        super().close()
        if self._temporary is not None:
            self._temporary.cleanup()
            self._temporary = None

    def __repr__(self) -> str:
        how = "closed" if self._closed else "watching" if self._watching else "open"
        return f"Workplace({self.run.pipeline.name}, {how})"

    # -- triggers -------------------------------------------------------------------------------------------------
    def _record_output(self, log: Log) -> Log:
        output = self._lines

        def line(row: ActionRow, text: str) -> None:
            key = (row.execution, row.stage, row.action, row.attempt)
            output.setdefault(key, []).append(text)
            while len(output) > MAX_OUTPUTS:
                del output[next(iter(output))]
            log(row, text)

        return line

    def _process_push(self, source: Action, watcher: PushWatcher, update: RefUpdate) -> None:
        verdict = fires(self.run.pipeline, watcher.push(update), source.name)
        self.pushes.append(verdict.why)
        if verdict:
            commit = watcher.repository.commit(update.new)
            self._start_execution(source, Revision(source.name, commit.id, commit.summary))

    def _start_execution(self, source: Action, revision: Revision) -> None:
        """Start an execution with this revision and the newest revisions of all other sources."""
        revisions = tuple(
            revision if other.name == source.name else self.run.revision_of(other, revision.message)
            for other in self.run.pipeline.sources
        )
        self.tick()
        try:
            self.run.do(StartExecution(revisions, _trigger(source)))
        except Refused as error:
            self.pushes.append(f"The push starts no execution: {error}")


def _trigger(source: Action) -> str:
    """The AWS name of what started an execution (TriggerType)."""
    if source.provider == "CodeStarSourceConnection":
        return "WebhookV2"
    if source.settings.get("PollForSourceChanges", "true") in ("true", "True"):
        return "PollForSourceChanges"
    return "Webhook" if source.provider == "GitHub" else "CloudWatchEvent"


def _poll(reference: weakref.ref[LocalPipeline]) -> None:
    place = reference()
    if place is not None:
        place.process_pushes()
        place.tick()
