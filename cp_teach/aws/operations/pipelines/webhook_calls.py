"""A webhook that is called: is the caller who it says it is, does the body match, and then a pipeline starts."""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import json
import re
from collections.abc import Mapping
from typing import Any

from cp_teach.aws.backend.region_backend import Region
from cp_teach.engine.model.ids import uuid
from cp_teach.pipeline.model.pipeline import Action
from cp_teach.security.input.json_input import BadJson, parse_json

SEARCHED = 100_000
"""So many values of a body are looked at, for all filters together: it takes a second, and nobody else is served."""
REFERENCE = re.compile(r"\{([A-Za-z][\w]*)\}")


class BadPattern(ValueError):
    """A filter that can never be looked up."""


class Turned(Exception):
    """A call that starts nothing: ``status`` is the HTTP status, the message says why."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status, self.code, self.message = status, code, message


def url_of(region: Region, name: str) -> str:
    """Where the webhook can be called."""
    base = region.settings.address or f"https://codepipeline.{region.name}.amazonaws.com"
    token = uuid(region.account, region.name, "webhook", name).replace("-", "")
    return f"{base}/codepipeline_{region.name}/cp-teach/webhook/{region.account}/{name}?t={token}"


def path(text: str) -> Any:
    """A JSON path such as ``$.ref`` or ``$.commits[0].id``, ready to be looked up. Raises ``BadPattern``."""
    from jsonpath_ng.parser import parse

    try:
        if not text.startswith("$"):
            raise ValueError("it does not begin with $")
        found = parse(text)
        _check_path(found)
        return found
    except Exception as wrong:  # the parser of the library has errors of many kinds
        raise BadPattern(f"'{text}' is not a JSON path that this webhook can follow: {wrong}") from wrong


def _check_path(path: Any) -> None:
    """Refuse a path that selects a value more than once, because each such step multiplies the work of the next
    steps."""
    from jsonpath_ng import jsonpath as words

    deep = 0
    waiting = [path]
    while waiting:
        part = waiting.pop()
        if isinstance(part, words.Child | words.Descendants):
            deep += isinstance(part, words.Descendants)
            waiting += (part.left, part.right)
        named = getattr(part, "fields", ()) or getattr(part, "indices", ())
        simple = (
            words.Root
            | words.This
            | words.Fields
            | words.Index
            | words.Slice
            | words.Child
            | words.Descendants
        )
        if not isinstance(part, simple | getattr(words, "Wildcard", words.Slice)) or len(set(named)) < len(
            named
        ):
            raise ValueError("use only names, numbers, and *, and none of them twice")
    if deep > 1:
        raise ValueError("it has more than one ..; use at most one")


def expected(text: str, action: Action) -> str:
    """The value to compare with, ``{Branch}`` and its like filled in from the source action, as far as it has them."""
    return REFERENCE.sub(lambda found: action.settings.get(found[1], found[0]), text)


def call(region: Region, name: str, body: bytes, headers: Mapping[str, str], address: str = "") -> str:
    """Call a webhook; returns the ID of the execution that it starts. Raises ``Turned``, or ``StoreFailed``.

    ``headers`` are those of the HTTP request; ``address`` is the caller's.
    """
    with region.transaction():
        hook = region.webhooks.get(name)
        if hook is None:
            raise Turned(404, "WebhookNotFoundException", f"There is no webhook with name '{name}'")
        try:
            _authentic(
                hook["definition"], body, {key.lower(): value for key, value in headers.items()}, address
            )
            started = _start(region, hook["definition"], body)
        except Turned as turned:
            hook["errorCode"], hook["errorMessage"] = turned.code, turned.message
            region.save_thing("webhook", name, hook)
            raise
        hook.pop("errorCode", None)
        hook.pop("errorMessage", None)
        hook["lastTriggered"] = region.now
        region.save_thing("webhook", name, hook)
        return started


def _authentic(definition: dict[str, Any], body: bytes, headers: Mapping[str, str], address: str) -> None:
    given = definition["authenticationConfiguration"]
    if definition["authentication"] == "GITHUB_HMAC":
        secret = given["SecretToken"].encode()
        for header, kind in (("x-hub-signature-256", "sha256"), ("x-hub-signature", "sha1")):
            if header in headers:
                mine = f"{kind}={hmac.new(secret, body, getattr(hashlib, kind)).hexdigest()}"
                if hmac.compare_digest(mine.encode(), headers[header].encode()):
                    return
                break
        raise Turned(
            403, "SignatureMismatch", "The signature of the request does not fit the webhook's secret."
        )
    if definition["authentication"] == "IP":
        try:
            inside = ipaddress.ip_address(address) in ipaddress.ip_network(
                given["AllowedIPRange"], strict=False
            )
        except ValueError:
            inside = False
        if not inside:
            raise Turned(403, "AddressNotAllowed", f"Requests from {address or 'nowhere'} are not allowed.")


def _start(region: Region, definition: dict[str, Any], body: bytes) -> str:
    hosted = region.hosted.get(definition["targetPipeline"])
    if hosted is None:
        raise Turned(
            400, "PipelineNotFound", f"There is no pipeline '{definition['targetPipeline']}' any more."
        )
    region.catch_up(hosted)
    found = (a for s in hosted.pipeline.stages for a in s.actions if a.name == definition["targetAction"])
    action = next(found, None)
    if action is None:
        raise Turned(400, "ActionNotFound", f"There is no action '{definition['targetAction']}' any more.")
    try:
        told = parse_json(body)
    except BadJson as error:
        raise Turned(
            400, "InvalidBody", f"The body of the request is not JSON that can be read. {error}"
        ) from None
    _check_work(told, [each["jsonPath"] for each in definition["filters"]])
    for each in definition["filters"]:
        value, wanted = _look(told, each["jsonPath"]), expected(each.get("matchEquals", ""), action)
        if value is None or ("matchEquals" in each and _text(value) != wanted):
            raise Turned(
                200, "FilterMismatch", f"{each['jsonPath']} is {_text(value)}, not {wanted}: nothing started."
            )
    number = region.start(hosted, "Webhook", region.arn(f"webhook:{definition['name']}"))
    return hosted.id_of(number)


def _check_work(told: Any, paths: list[str]) -> None:
    """Refuse a body that takes too long to be searched. A path of names alone looks at few values; each ``..``, ``*``
    or slice in it looks at all that are left."""
    searches = sum(text.count("..") + text.count("*") + text.count(":") for text in paths)
    values, waiting = 0, [told] if searches else []
    while waiting:
        item = waiting.pop()
        values += 1
        if values * searches > SEARCHED:
            raise Turned(
                400,
                "InvalidBody",
                f"The body has too many values for the .. and * in the filters: at most {SEARCHED // searches:,} are "
                "searched. Write paths of names alone, such as $.ref.",
            )
        if isinstance(item, dict | list):
            waiting += item.values() if isinstance(item, dict) else item


def _look(told: Any, text: str) -> Any:
    found = path(text).find(told)
    return found[0].value if found else None


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)
