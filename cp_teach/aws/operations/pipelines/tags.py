"""TagResource, UntagResource and ListTagsForResource, for pipelines, webhooks and custom action types."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from cp_teach.aws.backend.region_backend import Region
from cp_teach.aws.iam.principal import Caller
from cp_teach.aws.protocol.errors import AwsError
from cp_teach.aws.protocol.pagination import page

MOST = 50
"""Tags on one resource (model: TooManyTagsException; user guide: limits)."""
ARN = re.compile(r"arn:[^:]+:codepipeline:(?P<region>[^:]*):(?P<account>[^:]*):(?P<rest>.+)")


def tag_resource(region: Region, caller: Caller, request: dict[str, Any]) -> dict[str, Any]:
    """Add tags, or give those that are there new values."""
    tags, save = _of(region, request["resourceArn"])
    new = merged(tags, request["tags"], request["resourceArn"])
    tags.clear()
    tags.update(new)
    save()
    return {}


def untag_resource(region: Region, caller: Caller, request: dict[str, Any]) -> dict[str, Any]:
    """Take tags away; one that is not there is no error."""
    tags, save = _of(region, request["resourceArn"])
    for key in request["tagKeys"]:
        tags.pop(key, None)
    save()
    return {}


def list_tags_for_resource(region: Region, caller: Caller, request: dict[str, Any]) -> dict[str, Any]:
    """The tags of a resource, by key."""
    tags, _ = _of(region, request["resourceArn"])
    question = ("ListTagsForResource", request["resourceArn"])
    found, token = page(told(tags), request.get("nextToken"), request.get("maxResults"), question)
    return {"tags": found, "nextToken": token}


def merged(known: dict[str, str], given: list[dict[str, str]], arn: str) -> dict[str, str]:
    """The tags with the new ones. Raises InvalidTagsException or TooManyTagsException, and changes nothing."""
    for tag in given:
        if tag["key"].lower().startswith("aws:"):
            raise AwsError(
                "InvalidTagsException",
                "Not allowed to modify system tags. System tags start with 'aws:'. "
                "msg=[Caller is an end user and not allowed to mutate system tags]",
            )
    made = {**known, **{tag["key"]: tag["value"] for tag in given}}
    if len(made) > MOST:
        raise AwsError("TooManyTagsException", f"Tag limit exceeded for resource [{arn}].")
    return made


def told(tags: dict[str, str]) -> list[dict[str, str]]:
    """Model: TagList."""
    return [{"key": key, "value": tags[key]} for key in sorted(tags)]


def _of(region: Region, arn: str) -> tuple[dict[str, str], Callable[[], None]]:
    """The tags of a resource, and how to keep what was changed. Raises InvalidArn or ResourceNotFoundException."""
    read = ARN.fullmatch(arn)
    if read is None:
        raise _no_arn(arn)
    rest = read["rest"]
    if (read["region"], read["account"]) != (region.name, region.account):
        raise _missing(region, rest)
    if rest.startswith("webhook:"):
        name = rest.removeprefix("webhook:")
        if name not in region.webhooks:
            raise AwsError(
                "ResourceNotFoundException",
                f"The account with id '{region.account}' does not include a webhook with the name '{name}'",
            )
        hook = region.webhooks[name]
        return hook["tags"], lambda: region.save_thing("webhook", name, hook)
    if rest.startswith(("actiontype:", "actionType:")):
        parts = tuple(rest.split(":", 1)[1].split("/"))
        known = (
            region.custom.get((parts[1], parts[2], parts[3]))
            if len(parts) == 4 and parts[0] == "Custom"
            else None
        )
        if known is None or known.get("deleted"):
            raise AwsError(
                "ResourceNotFoundException",
                f"The account with id '{region.account}' does not include the action type '{rest}'",
            )
        return known["tags"], lambda: region.save_thing("custom", "/".join(parts[1:]), known)
    if ":" in rest:
        raise _no_arn(arn)
    if rest not in region.hosted:
        raise _missing(region, rest)
    hosted = region.hosted[rest]
    return hosted.tags, lambda: region.save(hosted)


def _no_arn(arn: str) -> AwsError:
    return AwsError("InvalidArnException", f"The ARN '{arn}' is not that of a resource of CodePipeline.")


def _missing(region: Region, name: str) -> AwsError:
    return AwsError(
        "ResourceNotFoundException",
        f"The account with id '{region.account}' does not include a pipeline with the name '{name}'",
    )
