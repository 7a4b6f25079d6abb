"""A workplace: a pipeline that really works on this machine, in one folder, for people to look at and to push to."""

from __future__ import annotations

import tempfile
import threading
import weakref
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Protocol

from cp_teach.engine import ActionRow, Refused, Revision, Run, StartExecution
from cp_teach.pipeline import Action, Pipeline, fires
from cp_teach.work.codebuild.build import Build
from cp_teach.work.codedeploy.deployment import Deployment
from cp_teach.work.codedeploy.deployment_group import Group
from cp_teach.work.codedeploy.fleet import Fleet
from cp_teach.work.runtime.action_executor import Workshop
from cp_teach.work.runtime.local_resources import BRANCH, Local
from cp_teach.work.runtime.polling_thread import Looking
from cp_teach.work.runtime.progress_writer import Log
from cp_teach.work.s3.source import Bucket, Version
from cp_teach.work.sandbox.run_command import USUAL, Limits
from cp_teach.work.sources.git import git, text
from cp_teach.work.sources.github import change
from cp_teach.work.sources.push_watcher import Moved, Pushes
from cp_teach.work.sources.repository import Repository

KEPT = 200
"""Of so many runs of actions the output is remembered."""
WHO = {"user.name": "You", "user.email": "you@example.com"}
"""Who commits in a clone: the same on every machine, whatever its git knows of its user."""


class _Looks(Protocol):
    def look(self) -> None: ...


class Workplace(Workshop):
    """A workshop and the providers that work in it, all in ``folder``. ``run`` is an ordinary Run.

    ``contents`` is a folder of files or a git repository for every source, or one for each source by its name.
    Without ``folder`` there is a temporary one, which goes when the workplace is closed, or is not used any more.
    ``watching`` starts an execution for each push. Builds and hooks run commands here, so ``yes=True`` has to be said;
    ``cp_teach.work.sandbox.run_command.jail`` tells what holds then.

    Raises ``NotAllowed`` without a yes, ``ValueError`` or ``LookupError`` for content that cannot be used.
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
        made = (
            tempfile.TemporaryDirectory(prefix="cp-teach-work-", ignore_cleanup_errors=True)
            if folder is None
            else None
        )
        place = Path(made.name if made else str(folder)).resolve()
        found = dict(contents) if isinstance(contents, Mapping) else {"": contents}
        try:
            self.local = Local(pipeline, found, place, yes=yes, limits=limits, changed=changed)
        except BaseException:
            if made:
                made.cleanup()
            raise
        self._lines: dict[tuple[int, str, str, int], list[str]] = {}
        super().__init__(
            pipeline,
            self.local.providers,
            folder=place,
            newest=self.local.newest,
            seed=seed,
            log=self._keep(log),
        )
        self.pushes: list[str] = []
        """What became of each push that was heard, in a sentence; the newest last."""
        self._looks: list[_Looks] = []
        self._look_once = threading.Lock()
        self._watching: Looking | None = None
        self._made = made
        if watching:
            self.watch()

    # -- what there is to see ----------------------------------------------------------------------------------
    @property
    def repositories(self) -> dict[str, Repository]:
        """Source action -> the bare repository behind it."""
        return self.local.repositories

    @property
    def builds(self) -> list[Build]:
        """The builds, the newest first: each with ``id``, ``status``, ``phases``."""
        return list(self.local.builds.builds.values())[::-1]

    @property
    def deployments(self) -> list[Deployment]:
        """The deployments, rollbacks too, the newest first."""
        return list(self.local.deploys.deployments.values())[::-1]

    def group(self, application: str = "", group: str = "") -> Group:
        """A deployment group; its ``configuration`` may be set. The names may be left out where the pipeline deploys
        to one alone. Raises ``LookupError`` for one that cannot be."""
        if not application:
            known = {
                (says.get("ApplicationName", ""), says.get("DeploymentGroupName", ""))
                for stage in self.run.pipeline.stages
                for action in stage.actions
                if action.provider == "CodeDeploy" and (says := action.settings)
            }
            if len(known) != 1:
                names = ", ".join(sorted("/".join(each) for each in known)) or "none"
                raise LookupError(f"Say which deployment group is meant. The pipeline deploys to: {names}.")
            ((application, group),) = known
        made = self.local.deploys.group(application, group)
        if isinstance(made, str):
            raise LookupError(made)
        return made

    def fleet(self, application: str = "", group: str = "") -> Fleet:
        """The instances of a deployment group, see ``group``."""
        return self.group(application, group).fleet

    def output(self, stage: str, action: str = "", execution: int = 0) -> list[str]:
        """The lines that an action's newest run has written, or its newest run in that execution."""
        for key, lines in reversed(list(self._lines.items())):
            if key[1] == stage and action in ("", key[2]) and execution in (0, key[0]):
                return list(lines)
        return []

    @property
    def simulated(self) -> list[str]:
        """The actions that nobody really does here: "Stage / Action (Provider)"."""
        return self.local.simulated

    # -- pushing ------------------------------------------------------------------------------------------------
    def clone(self, source: str = "", to: str = "") -> Path:
        """Make a clone of a source's repository with the real git, in the folder; its place. ``source`` may be left
        out where there is one. Raises ``LookupError`` for a source without a repository."""
        repository = self._repository(source)
        goal = self.folder / "clones" / (to or repository.path.stem)
        number = 1
        while goal.exists():
            number += 1
            goal = goal.with_name(f"{to or repository.path.stem}-{number}")
        goal.parent.mkdir(parents=True, exist_ok=True)
        branch = self._branch(repository)
        git("clone", "--quiet", f"--branch={branch}", "--", repository.url, str(goal))
        inside = goal / ".git"
        for key, value in WHO.items():
            git("config", key, value, at=inside)
        git("config", "commit.gpgsign", "false", at=inside)
        return goal

    def _repository(self, source: str) -> Repository:
        known = self.repositories
        if source in known:
            return known[source]
        if not source and len(known) == 1:
            return next(iter(known.values()))
        names = ", ".join(known) or "none"
        raise LookupError(f"Say whose repository is meant. Sources that have one: {names}.")

    def _branch(self, repository: Repository) -> str:
        for action in self.run.pipeline.sources:
            if self.repositories.get(action.name) is repository:
                return str(action.settings[BRANCH[action.provider]])
        return text(git("symbolic-ref", "--short", "HEAD", at=repository.path)).strip()

    def watch(self) -> None:
        """From now on each push starts an execution, as with AWS: to the branch that a source watches, or by the
        filters of its trigger. So does each new version of an object that an S3 source watches."""
        if self._watching is not None or self._closed:
            return
        mine = weakref.ref(self)  # a thread that looks must not keep in being what nobody uses any more
        for action in self.run.pipeline.sources:
            if repository := self.repositories.get(action.name):
                self._looks.append(_pushes(mine, action, repository))
            elif bucket := self.local.buckets.get(action.name):
                self._looks.append(_Puts(mine, action, bucket))
        self._watching = Looking(lambda: _look(mine), f"changes for {self.run.pipeline.name}")
        weakref.finalize(self, self._watching.ended.set)

    def look(self) -> None:
        """Hear now of what was pushed, instead of within half a second. Each push is heard once."""
        with self._look_once:
            for each in self._looks:
                each.look()

    def wait(self, until: Callable[[Run], bool], seconds: float = 600.0) -> bool:
        """As in a workshop; what was pushed before is heard before."""
        self.look()
        return super().wait(until, seconds)

    def close(self) -> None:
        """End all work and all watching; a temporary folder goes."""
        if self._watching is not None:
            self._watching.stop()
        super().close()
        if self._made is not None:
            self._made.cleanup()
            self._made = None

    def __enter__(self) -> Workplace:
        return self

    def __repr__(self) -> str:
        how = "closed" if self._closed else "watching" if self._watching else "open"
        return f"Workplace({self.run.pipeline.name}, {how})"

    # -- hearing -------------------------------------------------------------------------------------------------
    def _keep(self, log: Log) -> Log:
        output = self._lines

        def line(row: ActionRow, text: str) -> None:
            key = (row.execution, row.stage, row.action, row.attempt)
            output.setdefault(key, []).append(text)
            while len(output) > KEPT:
                del output[next(iter(output))]
            log(row, text)

        return line

    def pushed(self, source: Action, repository: Repository, moved: Moved) -> None:
        """A push to a source's repository was heard."""
        verdict = fires(self.run.pipeline, change(repository, moved), source.name)
        self.pushes.append(verdict.why)
        if verdict:
            commit = repository.commit(moved.new)
            self.start(source, Revision(source.name, commit.id, commit.summary), _trigger(source))

    def start(self, source: Action, revision: Revision, trigger: str) -> None:
        """Start an execution with this revision, and the newest of all other sources."""
        revisions = tuple(
            revision if each.name == source.name else self.run.revision_of(each, revision.message)
            for each in self.run.pipeline.sources
        )
        self.tick()
        try:
            self.run.do(StartExecution(revisions, trigger))
        except Refused as no:
            self.pushes.append(f"It starts nothing: {no}")


