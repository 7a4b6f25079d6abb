"""Jobs: what a worker outside (Jenkins, a Lambda function, a partner) is given to do, and what it answers.

Source: user guide, "Create and add a custom action"; service model; recordings of Lambda jobs.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from typing import Any

from cp_teach.aws.protocol.errors import AwsError
from cp_teach.engine.history.records import ActionRow
from cp_teach.engine.model.ids import uuid
from cp_teach.pipeline import Action, ActionType

AGAIN = 60.0
"""Seconds after which a job that was handed out and never acknowledged is offered once more."""

Key = tuple[str, int, str, str, int]


@dataclass(slots=True)
class Job:
    """One job. ``round`` counts the continuations of the same run of an action."""

    id: str
    run: str
    """The id of the run that it belongs to."""
    pipeline: str
    execution: int
    stage: str
    action: str
    position: int
    type: tuple[str, str, str, str]
    round: int = 1
    nonce: str = ""
    status: str = "Queued"
    """Queued, Dispatched, InProgress, Succeeded or Failed (model: JobStatus)."""
    dispatched: float = 0.0
    continuation: str = ""
    details: dict[str, Any] = field(default_factory=dict)
    """What the worker said last of its progress (model: ExecutionDetails)."""
    result: str = ""
    """What ended it, as text that can be compared."""
    query: str = ""
    """The value of its queryable configuration property, as ``key=value``."""

    @property
    def key(self) -> Key:
        """Which run of an action it is for."""
        return self.run, self.execution, self.stage, self.action, self.position

    @property
    def ended(self) -> bool:
        """True when its result is in."""
        return self.status in ("Succeeded", "Failed")

    def told(self) -> dict[str, Any]:
        """All of it as plain data."""
        return asdict(self)

    @classmethod
    def read(cls, told: dict[str, Any]) -> Job:
        """The job that was told."""
        return cls(**{**told, "type": tuple(told["type"])})


class Jobs:
    """All jobs of an account in a region. Whoever calls holds the service's lock."""

    def __init__(self) -> None:
        self._all: dict[str, Job] = {}
        self._newest: dict[Key, Job] = {}
        self._open: dict[tuple[str, str, str, str], dict[str, Job]] = {}

    def __iter__(self) -> Iterator[Job]:
        return iter(self._all.values())

    def add(self, job: Job) -> Job:
        """Keep a job."""
        self._all[job.id] = job
        known = self._newest.get(job.key)
        if known is None or known.round < job.round:
            self._newest[job.key] = job
        if not job.ended:
            self._open.setdefault(job.type, {})[job.id] = job
        return job

    def make(self, run: str, pipeline: str, row: ActionRow, action: Action, query: str = "") -> Job:
        """The first job for a run of an action."""
        kind = action.type
        place = (row.execution, row.stage, row.action, row.position)
        return self.add(
            Job(
                uuid(run, row.fork, *place, "job", 1),
                run,
                pipeline,
                *place,
                (kind.category, kind.owner, kind.provider, kind.version),
                query=query,
            )
        )

    def go_on(self, job: Job, token: str) -> Job:
        """The next job for the same run of an action: the worker said that it will go on."""
        return self.add(
            Job(
                uuid(job.id, "next"),
                job.run,
                job.pipeline,
                job.execution,
                job.stage,
                job.action,
                job.position,
                job.type,
                job.round + 1,
                continuation=token,
                details=job.details,
                query=job.query,
            )
        )

    def find(self, identifier: str) -> Job:
        """The job of that id. Raises JobNotFoundException."""
        if identifier not in self._all:
            raise AwsError("JobNotFoundException", f"Job with id '{identifier}' does not exist")
        return self._all[identifier]

    def of(self, run: str, row: ActionRow) -> Job | None:
        """The newest job for that run of an action."""
        return self._newest.get((run, row.execution, row.stage, row.action, row.position))

    def newest(self, job: Job) -> Job:
        """The newest job for the same run of an action: another one after a continuation."""
        return self._newest[job.key]

    def dispatch(self, kind: ActionType, limit: int, now: float, query: dict[str, str]) -> list[Job]:
        """Hand out jobs of that type; each gets a new nonce, so that of two workers one wins."""
        wanted = {f"{key}={value}" for key, value in query.items()}
        given: list[Job] = []
        for job in list(
            self._open.get((kind.category, kind.owner, kind.provider, kind.version), {}).values()
        ):
            if len(given) == limit:
                break
            waiting = job.status == "Queued" or (
                job.status == "Dispatched" and not 0 <= now - job.dispatched < AGAIN
            )
            if waiting and (not wanted or job.query in wanted):
                job.status, job.dispatched = "Dispatched", now
                job.nonce = str(int(uuid(job.id, "nonce", job.nonce)[:8], 16) % 1_000_000_000 + 1)
                given.append(job)
        return given

    def acknowledge(self, job: Job, nonce: str) -> str:
        """Take a job that was handed out. Raises InvalidNonceException; a nonce is good once."""
        if job.ended:
            return job.status
        if nonce != job.nonce or job.status != "Dispatched":
            raise AwsError("InvalidNonceException", f"The nonce '{nonce}' is not valid for job '{job.id}'.")
        job.status = "InProgress"
        return job.status

    def end(self, job: Job, status: str, result: dict[str, Any]) -> bool:
        """Note a result; True if it is the first. Raises InvalidJobStateException (texts as recorded)."""
        told = json.dumps(result, sort_keys=True, default=str)
        if not job.ended:
            job.status, job.result = status, told
            self._open.get(job.type, {}).pop(job.id, None)
            return True
        if job.status != status:
            raise AwsError("InvalidJobStateException", f"Job with id {job.id} has already terminated")
        if job.result != told:
            raise AwsError(
                "InvalidJobStateException",
                f"The status of job with id {job.id} is already set to the desired value. It cannot be updated with "
                "the same status, but different result or output variables.",
            )
        return False

    def forget(self, run: str) -> None:
        """Of that run nothing was ever asked: another run begins under its name."""
        for job in [job for job in self._all.values() if job.run == run]:
            del self._all[job.id]
            self._newest.pop(job.key, None)
            self._open.get(job.type, {}).pop(job.id, None)

    def withdraw(self, run: str) -> None:
        """Its pipeline is gone: nobody is offered a job of that run any more."""
        for waiting in self._open.values():
            for identifier in [job.id for job in waiting.values() if job.run == run]:
                del waiting[identifier]

    def close(self, job: Job) -> None:
        """Stop offering a job."""
        self._open.get(job.type, {}).pop(job.id, None)

    def drop(self, run: str, row: ActionRow) -> Job | None:
        """The pipeline no longer waits for that run of an action: nobody is offered its job any more."""
        job = self.of(run, row)
        if job is not None:
            self.close(job)
        return job
