"""Handlers of the admin API: each answers one kind of request with a JSON object (docs/api.md).

The admin API is separate from AWS's operations and never changes them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from cp_teach._version import __version__
from cp_teach.aws.backend.hosted_pipeline import HostedPipeline
from cp_teach.aws.backend.region_backend import RegionBackend
from cp_teach.aws.backend.service_registry import active
from cp_teach.aws.operations import jobs
from cp_teach.aws.protocol.json_protocol import Json
from cp_teach.engine import Command, FinishAction, FinishRule, Heal, Inject, TimeOut
from cp_teach.engine.run.run_file import encode, written
from cp_teach.security.network import server_challenge

PLAN_FIELDS = ("stage", "action", "when", "failure", "message", "times", "chance")


class BadRequest(ValueError):
    """The request is malformed; the message says what is wrong with it."""


@dataclass(frozen=True)
class AdminRequest:
    """A request of the admin API: the segments of its path, its query and its JSON body."""

    path: tuple[str, ...]
    query: dict[str, str]
    body: Json

    @property
    def pipeline(self) -> str:
        """The pipeline that the path names. Raises ``BadRequest``."""
        if len(self.path) < 2:
            raise BadRequest(f"the path names no pipeline; write {self.path[0]}/PIPELINE")
        return self.path[1]

    def required(self, key: str) -> Any:
        """The value of a key of the body. Raises ``BadRequest`` if the body does not have the key."""
        if key not in self.body:
            raise BadRequest(f"{key} is missing")
        return self.body[key]

    def text(self, key: str, default: str | None = None) -> str:
        """The string at a key of the body; the key is required if there is no default. Raises ``BadRequest``."""
        value = self.required(key) if default is None else self.body.get(key, default)
        if not isinstance(value, str):
            raise BadRequest(f"{key} must be a string, not {value!r:.60}")
        return value


Handler = Callable[[RegionBackend, AdminRequest], Json]


# -- requests that only read -----------------------------------------------------------------------
def get_status(region: RegionBackend, request: AdminRequest) -> Json:
    """The clock, the settings, and the pipelines of the Region."""
    settings = region.settings
    region.advance_all()
    return {
        "cp_teach": __version__,
        "account": region.account,
        "region": region.name,
        "edition": settings.edition,
        "clock": settings.clock.to_dict(),
        "workers": settings.workers,
        "seconds": settings.seconds,
        "pipelines": {name: _summary(hosted) for name, hosted in sorted(region.pipelines.items())},
    }


def _summary(hosted: HostedPipeline) -> Json:
    run = hosted.run
    return {
        "run": run.id,
        "executions": run.state.newest,
        "position": run.journal.position,
        "own_time": hosted.is_served_run,
        "why": str(run.why()),
    }


def get_journal(region: RegionBackend, request: AdminRequest) -> Json:
    """The journal of a pipeline, or its entries from number ``after`` on (docs/run-file.md)."""
    hosted = region.pipeline(request.pipeline)
    run = hosted.run
    if "after" not in request.query:
        return {**encode(run), "birth": hosted.created, "run": run.id}
    after = request.query["after"]
    if not (after.isascii() and after.isdecimal() and len(after) < 16):
        raise BadRequest(f"after must be a number of entries, not {after[:60]!r}")
    position = run.journal.position
    return {
        "run": run.id,
        "birth": hosted.created,
        "position": position,
        "now": run.now,
        "entries": [written(run.journal[index]) for index in range(int(after), position)],
    }


def list_jobs(region: RegionBackend, request: AdminRequest) -> Json:
    """Jobs that have not ended, each with the event of its Lambda function or the credentials of its partner."""
    region.advance_all()
    items: list[Json] = []
    for job in region.jobs:
        if job.ended:
            continue
        item: Json = {
            "id": job.id,
            "status": job.status,
            "pipeline": job.pipeline,
            "stage": job.stage,
            "action": job.action,
            "type": "/".join(job.type),
        }
        if job.type[0] == "Invoke" and job.type[2] == "Lambda":
            item["event"] = jobs.lambda_event(region, job)
        if job.type[1] == "ThirdParty":
            item["clientId"], item["clientToken"] = jobs.client_credentials(region, job.type)
        items.append(item)
    return {"jobs": items}


def answer_challenge(region: RegionBackend, request: AdminRequest) -> Json:
    """The proof that this is a cp-teach server; a client on another machine asks for it before it signs requests."""
    return {"cp_teach": __version__, **server_challenge.answer(request.query.get("nonce", ""))}


# -- requests that change something ----------------------------------------------------------------
def set_clock(region: RegionBackend, request: AdminRequest) -> Json:
    """Set the mode of the clock and its factor."""
    clock = region.settings.clock
    clock.set(request.body.get("mode", clock.mode), request.body.get("factor", 1.0))
    region.advance_all()
    return clock.to_dict()


def tick(region: RegionBackend, request: AdminRequest) -> Json:
    """Advance the clock by a number of seconds."""
    active().pass_time(request.required("seconds"))
    return region.settings.clock.to_dict()


def set_workers(region: RegionBackend, request: AdminRequest) -> Json:
    """Choose the worker of each action type, and the duration of simulated actions."""
    drivers, seconds = request.body.get("workers", {}), request.body.get("seconds", {})
    if not isinstance(drivers, dict) or not isinstance(seconds, dict):
        raise BadRequest("workers and seconds must be objects, keyed by the kind of action")
    region.settings.set_workers(drivers)
    region.settings.set_seconds(seconds)
    region.advance_all()
    return {"workers": region.settings.workers, "seconds": region.settings.seconds}


def inject_failure(region: RegionBackend, request: AdminRequest) -> Json:
    """Plan a failure of an action."""
    hosted = region.pipeline(request.pipeline)
    if unknown := sorted(set(request.body) - set(PLAN_FIELDS)):
        raise BadRequest(f"unknown: {', '.join(unknown)}; known are {', '.join(PLAN_FIELDS)}")
    request.required("stage"), request.required("action")
    return {"said": region.execute(hosted, Inject(**request.body), by="admin").note}


def clear_failures(region: RegionBackend, request: AdminRequest) -> Json:
    """Clear the failures that are planned for an action."""
    hosted = region.pipeline(request.pipeline)
    command = Heal(request.text("stage"), request.text("action"))
    return {"said": region.execute(hosted, command, by="admin").note}


def finish(region: RegionBackend, request: AdminRequest) -> Json:
    """Complete a running action or rule by hand: it succeeds unless ``failure`` names a failure type."""
    hosted = region.pipeline(request.pipeline)
    stage, failure = request.text("stage"), request.text("failure", "")
    number = request.body.get("execution") or hosted.metadata.latest.get(stage, 0)
    if not isinstance(number, int) or isinstance(number, bool):
        raise BadRequest("execution must be the number of an execution")
    message = request.text("message", "")
    command: Command
    if "rule" in request.body:
        command = FinishRule(number, stage, request.text("rule"), not failure, message)
    elif failure == "TimedOut":
        command = TimeOut(number, stage, request.text("action"))
    else:
        variables = request.body.get("variables", {})
        if not isinstance(variables, dict):
            raise BadRequest("variables must be an object with string values")
        command = FinishAction(
            number,
            stage,
            request.text("action"),
            failure,
            message,
            request.text("external_id", ""),
            tuple((key, str(value)) for key, value in variables.items()),
        )
    return {"events": [str(event) for event in region.execute(hosted, command, by="admin")]}


HANDLERS: dict[tuple[str, str], Handler] = {
    ("GET", "status"): get_status,
    ("GET", "challenge"): answer_challenge,
    ("GET", "journal"): get_journal,
    ("GET", "jobs"): list_jobs,
    ("POST", "clock"): set_clock,
    ("POST", "tick"): tick,
    ("POST", "workers"): set_workers,
    ("POST", "inject"): inject_failure,
    ("POST", "heal"): clear_failures,
    ("POST", "finish"): finish,
}
"""Method and first segment of the path -> the function that answers."""
