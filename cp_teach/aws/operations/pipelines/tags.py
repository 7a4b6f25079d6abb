"""TagResource, UntagResource, and ListTagsForResource, for pipelines, webhooks, and custom action types."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from cp_teach.aws.backend.region_backend import RegionBackend
from cp_teach.aws.iam.principal import Principal
from cp_teach.aws.protocol.errors import AwsError
from cp_teach.aws.protocol.json_protocol import Json
from cp_teach.aws.protocol.pagination import page
from cp_teach.pipeline import ActionType

MAX_TAGS = 50
"""Maximum tags on one resource (model: TooManyTagsException; user guide: limits)."""
ARN = re.compile(r"arn:[^:]+:codepipeline:(?P<region>[^:]*):(?P<account>[^:]*):(?P<rest>.+)")


def tag_resource(region: RegionBackend, caller: Principal, request: Json) -> Json:
    """Add tags, or change their values."""
    tags, save = _of(region, request["resourceArn"])
    new = merged(tags, request["tags"], request["resourceArn"])
    tags.clear()
    tags.update(new)
    save()
    return {}


def untag_resource(region: RegionBackend, caller: Principal, request: Json) -> Json:
    """Remove tags; they may be missing."""
    tags, save = _of(region, request["resourceArn"])
    for key in request["tagKeys"]:
        tags.pop(key, None)
    save()
    return {}


def list_tags_for_resource(region: RegionBackend, caller: Principal, request: Json) -> Json:
    """List the tags of a resource, sorted by key."""
    tags, _ = _of(region, request["resourceArn"])
    query = ("ListTagsForResource", request["resourceArn"])
    on_page, token = page(tag_list(tags), request.get("nextToken"), request.get("maxResults"), query)
    return {"tags": on_page, "nextToken": token}


def merged(current: dict[str, str], new: list[dict[str, str]], arn: str) -> dict[str, str]:
    """The current tags with the new ones. Raises InvalidTagsException or TooManyTagsException."""
    for tag in new:
        if tag["key"].lower().startswith("aws:"):
            raise AwsError(
                "InvalidTagsException",
                "Not allowed to modify system tags. System tags start with 'aws:'. "
                "msg=[Caller is an end user and not allowed to mutate system tags]",
            )
    tags = {**current, **{tag["key"]: tag["value"] for tag in new}}
    if len(tags) > MAX_TAGS:
        raise AwsError("TooManyTagsException", f"Tag limit exceeded for resource [{arn}].")
    return tags


def tag_list(tags: dict[str, str]) -> list[dict[str, str]]:
    """Model: TagList."""
    return [{"key": key, "value": tags[key]} for key in sorted(tags)]


def resources_with_tags(region: RegionBackend) -> Iterator[tuple[str, str, dict[str, str]]]:
    """The (type, ARN, tags) of every resource that can have tags. The types are those of the Service Authorization
    Reference."""
    for name, hosted in region.pipelines.items():
        yield "pipeline", region.arn(name), dict(hosted.tags)
    for name, hook in region.webhooks.items():
        yield "webhook", region.arn(f"webhook:{name}"), dict(hook["tags"])
    for key, declared in region.custom_action_types.items():
        if not declared.get("deleted"):
            yield "actiontype", region.arn(f"actiontype:Custom/{'/'.join(key)}"), dict(declared["tags"])


def _of(region: RegionBackend, arn: str) -> tuple[dict[str, str], Callable[[], None]]:
    """The tags of a resource, and a function that saves them.

    Raises InvalidArnException or ResourceNotFoundException.
    """
    match = ARN.fullmatch(arn)
    if match is None:
        raise _invalid_arn(arn)
    rest = match["rest"]
    if (match["region"], match["account"]) != (region.name, region.account):
        raise _missing(region, f"a pipeline with the name '{rest}'")
    if rest.startswith("webhook:"):
        name = rest.removeprefix("webhook:")
        if name not in region.webhooks:
            raise _missing(region, f"a webhook with the name '{name}'")
        hook = region.webhooks[name]
        return hook["tags"], lambda: region.save_thing("webhook", name, hook)
    if rest.startswith(("actiontype:", "actionType:")):
        owner, *key = rest.split(":", 1)[1].split("/")
        if (
            owner != "Custom"
            or len(key) != 3
            or not region.has_custom_type(ActionType(key[0], owner, *key[1:]))
        ):
            raise _missing(region, f"the action type '{rest}'")
        declared = region.custom_action_types[key[0], key[1], key[2]]
        return declared["tags"], lambda: region.save_thing("custom", "/".join(key), declared)
    if ":" in rest:
        raise _invalid_arn(arn)
    if rest not in region.pipelines:
        raise _missing(region, f"a pipeline with the name '{rest}'")
    hosted = region.pipelines[rest]
    return hosted.tags, lambda: region.save(hosted)


def _invalid_arn(arn: str) -> AwsError:
    return AwsError("InvalidArnException", f"The ARN '{arn}' does not name a resource of CodePipeline.")


def _missing(region: RegionBackend, resource: str) -> AwsError:
    return AwsError(
        "ResourceNotFoundException", f"The account with id '{region.account}' does not include {resource}"
    )
