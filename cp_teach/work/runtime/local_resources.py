"""Create the local resources of a pipeline in one folder: repositories, builds, fleets, and buckets."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from cp_teach.engine import Revision
from cp_teach.pipeline import Action, Pipeline
from cp_teach.work.artifacts.zip_artifacts import InvalidArtifact
from cp_teach.work.codebuild.commands_provider import Commands
from cp_teach.work.codebuild.provider import CodeBuild
from cp_teach.work.codedeploy.deployment import Deployment
from cp_teach.work.codedeploy.provider import CodeDeploy
from cp_teach.work.provider_checks.simulated_action import SimulatedAction
from cp_teach.work.runtime.provider_worker import needs_job_worker
from cp_teach.work.s3.deploy import S3Deploy
from cp_teach.work.s3.source import Bucket, S3Source, Version
from cp_teach.work.sandbox.run_command import USUAL, Limits, require_consent
from cp_teach.work.simulation.simulated_tests import PROVIDERS, SimulatedTest
from cp_teach.work.sources.git_sources import CodeCommit, GitHub
from cp_teach.work.sources.repository import Repository
from cp_teach.work.task import Perform

BRANCH = {"CodeCommit": "BranchName", "CodeStarSourceConnection": "BranchName", "GitHub": "Branch"}
"""Git sources, and the configuration key of their branch."""


class LocalProviders:
    """The local providers of a pipeline, all in ``folder``. ``providers`` is the argument of an ``ActionExecutor``.

    ``contents`` maps a source action to a folder of files or a git repository; "" is the default for all sources. Git
    sources get a bare repository that can be cloned and pushed to (``repositories``); an S3 source gets a bucket with
    a zip file. ``simulated`` lists the actions that are not real. Builds and hooks run commands on this machine, so
    ``yes`` must be True.

    Raises ``NotAllowed`` without ``yes``, ``ValueError`` for unusable content, and ``LookupError`` for a source
    without content.
    """

    def __init__(
        self,
        pipeline: Pipeline,
        contents: Mapping[str, Path],
        folder: Path,
        *,
        yes: bool = False,
        limits: Limits = USUAL,
        changed: Callable[[Deployment], None] = lambda deployment: None,
    ) -> None:
        require_consent(yes, "the pipeline's")
        self.pipeline, self.folder = pipeline, folder
        self.job_worker_actions: set[str] = set()
        """ "Stage/Action" of the actions that job workers carry out."""
        self.repositories: dict[str, Repository] = {}
        self.buckets: dict[str, Bucket] = {}
        self.codebuild = CodeBuild(yes=yes, limits=limits)
        self.codedeploy = CodeDeploy(yes=yes, create=folder / "fleets", on_change=changed, limits=limits)
        self.providers: dict[str, Perform] = {
            "CodeBuild": self.codebuild,
            "CodeDeploy": self.codedeploy,
            "Commands": Commands(self.codebuild),
        }
        for name in PROVIDERS:
            self.providers[name] = SimulatedTest(name)
        simulated = SimulatedAction()
        for stage in pipeline.stages:
            for action in stage.actions:
                place = f"{stage.name}/{action.name}"
                if action.category == "Source":
                    if provider := self._source(action, contents):
                        self.providers[place] = provider
                elif action.category == "Deploy" and action.provider == "S3":
                    self.providers[place] = S3Deploy(folder / "sites")
                # An action that is a job for a worker stays free for a worker that comes later.
                known = place in self.providers or action.provider in self.providers
                if not (action.is_approval or known or needs_job_worker(action)):
                    self.providers[place] = simulated

    @property
    def simulated(self) -> list[str]:
        """The actions that are simulated: "Stage / Action (Provider)"."""
        return [
            f"{stage.name} / {action.name} ({action.provider})"
            for stage in self.pipeline.stages
            for action in stage.actions
            if not action.is_approval
            and isinstance(self._provider_of(stage.name, action), SimulatedAction | None)
            and f"{stage.name}/{action.name}" not in self.job_worker_actions
        ]

    def _provider_of(self, stage: str, action: Action) -> Perform | None:
        return self.providers.get(f"{stage}/{action.name}", self.providers.get(action.provider))

    def newest(self, source: Action) -> Revision | None:
        """The newest revision of a source; None for a simulated source."""
        settings = source.settings
        if source.name in self.repositories:
            head = self.repositories[source.name].head(settings[BRANCH[source.provider]])
            return Revision(source.name, head.id, head.summary)
        if source.name in self.buckets:
            versions = self.versions(source)
            return Revision(source.name, versions[-1].id, versions[-1].summary) if versions else None
        return None

    def versions(self, source: Action) -> list[Version]:
        """The versions of an S3 source's object, oldest first."""
        return self.buckets[source.name].versions(source.settings["S3ObjectKey"])

    # -- sources -----------------------------------------------------------------------------------------------
    def _source(self, action: Action, contents: Mapping[str, Path]) -> Perform | None:
        settings = action.settings
        if action.provider not in BRANCH and action.provider != "S3":
            return None
        content = contents.get(action.name, contents.get(""))
        if content is None:
            raise LookupError(
                f"The source {action.name} has no content: give a folder or a repository for it."
            )
        branch = settings.get(BRANCH.get(action.provider, ""), "main")
        where = self.folder / "repositories" / f"{action.name}.git"
        repository = Repository(where) if where.exists() else Repository.create(where, branch, content)
        if action.provider == "S3":
            bucket = self.buckets[action.name] = Bucket(self.folder / "buckets" / action.name)
            head = repository.head(branch)
            archive = self.folder / f"{action.name}.zip"
            try:
                repository.zip(head.id, archive, follow=True)  # as the program zip does
            except InvalidArtifact as error:
                raise ValueError(f"{content}: {error}") from None
            bucket.put(settings.get("S3ObjectKey", "source.zip"), archive, head.summary)
            archive.unlink()
            return S3Source({settings.get("S3Bucket", ""): bucket})
        self.repositories[action.name] = repository
        if action.provider == "CodeCommit":
            return CodeCommit({settings.get("RepositoryName", ""): repository})
        name = settings.get("FullRepositoryId") or f"{settings.get('Owner', '')}/{settings.get('Repo', '')}"
        return GitHub({name: repository})


Local = LocalProviders  # the former name, for programs that import it from here
