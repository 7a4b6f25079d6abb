"""The pool of job workers of a server: one or two per action type, shared by all pipelines that the server publishes.

Workers poll over HTTP. An action type has one queue for all pipelines, so its workers are shared: a worker runs a job
with the settings of the member whose pipeline the job belongs to, and leaves other jobs to other workers.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Protocol

from cp_teach.work.workers.jenkins_worker import JenkinsProject, JenkinsWorker
from cp_teach.work.workers.third_party_worker import ThirdPartyWorker

EXECUTORS = 2
"""Number of builds that a Jenkins runs at a time for one action type (a new Jenkins has two executors)."""
RETRY_SECONDS = 1.0
"""Seconds until a worker whose request was refused polls again."""

ActionTypeId = tuple[str, str, str, str]
"""(category, owner, provider, version)."""


class Member(Protocol):
    """A pipeline with its own job workers, as the pool sees it."""

    action_types: set[ActionTypeId]
    url: str
    folder: Path
    pipeline_name: str

    def project(self, data: Mapping[str, Any]) -> JenkinsProject | None:
        """The project of a job of a custom action type; None if the job belongs to another pipeline."""

    def job_log(self, data: Mapping[str, Any]) -> Callable[[str], None] | None:
        """The log of a partner's job; None if the job belongs to another pipeline."""

    def client_token(self, action_type: ActionTypeId) -> str:
        """The secret that the account and the partner share."""

    def stop(self) -> None:
        """Leave the pool."""


class WorkerPool:
    """Worker threads by action type, and the members whose jobs they do."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._members: list[Member] = []
        self._threads: dict[ActionTypeId, tuple[threading.Event, list[threading.Thread]]] = {}

    def stop_pipeline(self, name: str) -> None:
        """Stop the member with a pipeline of this name, because the API has one pipeline of a name at a time."""
        for member in self._current_members():
            if member.pipeline_name == name:
                member.stop()

    def join(self, member: Member) -> None:
        """Add a member, and start the workers for its action types."""
        with self._lock:
            self._members.append(member)
            for action_type in member.action_types - self._threads.keys():
                self._start(action_type, member)

    def leave(self, member: Member) -> None:
        """Remove a member, and end the workers that no other member needs."""
        with self._lock:
            if member not in self._members:
                return
            self._members.remove(member)
            needed: set[ActionTypeId] = set().union(*(other.action_types for other in self._members))
            ended = [self._threads.pop(kind) for kind in list(self._threads) if kind not in needed]
        for stop, _ in ended:
            stop.set()
        for _, threads in ended:
            for thread in threads:
                if thread is not threading.current_thread():
                    thread.join(timeout=10)

    def close(self) -> None:
        """Stop every member, which ends all workers."""
        for member in self._current_members():
            member.stop()

    def _start(self, action_type: ActionTypeId, member: Member) -> None:
        stop = threading.Event()
        threads = []
        for number in range(EXECUTORS if action_type[1] == "Custom" else 1):
            worker = self._make_worker(action_type, member)
            name = f"{action_type[2]} worker {number + 1}"
            thread = threading.Thread(target=_run, args=(worker, stop), name=name, daemon=True)
            threads.append(thread)
            thread.start()
        self._threads[action_type] = stop, threads

    def _make_worker(self, action_type: ActionTypeId, member: Member) -> JenkinsWorker | ThirdPartyWorker:
        category, owner, provider, version = action_type
        if owner == "Custom":
            return JenkinsWorker(
                member.url, category, provider, version, self._project, folder=member.folder, yes=True
            )
        token = member.client_token(action_type)
        return ThirdPartyWorker(member.url, provider, token, version=version, choose=self._job_log)

    def _project(self, data: Mapping[str, Any]) -> JenkinsProject | None:
        return next(filter(None, (member.project(data) for member in self._current_members())), None)

    def _job_log(self, data: Mapping[str, Any]) -> Callable[[str], None] | None:
        return next(filter(None, (member.job_log(data) for member in self._current_members())), None)

    def _current_members(self) -> list[Member]:
        with self._lock:
            return list(self._members)


def _run(worker: JenkinsWorker | ThirdPartyWorker, stop: threading.Event) -> None:
    """Poll until stopped. A reset of the service deletes the action type for a time, and then polling is refused."""
    from botocore.exceptions import BotoCoreError, ClientError

    while not stop.is_set():
        try:
            worker.run(stop)
        except (BotoCoreError, ClientError):
            stop.wait(RETRY_SECONDS)
