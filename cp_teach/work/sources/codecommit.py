"""The CodeCommit source action, on git repositories of this machine."""

from __future__ import annotations

from collections.abc import Mapping

from cp_teach.work.sources.git_source import aws_date, fetch
from cp_teach.work.sources.repository import Commit, Repository
from cp_teach.work.task import Done, Task, missing_key, not_found


class CodeCommit:
    """Makes the source artifact from a commit; ``repositories`` maps each RepositoryName to its repository.

    Configuration: RepositoryName, BranchName. Fails with ConfigurationError for an unknown repository and with
    RevisionUnavailable for an unknown branch. Source of keys and variables: user guide, action-reference-CodeCommit.
    """

    def __init__(self, repositories: Mapping[str, Repository]) -> None:
        self.repositories = dict(repositories)

    def __call__(self, task: Task) -> Done:
        """Carry out the task; see ``Perform``."""
        if failure := missing_key(task, "RepositoryName", "BranchName"):
            return failure
        name, branch = task.configuration["RepositoryName"], task.configuration["BranchName"]
        if name not in self.repositories:
            return not_found(task, "repository", name, self.repositories)

        def variables(commit: Commit) -> dict[str, str]:
            return {
                "AuthorDate": aws_date(commit.date),
                "BranchName": branch,
                "CommitId": commit.id,
                "CommitMessage": commit.message,
                "CommitterDate": aws_date(commit.committed),
                "RepositoryName": name,
            }

        return fetch(task, self.repositories[name], branch, variables)
