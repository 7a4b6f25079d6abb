"""The crew: the job workers of this process, one or two for each action type, whoever's pipelines they work for.

They ask for jobs over HTTP like any worker. A type has one queue for all pipelines, so its workers are shared: of two
workplaces none takes the other's jobs, and a job that is nobody's here is left to others.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Protocol

from cp_teach.work.workers.jenkins_worker import Project, Worker
from cp_teach.work.workers.third_party_worker import Partner

if TYPE_CHECKING:
    from cp_teach.aws.local.workers.hired_workers import Hired, Kind

EXECUTORS = 2
"""So many builds a Jenkins does at a time, of one action type (a new Jenkins has two executors)."""
REST = 1.0
"""Seconds until a worker whose question was refused asks again."""


class _Works(Protocol):
    def run(self, stop: threading.Event) -> None: ...


class Crew:
    """The workers, and for whom they work."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._members: list[Hired] = []
        self._at_work: dict[Kind, tuple[threading.Event, list[threading.Thread]]] = {}

    def part(self, name: str) -> None:
        """Work no more for a pipeline of that name: there is one at a time behind the API."""
        for one in self._here():
            if one.workshop.run.pipeline.name == name:
                one.stop()

    def join(self, member: Hired) -> None:
        """Work for this one, too."""
        with self._lock:
            self._members.append(member)
            for kind in member.kinds - self._at_work.keys():
                self._start(kind, member)

    def leave(self, member: Hired) -> None:
        """Work no more for this one. Workers for whom nobody is left end."""
        with self._lock:
            if member not in self._members:
                return
            self._members.remove(member)
            wanted: set[Kind] = set().union(*(one.kinds for one in self._members))
            ended = [self._at_work.pop(kind) for kind in list(self._at_work) if kind not in wanted]
        for stop, _ in ended:
            stop.set()
        for _, threads in ended:
            for thread in threads:
                if thread is not threading.current_thread():
                    thread.join(timeout=10)

    def _start(self, kind: Kind, member: Hired) -> None:
        stop = threading.Event()
        threads = []
        for number in range(EXECUTORS if kind[1] == "Custom" else 1):
            worker = self._worker(kind, member)
            thread = threading.Thread(
                target=_go_on, args=(worker, stop), name=f"{kind[2]} worker {number + 1}", daemon=True
            )
            threads.append(thread)
            thread.start()
        self._at_work[kind] = stop, threads

    def _worker(self, kind: Kind, member: Hired) -> _Works:
        category, owner, provider, version = kind
        url, folder = member.shown.url, member.workshop.folder / "jenkins"
        if owner == "Custom":
            return Worker(url, category, provider, version, self._project, folder=folder, yes=True)
        token = member.shown.client_token(provider, category, version)
        return Partner(url, provider, token, version=version, choose=self._teller)

    def _project(self, data: Mapping[str, Any]) -> Project | None:
        return next((found for one in self._here() if (found := one.project(data))), None)

    def _teller(self, data: Mapping[str, Any]) -> Callable[[str], None] | None:
        return next((found for one in self._here() if (found := one.teller(data))), None)

    def _here(self) -> list[Hired]:
        with self._lock:
            return list(self._members)


def _go_on(worker: _Works, stop: threading.Event) -> None:
    """Let it work until it is stopped. Who empties the service takes the action types away, and may bring them back."""
    from botocore.exceptions import BotoCoreError, ClientError

    while not stop.is_set():
        try:
            worker.run(stop)
        except (BotoCoreError, ClientError):
            stop.wait(REST)


_crew = Crew()


def crew() -> Crew:
    """The one crew of this process."""
    return _crew
