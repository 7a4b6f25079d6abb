"""The source action CodeCommit, on repositories of this machine."""

from __future__ import annotations

from collections.abc import Mapping

from cp_teach.work.runtime.task import Done, Task
from cp_teach.work.sources.git_source import fetch, missing, stamp, unknown
from cp_teach.work.sources.repository import Commit, Repository


class CodeCommit:
    """Hands on the files of a commit; ``repositories`` by their RepositoryName.

    Configuration: RepositoryName, BranchName. Fails with ConfigurationError for a repository that is not there,
    with RevisionUnavailable for a branch that is not there. Source of keys and variables: user guide,
    action-reference-CodeCommit.
    """

    def __init__(self, repositories: Mapping[str, Repository]) -> None:
        self.repositories = dict(repositories)

    def __call__(self, task: Task) -> Done:
        """Do one run of the action."""
        if lacks := missing(task, "RepositoryName", "BranchName"):
            return lacks
        name, branch = task.configuration["RepositoryName"], task.configuration["BranchName"]
        if name not in self.repositories:
            return unknown(task, "repository", name, self.repositories)

        def variables(commit: Commit) -> dict[str, str]:
            return {
                "AuthorDate": stamp(commit.date),
                "BranchName": branch,
                "CommitId": commit.id,
                "CommitMessage": commit.message,
                "CommitterDate": stamp(commit.committed),
                "RepositoryName": name,
            }

        return fetch(task, self.repositories[name], branch, variables)
