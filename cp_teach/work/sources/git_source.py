"""What all sources that are git repositories do: find the commit of an execution, and hand on its files."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from cp_teach.work.artifacts.zip_artifacts import BadArtifact
from cp_teach.work.runtime.task import Done, Task
from cp_teach.work.sources.git import GitFailed, NoGit
from cp_teach.work.sources.repository import Commit, NoSuch, Repository

SUMMARY = 500
"""How many characters of a commit's first line are shown beside the action."""


def missing(task: Task, *keys: str) -> Done | None:
    """A failure that names the first of these keys which the configuration lacks; None if they are all there."""
    lacks = next((key for key in keys if not task.configuration.get(key)), None)
    if lacks is None:
        return None
    return Done("ConfigurationError", f"The configuration of {task.action} has no {lacks}. Add it.")


def unknown(task: Task, key: str, name: str, known: Mapping[str, object]) -> Done:
    """A failure that names what is not there, and what is."""
    there = f"Known here: {', '.join(sorted(known))}" if known else "None is known here"
    return Done("ConfigurationError", f"{task.action}: there is no {key} {name}. {there}.")


def fetch(
    task: Task, repository: Repository, branch: str, variables: Callable[[Commit], Mapping[str, str]]
) -> Done:
    """Hand on the files of the commit that this execution carries; where it carries none that the repository knows,
    those of the newest commit of the branch. Fails with RevisionUnavailable without that branch."""
    if len(task.outputs) != 1:
        return Done("ConfigurationError", f"{task.action} needs exactly one output artifact. Name one.")
    carried = task.revisions.get(task.action, "")
    artifact = task.folder / f"{task.outputs[0]}.zip"
    cloned = task.configuration.get("OutputArtifactFormat") == "CODEBUILD_CLONE_REF"
    try:
        commit = repository.commit(carried) if repository.knows(carried) else repository.head(branch)
        links = repository.zip(commit.id, artifact, follow=cloned)
    except NoSuch as no:
        return Done("RevisionUnavailable", f"{task.action}: {no} Push the branch, or name another.")
    except (GitFailed, NoGit) as no:
        return Done("SystemUnavailable", f"{task.action}: {no}")
    except BadArtifact as no:
        return Done("ConfigurationError", f"{task.action}: {no}")
    if cloned:
        task.log("OutputArtifactFormat CODEBUILD_CLONE_REF: a clone is not handed on here; this is a zip.")
    if links:
        task.log(links)
    task.log(f"{branch} {commit.id[:7]} {commit.summary}")
    return Done(
        message=commit.summary[:SUMMARY],
        outputs={task.outputs[0]: artifact},
        variables=variables(commit),
        external_id=commit.id,
    )


def stamp(when: datetime) -> str:
    """A date as AWS writes it in variables: 2019-10-29T03:32:21Z."""
    return when.isoformat(timespec="seconds").replace("+00:00", "Z")
