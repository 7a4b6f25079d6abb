"""PutWebhook, ListWebhooks, DeleteWebhook, and the two registrations with a third party."""

from __future__ import annotations

import ipaddress

from cp_teach.aws.backend.region_backend import RegionBackend
from cp_teach.aws.iam.principal import Principal
from cp_teach.aws.operations.pipelines.tags import merged, tag_list
from cp_teach.aws.operations.pipelines.webhook_calls import BadPattern, parse_path, target_action, url_of
from cp_teach.aws.protocol.errors import AwsError, validation
from cp_teach.aws.protocol.json_protocol import Json
from cp_teach.aws.protocol.pagination import page
from cp_teach.aws.serializers.pipeline_structure import MASK


def put_webhook(region: RegionBackend, caller: Principal, request: Json) -> Json:
    """Create a webhook, or replace the one with that name."""
    definition = request["webhook"]
    hosted = region.pipeline(definition["targetPipeline"])
    action = target_action(hosted, definition)
    if action is None or action.category != "Source":
        raise validation(
            f"Pipeline '{hosted.name}' does not have a source action with name '{definition['targetAction']}'"
        )
    _check_authentication(definition)
    for each in definition["filters"]:
        try:
            parse_path(each["jsonPath"])
        except BadPattern as error:
            raise AwsError("InvalidWebhookFilterPatternException", str(error)) from error
    name = definition["name"]
    existing = region.webhooks.get(name)
    if existing is None:
        region.check_quota("webhooks", len(region.webhooks))
    if existing is not None and definition["authenticationConfiguration"].get("SecretToken") == MASK:
        definition["authenticationConfiguration"] = existing["definition"]["authenticationConfiguration"]
    tags = merged(
        existing["tags"] if existing else {}, request.get("tags", []), region.arn(f"webhook:{name}")
    )
    hook = {**(existing or {"registered": False}), "definition": definition, "tags": tags}
    region.webhooks[name] = hook
    region.save_thing("webhook", name, hook)
    return {"webhook": _item(region, hook)}


def _check_authentication(definition: Json) -> None:
    """Raises InvalidWebhookAuthenticationParametersException unless the configuration has exactly the members of its
    authentication type (model: WebhookAuthConfiguration)."""
    kind, given = definition["authentication"], definition["authenticationConfiguration"]
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
        except ValueError as error:
            raise AwsError(
                "InvalidWebhookAuthenticationParametersException",
                f"'{given['AllowedIPRange']}' is not a range of IP addresses.",
            ) from error


def _item(region: RegionBackend, hook: Json) -> Json:
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
        "tags": tag_list(hook["tags"]),
    }


def list_webhooks(region: RegionBackend, caller: Principal, request: Json) -> Json:
    """List the webhooks of the Region, sorted by name."""
    on_page, token = page(
        sorted(region.webhooks), request.get("NextToken"), request.get("MaxResults"), "ListWebhooks"
    )
    return {"webhooks": [_item(region, region.webhooks[name]) for name in on_page], "NextToken": token}


def delete_webhook(region: RegionBackend, caller: Principal, request: Json) -> Json:
    """Delete a webhook; it may be missing."""
    if region.webhooks.pop(request["name"], None) is not None:
        region.save_thing("webhook", request["name"], None)
    return {}


def set_registered(region: RegionBackend, caller: Principal, request: Json, *, registered: bool) -> Json:
    """Record whether GitHub calls the webhook. Nothing is sent to GitHub."""
    name = request.get("webhookName", "")
    hook = region.webhooks.get(name)
    if hook is None:
        raise AwsError("WebhookNotFoundException", f"The webhook '{name}' does not exist.")
    if hook["definition"]["authentication"] != "GITHUB_HMAC":
        raise validation(
            f"Webhook '{name}' cannot be registered with GitHub, because its authentication is not GITHUB_HMAC."
        )
    hook["registered"] = registered
    region.save_thing("webhook", name, hook)
    return {}
