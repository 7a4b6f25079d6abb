"""The CodeCommit and GitHub source actions (GitHub version 1 and connections), on git repositories of this machine."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from cp_teach.work.artifacts.zip_artifacts import InvalidArtifact
from cp_teach.work.sources.git import GitFailed, NoGit
from cp_teach.work.sources.repository import Commit, NoSuchRevision, Repository
from cp_teach.work.task import Done, Task, missing_key, not_found

MESSAGE_LENGTH = 500
"""The number of characters of a commit's first line that are shown with the action."""
GITHUB_KEYS = ("Owner", "Repo", "Branch")
CONNECTION_KEYS = ("ConnectionArn", "FullRepositoryId", "BranchName")


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
        return _fetch(
            task,
            self.repositories,
            name,
            branch,
            lambda commit: {"CommitterDate": _aws_date(commit.committed), "RepositoryName": name},
        )


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
        keys = CONNECTION_KEYS if connected else GITHUB_KEYS
        if failure := missing_key(task, *keys):
            return failure
        name = settings["FullRepositoryId"] if connected else f"{settings['Owner']}/{settings['Repo']}"

        def variables(commit: Commit) -> dict[str, str]:
            if connected:
                return {"ConnectionArn": settings["ConnectionArn"], "FullRepositoryName": name}
            return {
                "CommitUrl": f"https://github.com/{name}/commit/{commit.id}",  # it is never fetched
                "CommitterDate": _aws_date(commit.committed),
                "RepositoryName": settings["Repo"],
            }

        return _fetch(task, self.repositories, name, settings[keys[2]], variables)


def _fetch(
    task: Task,
    repositories: Mapping[str, Repository],
    name: str,
    branch: str,
    own_variables: Callable[[Commit], dict[str, str]],
) -> Done:
    """Make the artifact from the commit in this execution; if the repository does not have that commit, from the
    newest commit of the branch. Fails with RevisionUnavailable if the branch does not exist."""
    if name not in repositories:
        return not_found(task, "repository", name, repositories)
    if len(task.outputs) != 1:
        return Done("ConfigurationError", f"{task.action} needs exactly one output artifact. Name one.")
    repository, revision = repositories[name], task.revisions.get(task.action, "")
    artifact = task.folder / f"{task.outputs[0]}.zip"
    follow = task.configuration.get("OutputArtifactFormat") == "CODEBUILD_CLONE_REF"
    try:
        commit = repository.commit(revision) if repository.has_commit(revision) else repository.head(branch)
        note = repository.zip(commit.id, artifact, follow=follow)
    except NoSuchRevision as error:
        return Done(
            "RevisionUnavailable", f"{task.action}: {error} Push the branch, or configure another one."
        )
    except (GitFailed, NoGit) as error:
        return Done("SystemUnavailable", f"{task.action}: {error}")
    except InvalidArtifact as error:
        return Done("ConfigurationError", f"{task.action}: {error}")
    if follow:
        task.log("OutputArtifactFormat CODEBUILD_CLONE_REF: here, the artifact is a zip file, not a clone.")
    if note:
        task.log(note)
    task.log(f"{branch} {commit.id[:7]} {commit.summary}")
    return Done(
        message=commit.summary[:MESSAGE_LENGTH],
        outputs={task.outputs[0]: artifact},
        variables={
            "AuthorDate": _aws_date(commit.date),
            "BranchName": branch,
            "CommitId": commit.id,
            "CommitMessage": commit.message,
            **own_variables(commit),
        },
        external_id=commit.id,
    )


def _aws_date(when: datetime) -> str:
    """A date in the format of AWS variables: 2019-10-29T03:32:21Z."""
    return when.isoformat(timespec="seconds").replace("+00:00", "Z")
