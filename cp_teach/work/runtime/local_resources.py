"""Everything that a pipeline needs, on this machine: repositories, builds, fleets and buckets in one folder."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cp_teach.engine import Revision
from cp_teach.pipeline import Action, Pipeline
from cp_teach.work.artifacts.zip_artifacts import BadArtifact
from cp_teach.work.codebuild.provider import CodeBuild
from cp_teach.work.codedeploy.provider import CodeDeploy
from cp_teach.work.runtime.task import Perform
from cp_teach.work.s3.deploy import S3Deploy
from cp_teach.work.s3.source import Bucket, S3Source
from cp_teach.work.sandbox.run_command import USUAL, Limits, allow
from cp_teach.work.simulation.test_providers import PROVIDERS, SimulatedTest
from cp_teach.work.sources.codecommit import CodeCommit
from cp_teach.work.sources.github import GitHub
from cp_teach.work.sources.repository import Repository

BRANCH = {"CodeCommit": "BranchName", "CodeStarSourceConnection": "BranchName", "GitHub": "Branch"}
"""Git sources, and the key of the configuration that names their branch."""


class Local:
    """The providers of a pipeline on this machine, all in ``folder``. ``providers`` is what a ``Workshop`` takes.

    ``contents`` says what stands behind each source: a folder of files, or a git repository, by the name of the source
    action; "" is for all that are not named. Git sources get a bare repository that can be cloned and pushed to
    (``repositories``); an S3 source gets a bucket with a zip of it. What is not worked on for real is told by
    ``simulated``. Builds and hooks run commands on this machine: ``yes=True`` has to be said.

    Raises ``ValueError`` for content that cannot be used, and ``LookupError`` for a source without any.
    """

    def __init__(
        self,
        pipeline: Pipeline,
        contents: Mapping[str, Path],
        folder: Path,
        *,
        yes: bool = False,
        limits: Limits = USUAL,
        changed: Any = lambda deployment: None,
    ) -> None:
        allow(yes, "a stranger's")
        self.pipeline, self.folder = pipeline, folder
        self.worked: set[str] = set()
        """"Stage/Action" of what a job worker does beside it."""
        self.repositories: dict[str, Repository] = {}
        self.buckets: dict[str, Bucket] = {}
        self.builds = CodeBuild(yes=yes, limits=limits)
        self.deploys = CodeDeploy(yes=yes, create=folder / "fleets", changed=changed, limits=limits)
        self.providers: dict[str, Perform] = {"CodeBuild": self.builds, "CodeDeploy": self.deploys}
        for name in PROVIDERS:
            self.providers[name] = SimulatedTest(name)
        for stage in pipeline.stages:
            for action in stage.actions:
                place = f"{stage.name}/{action.name}"
                if action.category == "Source":
                    if made := self._source(action, contents):
                        self.providers[place] = made
                elif action.category == "Deploy" and action.provider == "S3":
                    self.providers[place] = S3Deploy(folder / "sites")

    @property
    def simulated(self) -> list[str]:
        """The actions that nobody really does here: "Stage / Action (Provider)"."""
        return [
            f"{stage.name} / {action.name} ({action.provider})"
            for stage in self.pipeline.stages
            for action in stage.actions
            if not action.is_approval
            and f"{stage.name}/{action.name}" not in self.providers
            and action.provider not in self.providers
            and f"{stage.name}/{action.name}" not in self.worked
        ]

    def newest(self, source: Action) -> Revision | None:
        """The newest revision that a source has now; None for one that is not worked on for real."""
        says = source.settings
        if source.name in self.repositories:
            head = self.repositories[source.name].head(says[BRANCH[source.provider]])
            return Revision(source.name, head.id, head.summary)
        if source.name in self.buckets:
            versions = self.buckets[source.name].versions(says["S3ObjectKey"])
            return Revision(source.name, versions[-1].id, versions[-1].summary) if versions else None
        return None

    # -- sources -----------------------------------------------------------------------------------------------
    def _source(self, action: Action, contents: Mapping[str, Path]) -> Perform | None:
        says = action.settings
        if action.provider not in BRANCH and action.provider != "S3":
            return None
        content = contents.get(action.name, contents.get(""))
        if content is None:
            raise LookupError(
                f"The source {action.name} has nothing behind it: give a folder or a repository for it."
            )
        branch = says.get(BRANCH.get(action.provider, ""), "main")
        where = self.folder / "repositories" / f"{action.name}.git"
        repository = Repository(where) if where.exists() else Repository.create(where, branch, content)
        if action.provider == "S3":
            bucket = self.buckets[action.name] = Bucket(self.folder / "buckets" / action.name)
            head = repository.head(branch)
            archive = self.folder / f"{action.name}.zip"
            try:
                repository.zip(head.id, archive, follow=True)  # as the program zip does
            except BadArtifact as no:
                raise ValueError(f"{content}: {no}") from None
            bucket.put(says.get("S3ObjectKey", "source.zip"), archive, head.summary)
            archive.unlink()
            return S3Source({says.get("S3Bucket", ""): bucket})
        self.repositories[action.name] = repository
        if action.provider == "CodeCommit":
            return CodeCommit({says.get("RepositoryName", ""): repository})
        name = says.get("FullRepositoryId") or f"{says.get('Owner', '')}/{says.get('Repo', '')}"
        return GitHub({name: repository})
