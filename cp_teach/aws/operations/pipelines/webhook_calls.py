"""Webhook calls: authenticate the caller, match the body against the filters, and start the pipeline."""

from __future__ import annotations

import ipaddress
import json
import re
from collections.abc import Mapping
from typing import Any

from cp_teach.aws.backend.hosted_pipeline import HostedPipeline
from cp_teach.aws.backend.region_backend import RegionBackend
from cp_teach.aws.protocol.json_protocol import Json
from cp_teach.engine.model.ids import uuid
from cp_teach.pipeline import Action
from cp_teach.security.input.json_input import InvalidJson, parse_json
from cp_teach.security.network.github_signature import is_genuine

MAX_SEARCHED = 100_000
"""Maximum values of a body that all filters together search, which takes a second and delays other requests."""
PATH_NODES = ("Root", "This", "Fields", "Index", "Slice", "Wildcard", "Child", "Descendants")
"""The classes of jsonpath-ng that a path can have; some versions lack Wildcard."""
REFERENCE = re.compile(r"\{([A-Za-z][\w]*)\}")


class BadPattern(ValueError):
    """A JSON path that a filter cannot use."""


class WebhookRefused(Exception):
    """A call that starts no execution; ``status`` is the HTTP status, and the message says why."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status, self.code, self.message = status, code, message


def url_of(region: RegionBackend, name: str) -> str:
    """The URL of a webhook."""
    base = region.settings.address or f"https://codepipeline.{region.name}.amazonaws.com"
    token = uuid(region.account, region.name, "webhook", name).replace("-", "")
    return f"{base}/codepipeline_{region.name}/cp-teach/webhook/{region.account}/{name}?t={token}"


def parse_path(text: str) -> Any:
    """Parse a JSON path such as ``$.ref`` or ``$.commits[0].id``. Raises ``BadPattern``."""
    from jsonpath_ng.parser import parse

    try:
        if not text.startswith("$"):
            raise ValueError("it does not begin with $")
        path = parse(text)
        _check_path(path)
        return path
    except Exception as error:  # the parser raises errors of many types
        raise BadPattern(f"'{text}' is not a JSON path that this webhook can follow: {error}") from error


def _check_path(path: Any) -> None:
    """Refuse a path that selects a value more than once, because each such step multiplies the work of the next
    steps."""
    from jsonpath_ng import jsonpath as nodes

    allowed = tuple(getattr(nodes, name, nodes.Root) for name in PATH_NODES)
    descents = 0
    waiting = [path]
    while waiting:
        part = waiting.pop()
        if isinstance(part, nodes.Child | nodes.Descendants):
            descents += isinstance(part, nodes.Descendants)
            waiting += (part.left, part.right)
        named = getattr(part, "fields", ()) or getattr(part, "indices", ())
        if not isinstance(part, allowed) or len(set(named)) < len(named):
            raise ValueError("use only names, numbers, and *, and none of them twice")
    if descents > 1:
        raise ValueError("it has more than one ..; use at most one")


def target_action(hosted: HostedPipeline, definition: Json) -> Action | None:
    """The action that a webhook starts the pipeline with; None if it does not exist."""
    actions = (action for stage in hosted.pipeline.stages for action in stage.actions)
    return next((action for action in actions if action.name == definition["targetAction"]), None)


def expected(text: str, action: Action) -> str:
    """The value that a filter compares with, after references such as ``{Branch}`` are replaced by the configuration of
    the source action."""
    return REFERENCE.sub(lambda match: action.settings.get(match[1], match[0]), text)


def call_webhook(
    region: RegionBackend, name: str, body: bytes, headers: Mapping[str, str], address: str = ""
) -> str:
    """Call a webhook; returns the ID of the execution that it starts. Raises ``WebhookRefused``, or ``StoreFailed``.

    ``headers`` are those of the HTTP request; ``address`` is the caller's.
    """
    with region.transaction():
        hook = region.webhooks.get(name)
        if hook is None:
            raise WebhookRefused(404, "WebhookNotFoundException", f"The webhook '{name}' does not exist.")
        try:
            _authenticate(
                hook["definition"], body, {key.lower(): value for key, value in headers.items()}, address
            )
            started = _start(region, hook["definition"], body)
        except WebhookRefused as turned:
            hook["errorCode"], hook["errorMessage"] = turned.code, turned.message
            region.save_thing("webhook", name, hook)
            raise
        hook.pop("errorCode", None)
        hook.pop("errorMessage", None)
        hook["lastTriggered"] = region.now
        region.save_thing("webhook", name, hook)
        return started


def _authenticate(definition: Json, body: bytes, headers: Mapping[str, str], address: str) -> None:
    given = definition["authenticationConfiguration"]
    if definition["authentication"] == "GITHUB_HMAC":
        if is_genuine(headers, body, given["SecretToken"]):
            return
        raise WebhookRefused(
            403, "SignatureMismatch", "The signature of the request does not match the webhook's secret."
        )
    if definition["authentication"] == "IP":
        try:
            inside = ipaddress.ip_address(address) in ipaddress.ip_network(
                given["AllowedIPRange"], strict=False
            )
        except ValueError:
            inside = False
        if not inside:
            raise WebhookRefused(
                403, "AddressNotAllowed", f"Requests from {address or 'an unknown address'} are not allowed."
            )


def _start(region: RegionBackend, definition: Json, body: bytes) -> str:
    hosted = region.pipelines.get(definition["targetPipeline"])
    if hosted is None:
        raise WebhookRefused(
            400, "PipelineNotFound", f"The pipeline '{definition['targetPipeline']}' was deleted."
        )
    region.catch_up(hosted)
    action = target_action(hosted, definition)
    if action is None:
        raise WebhookRefused(
            400, "ActionNotFound", f"The action '{definition['targetAction']}' no longer exists."
        )
    try:
        data = parse_json(body)
    except InvalidJson as error:
        raise WebhookRefused(
            400, "InvalidBody", f"The body of the request is not valid JSON. {error}"
        ) from None
    _check_work(data, [each["jsonPath"] for each in definition["filters"]])
    for each in definition["filters"]:
        value = _first_match(data, each["jsonPath"])
        expected_value = expected(each.get("matchEquals", ""), action)
        if value is None or ("matchEquals" in each and _text(value) != expected_value):
            raise WebhookRefused(
                200,
                "FilterMismatch",
                f"{each['jsonPath']} is {_text(value)}, not {expected_value}, so no execution started.",
            )
    number = region.start(hosted, "Webhook", region.arn(f"webhook:{definition['name']}"))
    return hosted.id_of(number)


def _check_work(data: Any, paths: list[str]) -> None:
    """Raises ``WebhookRefused`` if a body takes too long to search. A path of names reads few values; each ``..``,
    ``*``, or slice in it reads all that remain."""
    searches = sum(text.count("..") + text.count("*") + text.count(":") for text in paths)
    values, waiting = 0, [data] if searches else []
    while waiting:
        item = waiting.pop()
        values += 1
        if values * searches > MAX_SEARCHED:
            raise WebhookRefused(
                400,
                "InvalidBody",
                f"The body has too many values for the .. and * in the filters: at most {MAX_SEARCHED // searches:,}. "
                "Write paths of names alone, such as $.ref.",
            )
        if isinstance(item, dict | list):
            waiting += item.values() if isinstance(item, dict) else item


def _first_match(data: Any, path: str) -> Any:
    matches = parse_path(path).find(data)
    return matches[0].value if matches else None


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)
