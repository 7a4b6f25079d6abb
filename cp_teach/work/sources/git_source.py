"""Find the commit of an execution in a git repository, and make the source artifact from it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from cp_teach.work.artifacts.zip_artifacts import InvalidArtifact
from cp_teach.work.sources.git import GitFailed, NoGit
from cp_teach.work.sources.repository import Commit, NoSuchRevision, Repository
from cp_teach.work.task import Done, Task

MESSAGE_LENGTH = 500
"""The number of characters of a commit's first line that are shown with the action."""


def fetch(
    task: Task, repository: Repository, branch: str, variables: Callable[[Commit], Mapping[str, str]]
) -> Done:
    """Make the artifact from the commit in this execution; if the repository does not have that commit, from the
    newest commit of the branch. Fails with RevisionUnavailable if the branch does not exist."""
    if len(task.outputs) != 1:
        return Done("ConfigurationError", f"{task.action} needs exactly one output artifact. Name one.")
    revision = task.revisions.get(task.action, "")
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
        variables=variables(commit),
        external_id=commit.id,
    )


def aws_date(when: datetime) -> str:
    """A date in the format of AWS variables: 2019-10-29T03:32:21Z."""
    return when.isoformat(timespec="seconds").replace("+00:00", "Z")
