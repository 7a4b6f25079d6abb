"""PutWebhook, ListWebhooks, DeleteWebhook and the two registrations with a third party."""

from __future__ import annotations

import ipaddress
from typing import Any

from cp_teach.aws.backend.region_backend import Region
from cp_teach.aws.iam.principal import Caller
from cp_teach.aws.operations.pipelines.tags import merged, told
from cp_teach.aws.operations.pipelines.webhook_calls import BadPattern, path, url_of
from cp_teach.aws.protocol.errors import AwsError, validation
from cp_teach.aws.protocol.pagination import page
from cp_teach.aws.serializers.pipeline_structure import MASK


def put_webhook(region: Region, caller: Caller, request: dict[str, Any]) -> dict[str, Any]:
    """Create a webhook, or replace the one of that name."""
    wanted = request["webhook"]
    hosted = region.pipeline(wanted["targetPipeline"])
    action = next(
        (a for s in hosted.pipeline.stages for a in s.actions if a.name == wanted["targetAction"]), None
    )
    if action is None or action.category != "Source":
        raise validation(
            f"Pipeline '{hosted.name}' does not have a source action with name '{wanted['targetAction']}'"
        )
    _authentication(wanted)
    for each in wanted["filters"]:
        try:
            path(each["jsonPath"])
        except BadPattern as wrong:
            raise AwsError("InvalidWebhookFilterPatternException", str(wrong)) from wrong
    name = wanted["name"]
    known = region.webhooks.get(name)
    most = region.book.quotas.get("webhooks")
    if known is None and most is not None and len(region.webhooks) >= most.most:
        raise AwsError("LimitExceededException", f"There can be at most {most}.")
    if known is not None and wanted["authenticationConfiguration"].get("SecretToken") == MASK:
        wanted["authenticationConfiguration"] = known["definition"]["authenticationConfiguration"]
    tags = merged(known["tags"] if known else {}, request.get("tags", []), region.arn(f"webhook:{name}"))
    made = {**(known or {"registered": False}), "definition": wanted, "tags": tags}
    region.webhooks[name] = made
    region.save_thing("webhook", name, made)
    return {"webhook": shown(region, made)}


def _authentication(wanted: dict[str, Any]) -> None:
    """Exactly what the kind of authentication needs must be given (model: WebhookAuthConfiguration)."""
    kind, given = wanted["authentication"], wanted["authenticationConfiguration"]
    needs = {"GITHUB_HMAC": {"SecretToken"}, "IP": {"AllowedIPRange"}, "UNAUTHENTICATED": set()}[kind]
    if set(given) != needs:
        what = " and ".join(needs) or "nothing"
        raise AwsError(
            "InvalidWebhookAuthenticationParametersException",
            f"Authentication {kind} takes {what} in authenticationConfiguration, not: {', '.join(given) or 'nothing'}.",
        )
    if kind == "IP":
        try:
            ipaddress.ip_network(given["AllowedIPRange"], strict=False)
        except ValueError as wrong:
            raise AwsError(
                "InvalidWebhookAuthenticationParametersException",
                f"'{given['AllowedIPRange']}' is no range of IP addresses.",
            ) from wrong


def shown(region: Region, hook: dict[str, Any]) -> dict[str, Any]:
    """Model: ListWebhookItem; the secret is masked."""
    definition = dict(hook["definition"])
    if "SecretToken" in definition["authenticationConfiguration"]:
        definition["authenticationConfiguration"] = {"SecretToken": MASK}
    return {
        "definition": definition,
        "url": url_of(region, definition["name"]),
        "errorMessage": hook.get("errorMessage"),
        "errorCode": hook.get("errorCode"),
        "lastTriggered": hook.get("lastTriggered"),
        "arn": region.arn(f"webhook:{definition['name']}"),
        "tags": told(hook["tags"]),
    }


def list_webhooks(region: Region, caller: Caller, request: dict[str, Any]) -> dict[str, Any]:
    """All webhooks of the region, by name."""
    found, token = page(
        sorted(region.webhooks), request.get("NextToken"), request.get("MaxResults"), "ListWebhooks"
    )
    return {"webhooks": [shown(region, region.webhooks[name]) for name in found], "NextToken": token}


def delete_webhook(region: Region, caller: Caller, request: dict[str, Any]) -> dict[str, Any]:
    """Delete a webhook; a missing one is no error."""
    if region.webhooks.pop(request["name"], None) is not None:
        region.save_thing("webhook", request["name"], None)
    return {}


def register_webhook_with_third_party(
    region: Region, caller: Caller, request: dict[str, Any]
) -> dict[str, Any]:
    """Tell GitHub of the webhook; here that is only noted, as nothing leaves the machine."""
    return _register(region, request, True)


def deregister_webhook_with_third_party(
    region: Region, caller: Caller, request: dict[str, Any]
) -> dict[str, Any]:
    """Tell GitHub that the webhook is no more; here that is only noted."""
    return _register(region, request, False)


def _register(region: Region, request: dict[str, Any], registered: bool) -> dict[str, Any]:
    name = request.get("webhookName", "")
    hook = region.webhooks.get(name)
    if hook is None:
        raise AwsError("WebhookNotFoundException", f"There is no webhook with name '{name}'")
    if hook["definition"]["authentication"] != "GITHUB_HMAC":
        raise validation(f"Webhook '{name}' is not one for GitHub, so no third party can be told of it.")
    hook["registered"] = registered
    region.save_thing("webhook", name, hook)
    return {}
