"""Jobs: the work that job workers poll for (Jenkins, a Lambda function, a partner), and their results.

Source: user guide, "Create and add a custom action"; service model; recordings of Lambda jobs.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, astuple, dataclass, field, replace
from typing import Any

from cp_teach.aws.protocol.errors import AwsError
from cp_teach.engine.history.records import ActionRow
from cp_teach.engine.model.ids import uuid
from cp_teach.pipeline import Action, ActionType

REDELIVERY = 60.0
"""Seconds after which a job that was dispatched and not acknowledged is offered again."""

Key = tuple[str, int, str, str, int]


@dataclass(slots=True)
class Job:
    """One job. ``round`` counts the continuations of the same action execution, from 1."""

    id: str
    run: str
    """The ID of the pipeline's run."""
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
    """The progress that the worker reported last (model: ExecutionDetails)."""
    result: str = ""
    """The result as JSON, to compare with a repeated one."""
    query: str = ""
    """The value of its queryable configuration property, as ``key=value``."""

    @property
    def key(self) -> Key:
        """Identifies the action execution."""
        return self.run, self.execution, self.stage, self.action, self.position

    @property
    def ended(self) -> bool:
        """True after a result."""
        return self.status in ("Succeeded", "Failed")

    def to_dict(self) -> dict[str, Any]:
        """All fields as plain data, for ``from_dict``."""
        return asdict(self)

    @classmethod
    def from_dict(cls, fields: dict[str, Any]) -> Job:
        """The job with these fields. Raises ``TypeError`` or ``KeyError`` if they are not those of a job."""
        return cls(**{**fields, "type": tuple(fields["type"])})


class Jobs:
    """All jobs of an account in a Region. The caller must hold the service's lock."""

    def __init__(self) -> None:
        self._all: dict[str, Job] = {}
        self._newest: dict[Key, Job] = {}
        self._open: dict[tuple[str, str, str, str], dict[str, Job]] = {}

    def __iter__(self) -> Iterator[Job]:
        return iter(self._all.values())

    def clear(self) -> None:
        """Delete all jobs."""
        for index in (self._all, self._newest, self._open):
            index.clear()

    def add(self, job: Job) -> Job:
        """Add a job."""
        self._all[job.id] = job
        newest = self._newest.get(job.key)
        if newest is None or newest.round < job.round:
            self._newest[job.key] = job
        if not job.ended:
            self._open.setdefault(job.type, {})[job.id] = job
        return job

    def make(self, run: str, pipeline: str, row: ActionRow, action: Action, query: str = "") -> Job:
        """Create the first job for an action execution."""
        position = (row.execution, row.stage, row.action, row.position)
        return self.add(
            Job(
                uuid(run, row.fork, *position, "job", 1),
                run,
                pipeline,
                *position,
                astuple(action.type),
                query=query,
            )
        )

    def go_on(self, job: Job, token: str) -> Job:
        """Create the next job for the same action execution, because the worker sent a continuation token."""
        following = replace(
            job,
            id=uuid(job.id, "next"),
            round=job.round + 1,
            continuation=token,
            nonce="",
            status="Queued",
            dispatched=0.0,
            result="",
        )
        return self.add(following)

    def get(self, identifier: str) -> Job | None:
        """The job with that ID; None if there is none."""
        return self._all.get(identifier)

    def find(self, identifier: str) -> Job:
        """The job with that ID. Raises JobNotFoundException."""
        if identifier not in self._all:
            raise AwsError("JobNotFoundException", f"Job with id '{identifier}' does not exist")
        return self._all[identifier]

    def of(self, run: str, row: ActionRow) -> Job | None:
        """The newest job for that action execution; None if it has none."""
        return self._newest.get((run, row.execution, row.stage, row.action, row.position))

    def newest(self, job: Job) -> Job:
        """The newest job for the same action execution, which differs from ``job`` after a continuation."""
        return self._newest[job.key]

    def dispatch(self, kind: ActionType, limit: int, now: float, query: dict[str, str]) -> list[Job]:
        """Give up to ``limit`` jobs of a type to a worker. Each gets a new nonce, so only one
        of two workers can take it."""
        queries = {f"{key}={value}" for key, value in query.items()}
        dispatched: list[Job] = []
        for job in list(self._open.get(astuple(kind), {}).values()):
            if len(dispatched) == limit:
                break
            waiting = job.status == "Queued" or (
                job.status == "Dispatched" and not 0 <= now - job.dispatched < REDELIVERY
            )
            if waiting and (not queries or job.query in queries):
                job.status, job.dispatched = "Dispatched", now
                job.nonce = str(int(uuid(job.id, "nonce", job.nonce)[:8], 16) % 1_000_000_000 + 1)
                dispatched.append(job)
        return dispatched

    def acknowledge(self, job: Job, nonce: str) -> str:
        """Accept a dispatched job and return its status. Raises InvalidNonceException; a nonce is valid once."""
        if job.ended:
            return job.status
        if nonce != job.nonce or job.status != "Dispatched":
            raise AwsError("InvalidNonceException", f"The nonce '{nonce}' is not valid for job '{job.id}'.")
        job.status = "InProgress"
        return job.status

    def end(self, job: Job, status: str, result: dict[str, Any]) -> bool:
        """Record a result; True if it is the first. Raises InvalidJobStateException (texts as recorded)."""
        text = json.dumps(result, sort_keys=True, default=str)
        if not job.ended:
            job.status, job.result = status, text
            self._open.get(job.type, {}).pop(job.id, None)
            return True
        if job.status != status:
            raise AwsError("InvalidJobStateException", f"Job with id {job.id} has already terminated")
        if job.result != text:
            raise AwsError(
                "InvalidJobStateException",
                f"The status of job with id {job.id} is already set to the desired value. It cannot be updated with "
                "the same status, but different result or output variables.",
            )
        return False

    def forget(self, run: str) -> None:
        """Delete the jobs of a run, because another run begins under its name."""
        self.withdraw(run)
        for job in [job for job in self if job.run == run]:
            del self._all[job.id]
            self._newest.pop(job.key, None)

    def withdraw(self, run: str) -> None:
        """Stop offering the jobs of a deleted pipeline."""
        for job in self:
            if job.run == run:
                self.close(job)

    def close(self, job: Job) -> None:
        """Stop offering a job."""
        self._open.get(job.type, {}).pop(job.id, None)

    def drop(self, run: str, row: ActionRow) -> None:
        """Stop offering the job of an action execution that has ended."""
        if job := self.of(run, row):
            self.close(job)
