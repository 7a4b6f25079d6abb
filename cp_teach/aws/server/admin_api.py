"""The admin API: the clock, failures, workers, the journal; and webhooks, which have no other address.

It stands beside AWS's operations, never among them (docs/api.md). Each request is answered by a function of the
region and of what was sent; what cannot be done is answered with 400 and a sentence.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit

from cp_teach._version import __version__
from cp_teach.aws.backend.hosted_pipeline import Hosted
from cp_teach.aws.backend.region_backend import Region
from cp_teach.aws.backend.service_registry import active
from cp_teach.aws.backend.store import StoreFailed
from cp_teach.aws.config.settings import WORKERS
from cp_teach.aws.operations.jobs import jobs, third_party_jobs
from cp_teach.aws.operations.pipelines.webhook_calls import Turned, call
from cp_teach.aws.protocol import json_protocol
from cp_teach.aws.protocol.errors import AwsError
from cp_teach.engine import FinishAction, FinishRule, Heal, Inject, TimeOut
from cp_teach.engine.run.run_file import encode, written
from cp_teach.security.input.json_input import BadJson, parse_json
from cp_teach.security.network import server_challenge
from cp_teach.security.network.signature_v4 import scope_of


@dataclass(frozen=True)
class Asked:
    """A request of the admin API: the parts of its path, its query and its JSON body."""

    parts: tuple[str, ...]
    query: dict[str, str]
    body: dict[str, Any]


class Wrong(ValueError):
    """What was asked for cannot be done; the message says why."""


# -- looking ---------------------------------------------------------------------------------------
def look(region: Region, asked: Asked) -> dict[str, Any]:
    """What is here: the clock, the settings, the pipelines."""
    settings = region.settings
    region.everybody()
    return {
        "cp_teach": __version__,
        "account": region.account,
        "region": region.name,
        "edition": settings.edition,
        "clock": settings.clock.told(),
        "workers": settings.workers,
        "seconds": settings.seconds,
        "pipelines": {name: _told(hosted) for name, hosted in sorted(region.hosted.items())},
    }


def _told(hosted: Hosted) -> dict[str, Any]:
    return {
        "run": hosted.run.id,
        "executions": hosted.run.state.last,
        "position": hosted.run.journal.position,
        "own_time": hosted.own_time,
        "why": str(hosted.run.why()),
    }


def journal(region: Region, asked: Asked) -> dict[str, Any]:
    """The journal of a pipeline, or what it has gained since ``after`` (docs/run-file.md)."""
    hosted = region.pipeline(_part(asked, 1, "a pipeline"))
    run = hosted.run
    if "after" not in asked.query:
        return {**encode(run), "birth": hosted.birth, "run": run.id}
    after = _whole(asked.query["after"])
    entries = [written(run.journal[i]) for i in range(after, run.journal.position)]
    told = {"run": run.id, "birth": hosted.birth, "position": run.journal.position, "now": run.now}
    return {**told, "entries": entries}


def work(region: Region, asked: Asked) -> dict[str, Any]:
    """Jobs that are not done, with what a Lambda function would be called with and what a partner would know."""
    region.everybody()
    found: list[dict[str, Any]] = []
    for job in region.jobs:
        if job.ended:
            continue
        told: dict[str, Any] = {
            "id": job.id,
            "status": job.status,
            "pipeline": job.pipeline,
            "stage": job.stage,
            "action": job.action,
            "type": "/".join(job.type),
        }
        if job.type[0] == "Invoke" and job.type[2] == "Lambda":
            told["event"] = jobs.event(region, job)
        if job.type[1] == "ThirdParty":
            told["clientId"], told["clientToken"] = third_party_jobs.client_of(region, job.type)
        found.append(told)
    return {"jobs": found}


def challenge(region: Region, asked: Asked) -> dict[str, Any]:
    """The proof that this is a cp-teach server; a client on another machine asks for it before it signs requests."""
    return {"cp_teach": __version__, **server_challenge.answer(asked.query.get("nonce", ""))}


# -- doing -----------------------------------------------------------------------------------------
def clock(region: Region, asked: Asked) -> dict[str, Any]:
    """Choose how time passes."""
    mode = asked.body.get("mode", region.settings.clock.mode)
    region.settings.clock.set(mode, asked.body.get("factor", 1.0))
    region.everybody()
    return region.settings.clock.told()


def tick(region: Region, asked: Asked) -> dict[str, Any]:
    """Let seconds pass at once."""
    active().pass_time(_needed(asked, "seconds"))
    return region.settings.clock.told()


def workers(region: Region, asked: Asked) -> dict[str, Any]:
    """Say who drives which action type, and how long a simulated one takes."""
    given, seconds = asked.body.get("workers", {}), asked.body.get("seconds", {})
    if not isinstance(given, dict) or not isinstance(seconds, dict):
        raise Wrong("workers and seconds are objects, keyed by the kind of action")
    if not all(isinstance(worker, str) for worker in given.values()):
        raise Wrong(f"each worker is one of: {', '.join(WORKERS)}")
    region.settings.drive(given)
    region.settings.take(seconds)
    region.everybody()
    return {"workers": region.settings.workers, "seconds": region.settings.seconds}


def inject(region: Region, asked: Asked) -> dict[str, Any]:
    """Plan a failure of an action."""
    hosted = region.pipeline(_part(asked, 1, "a pipeline"))
    known = ("stage", "action", "when", "failure", "message", "times", "chance")
    if unknown := sorted(set(asked.body) - set(known)):
        raise Wrong(f"unknown: {', '.join(unknown)}; known are {', '.join(known)}")
    _needed(asked, "stage"), _needed(asked, "action")
    happened = region.do(hosted, Inject(**asked.body), by="admin")
    return {"said": happened.note}


def heal(region: Region, asked: Asked) -> dict[str, Any]:
    """Drop the failures planned for an action."""
    hosted = region.pipeline(_part(asked, 1, "a pipeline"))
    happened = region.do(hosted, Heal(_text(asked, "stage"), _text(asked, "action")), by="admin")
    return {"said": happened.note}


def finish(region: Region, asked: Asked) -> dict[str, Any]:
    """End a running action or rule by hand: well, or with a failure."""
    hosted = region.pipeline(_part(asked, 1, "a pipeline"))
    stage, failure = _text(asked, "stage"), _text(asked, "failure", "")
    number = asked.body.get("execution") or hosted.ledger.latest.get(stage, 0)
    if not isinstance(number, int) or isinstance(number, bool):
        raise Wrong("execution must be the number of an execution")
    message = _text(asked, "message", "")
    command: Any
    if "rule" in asked.body:
        command = FinishRule(number, stage, _text(asked, "rule"), not failure, message)
    elif failure == "TimedOut":
        command = TimeOut(number, stage, _text(asked, "action"))
    else:
        given = asked.body.get("variables", {})
        if not isinstance(given, dict):
            raise Wrong("variables must be an object with string values")
        variables = tuple((key, str(value)) for key, value in given.items())
        external = _text(asked, "external_id", "")
        command = FinishAction(number, stage, _text(asked, "action"), failure, message, external, variables)
    happened = region.do(hosted, command, by="admin")
    return {"events": [str(event) for event in happened]}


POSTS: dict[str, Callable[[Region, Asked], dict[str, Any]]] = {
    "clock": clock,
    "tick": tick,
    "workers": workers,
    "inject": inject,
    "heal": heal,
    "finish": finish,
}
GETS: dict[str, Callable[[Region, Asked], dict[str, Any]]] = {
    "status": look,
    "challenge": challenge,
    "journal": journal,
    "jobs": work,
}


# -- HTTP ------------------------------------------------------------------------------------------
def answer(request: Any, full_url: str) -> tuple[int, dict[str, str], str]:
    """Answer one request that moto handed over."""
    from moto.codepipeline.models import codepipeline_backends

    place, _, rest = urlsplit(full_url).path.partition("/codepipeline_")[2].partition("/cp-teach/")
    query = {key: values[-1] for key, values in parse_qs(urlsplit(full_url).query).items()}
    parts = tuple(part for part in rest.split("/") if part)
    account = query.get("account") or _account_of(request)
    if parts[:1] == ("webhook",) and len(parts) == 3:
        account = parts[1]
    if not re.fullmatch("[0-9]{12}", account):
        return _json(404, {"error": f"There is no account {account[:40]!r}: an account ID has 12 digits."})
    try:
        backend: Any = codepipeline_backends[account][place]
    except KeyError:
        return _json(404, {"error": f"There is no region {place}."})
    region: Region = backend.service
    body = request.get_data() if hasattr(request, "get_data") else (request.body or b"")
    if parts[:1] == ("webhook",):
        return _called(region, parts, body, request)
    return ask(region, request.method, parts, query, body)


def _account_of(request: Any) -> str:
    """The account of the key that signed the request, or else moto's default account."""
    from moto.iam.models import get_account_id_from

    scope = scope_of(request.headers.get("Authorization", ""))
    key = scope.key if scope is not None else ""
    return os.environ.get("MOTO_ACCOUNT_ID") or get_account_id_from(key)


