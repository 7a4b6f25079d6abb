"""GitHub source actions (version 1 and connections), on git repositories of this machine."""

from __future__ import annotations

from collections.abc import Mapping

from cp_teach.pipeline import Push
from cp_teach.work.sources.git_source import aws_date, fetch
from cp_teach.work.sources.push_watcher import RefUpdate
from cp_teach.work.sources.repository import Commit, Repository
from cp_teach.work.task import Done, Task, missing_key, not_found

KEYS = ("Owner", "Repo", "Branch")
CONNECTION_KEYS = ("ConnectionArn", "FullRepositoryId", "BranchName")


class GitHub:
    """Makes the source artifact from a commit; ``repositories`` maps each "owner/name" to its repository.

    For GitHub (version 1) the configuration has Owner, Repo and Branch; for CodeStarSourceConnection it has
    ConnectionArn, FullRepositoryId and BranchName. Failures are those of ``CodeCommit``. Source of keys and variables:
    user guide, action-reference-GitHub and action-reference-CodestarConnectionSource.
    """

    def __init__(self, repositories: Mapping[str, Repository]) -> None:
        for name in repositories:
            if not all(name.partition("/")) or name.count("/") > 1:
                raise ValueError(f"{name!r} is not the full name of a GitHub repository. Write owner/name.")
        self.repositories = dict(repositories)

    def __call__(self, task: Task) -> Done:
        """Carry out the task; see ``Perform``."""
        settings = task.configuration
        connected = "ConnectionArn" in settings or "FullRepositoryId" in settings
        keys = CONNECTION_KEYS if connected else KEYS
        if failure := missing_key(task, *keys):
            return failure
        name = settings["FullRepositoryId"] if connected else f"{settings['Owner']}/{settings['Repo']}"
        branch = settings[keys[2]]
        if name not in self.repositories:
            return not_found(task, "repository", name, self.repositories)

        def variables(commit: Commit) -> dict[str, str]:
            common = {
                "AuthorDate": aws_date(commit.date),
                "BranchName": branch,
                "CommitId": commit.id,
                "CommitMessage": commit.message,
            }
            if connected:
                return common | {"ConnectionArn": settings["ConnectionArn"], "FullRepositoryName": name}
            return common | {
                "CommitUrl": f"https://github.com/{name}/commit/{commit.id}",  # it is never fetched
                "CommitterDate": aws_date(commit.committed),
                "RepositoryName": settings["Repo"],
            }

        return fetch(task, self.repositories[name], branch, variables)


def push_event(repository: Repository, update: RefUpdate) -> Push:
    """A push as the triggers of a pipeline see it: its branch or tag, and the files that it changes."""
    if update.tag:
        return Push(tag=update.tag)
    files = () if update.created else repository.changed_files(update.old, update.new).files
    return Push(update.branch, files=files, new_branch=update.created)
