"""GitHub, played by repositories of this machine: the source actions, the webhook's call, and what a push starts."""

from __future__ import annotations

import hmac
import json
from collections.abc import Mapping
from typing import Any

from cp_teach.engine.model.ids import uuid
from cp_teach.pipeline import Pipeline, Push, Verdict, fires
from cp_teach.work.runtime.task import Done, Task
from cp_teach.work.sources.git_source import fetch, missing, stamp, unknown
from cp_teach.work.sources.push_watcher import Moved
from cp_teach.work.sources.repository import Changes, Commit, Repository

KEYS = ("Owner", "Repo", "Branch")
CONNECTION_KEYS = ("ConnectionArn", "FullRepositoryId", "BranchName")
HERE = "https://github.com"
"""Where links in variables and webhooks lead. Nothing is ever fetched from there."""


class GitHub:
    """Hands on the files of a commit; ``repositories`` by "owner/name".

    For GitHub (version 1) the configuration has Owner, Repo and Branch; for CodeStarSourceConnection it has
    ConnectionArn, FullRepositoryId and BranchName. Failures are those of ``CodeCommit``. Source of keys and variables:
    user guide, action-reference-GitHub and action-reference-CodestarConnectionSource.
    """

    def __init__(self, repositories: Mapping[str, Repository]) -> None:
        for name in repositories:
            if not all(name.partition("/")) or name.count("/") > 1:
                raise ValueError(f"{name!r} is no full name of a repository on GitHub. Write owner/name.")
        self.repositories = dict(repositories)

    def __call__(self, task: Task) -> Done:
        """Do one run of the action."""
        says = task.configuration
        connected = "ConnectionArn" in says or "FullRepositoryId" in says
        keys = CONNECTION_KEYS if connected else KEYS
        if lacks := missing(task, *keys):
            return lacks
        name = says["FullRepositoryId"] if connected else f"{says['Owner']}/{says['Repo']}"
        branch = says[keys[2]]
        if name not in self.repositories:
            return unknown(task, "repository", name, self.repositories)

        def variables(commit: Commit) -> dict[str, str]:
            known = {
                "AuthorDate": stamp(commit.date),
                "BranchName": branch,
                "CommitId": commit.id,
                "CommitMessage": commit.message,
            }
            if connected:
                return known | {"ConnectionArn": says["ConnectionArn"], "FullRepositoryName": name}
            return known | {
                "CommitUrl": f"{HERE}/{name}/commit/{commit.id}",
                "CommitterDate": stamp(commit.committed),
                "RepositoryName": says["Repo"],
            }

        return fetch(task, self.repositories[name], branch, variables)

    def delivery(self, name: str, moved: Moved, secret: str) -> tuple[dict[str, str], bytes]:
        """What GitHub sends to a webhook after a push to the repository ``name``: the headers and the body.

        ``secret`` is the webhook's, and signs the body; "" sends it without a signature. Raises ``LookupError`` for a
        repository that is not here. Source: GitHub's documentation, "Webhook events and payloads", push.
        """
        if name not in self.repositories:
            raise LookupError(f"There is no repository {name}. Known here: {', '.join(self.repositories)}.")
        body = json.dumps(_payload(name, self.repositories[name], moved)).encode()
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "GitHub-Hookshot/cp_teach",
            "X-GitHub-Event": "push",
            "X-GitHub-Delivery": uuid("delivery", name, *moved),
        }
        if secret:
            for header, kind in (("X-Hub-Signature", "sha1"), ("X-Hub-Signature-256", "sha256")):
                headers[header] = signature(body, secret, kind)
        return headers, body


def signature(body: bytes, secret: str, kind: str = "sha256") -> str:
    """How GitHub signs a body: ``sha256=`` and the HMAC with the webhook's secret, in hexadecimal digits."""
    return f"{kind}={hmac.new(secret.encode(), body, kind).hexdigest()}"


def verified(headers: Mapping[str, str], body: bytes, secret: str) -> bool:
    """True if whoever has sent this body knows the secret. Only X-Hub-Signature-256 counts: SHA-1 is broken.

    How long the answer takes says nothing of how much of a signature was right. Without a secret nothing is verified.
    """
    given = next((v for k, v in headers.items() if k.lower() == "x-hub-signature-256"), "")
    return bool(secret) and hmac.compare_digest(signature(body, secret).encode(), given.encode())


def change(repository: Repository, moved: Moved) -> Push:
    """The push as the triggers of a pipeline look at it: its branch or tag, and the files that it changes."""
    if moved.tag:
        return Push(tag=moved.tag)
    files = () if moved.created else repository.changed_files(moved.old, moved.new).files
    return Push(moved.branch, files=files, new_branch=moved.created)


def starts(
    pipeline: Pipeline, repository: Repository, moved: Moved, source_action: str | None = None
) -> Verdict:
    """Whether a push to this repository starts the pipeline, and why: see ``cp_teach.pipeline.fires``."""
    return fires(pipeline, change(repository, moved), source_action)


def _payload(name: str, repository: Repository, moved: Moved) -> dict[str, Any]:
    commits = repository.commits(moved)
    newest = repository.commit(moved.new)
    changes = repository.changes_of([newest.id, *(commit.id for commit in commits)])
    owner, _, short = name.partition("/")
    # GitHub names an account here; the author of the newest commit stands for it.
    pusher = {"name": newest.author, "email": newest.email}
    return {
        "ref": moved.ref,
        "before": moved.old,
        "after": moved.new,
        "created": moved.created,
        "deleted": False,
        # Who pushes with force leaves behind a commit that the branch had.
        "forced": not (moved.created or repository.leads(moved.old, moved.new)),
        "base_ref": None,
        "compare": f"{HERE}/{name}/compare/{moved.old[:12]}...{moved.new[:12]}",
        "commits": [_told(name, commit, changes[commit.id]) for commit in commits],
        "head_commit": _told(name, newest, changes[newest.id]),
        "repository": {
            "name": short,
            "full_name": name,
            "owner": {"name": owner, "login": owner},
            "html_url": f"{HERE}/{name}",
        },
        "pusher": pusher,
        "sender": {"login": newest.author, "type": "User"},
    }


def _told(name: str, commit: Commit, changes: Changes) -> dict[str, Any]:
    return {
        "id": commit.id,
        "distinct": True,
        "message": commit.message,
        "timestamp": stamp(commit.date),
        "url": f"{HERE}/{name}/commit/{commit.id}",
        "author": {"name": commit.author, "email": commit.email},
        "committer": {"name": commit.committer, "email": commit.committer_email},
        "added": list(changes.added),
        "modified": list(changes.modified),
        "removed": list(changes.removed),
    }