def ask(
    region: Region, method: str, parts: tuple[str, ...], query: dict[str, str], body: bytes
) -> tuple[int, dict[str, str], str]:
    """Answer one request of the admin API: (status, headers, JSON)."""
    table = GETS if method == "GET" else POSTS
    what = parts[0] if parts else ""
    if what not in table:
        known = ", ".join([*(f"GET {name}" for name in GETS), *(f"POST {name}" for name in POSTS)])
        return _json(404, {"error": f"The admin API has no {method} {what}. Known are: {known}."})
    try:
        told = parse_json(body) if body else {}
        if not isinstance(told, dict):
            raise Wrong("the body of a request is a JSON object")
        with region.transaction():
            if len(parts) > 1 and parts[1] in region.hosted:
                region.catch_up(region.hosted[parts[1]])
            return _json(200, table[what](region, Asked(parts, query, told)))
    except StoreFailed as error:
        return _json(503, {"error": error.message, "code": error.code})
    except AwsError as error:
        return _json(404 if "NotFound" in error.code else 400, {"error": error.message, "code": error.code})
    except BadJson as error:
        return _json(400, {"error": str(error), "code": "SerializationException"})
    except (ValueError, TypeError) as error:
        return _json(400, {"error": str(error)})


def _called(
    region: Region, parts: tuple[str, ...], body: bytes, request: Any
) -> tuple[int, dict[str, str], str]:
    if len(parts) != 3 or request.method != "POST":
        return _json(404, {"error": "A webhook is called by POST, at the address that ListWebhooks shows."})
    try:
        address = getattr(request, "remote_addr", "") or ""
        started = call(region, parts[2], body, dict(request.headers), address)
    except Turned as turned:
        return _json(turned.status, {"error": str(turned), "code": turned.code})
    except AwsError as error:
        status = 503 if isinstance(error, StoreFailed) else 400
        return _json(status, {"error": error.message, "code": error.code})
    return _json(200, {"pipelineExecutionId": started})


def _json(status: int, told: dict[str, Any]) -> tuple[int, dict[str, str], str]:
    return status, {"Content-Type": "application/json"}, json_protocol.body(told)


def _part(asked: Asked, index: int, what: str) -> str:
    if len(asked.parts) <= index:
        raise Wrong(f"name {what} in the address")
    return asked.parts[index]


def _needed(asked: Asked, key: str) -> Any:
    if key not in asked.body:
        raise Wrong(f"{key} is missing")
    return asked.body[key]


def _text(asked: Asked, key: str, default: str | None = None) -> str:
    value = _needed(asked, key) if default is None else asked.body.get(key, default)
    if not isinstance(value, str):
        raise Wrong(f"{key} must be a string, not {value!r:.60}")
    return value


def _whole(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) < 16):
        raise Wrong(f"after must be a number of entries, not {text[:60]!r}")
    return int(text)