def _trigger(source: Action) -> str:
    """AWS's word for what started an execution (TriggerType)."""
    if source.provider == "CodeStarSourceConnection":
        return "WebhookV2"
    if source.settings.get("PollForSourceChanges", "true") in ("true", "True"):
        return "PollForSourceChanges"
    return "Webhook" if source.provider == "GitHub" else "CloudWatchEvent"


def _look(mine: weakref.ref[Workplace]) -> None:
    place = mine()
    if place is not None:
        place.look()
        place.tick()


def _pushes(mine: weakref.ref[Workplace], source: Action, repository: Repository) -> Pushes:
    def heard(moved: Moved) -> None:
        place = mine()
        if place is not None:
            place.pushed(source, repository, moved)

    return Pushes(repository.path, repository.refs, heard)


class _Puts:
    """Looks which versions of an S3 source's object there are since the last look."""

    def __init__(self, mine: weakref.ref[Workplace], source: Action, bucket: Bucket) -> None:
        self._mine, self._source, self._bucket = mine, source, bucket
        self._key = source.settings.get("S3ObjectKey", "")
        self._seen = len(self._versions())

    def _versions(self) -> list[Version]:
        return list(self._bucket.versions(self._key))

    def look(self) -> None:
        known = self._versions()
        news, self._seen = known[self._seen :], len(known)
        place = self._mine()
        if place is None:
            return
        for version in news:
            revision = Revision(self._source.name, version.id, version.summary)
            place.start(self._source, revision, _trigger(self._source))
