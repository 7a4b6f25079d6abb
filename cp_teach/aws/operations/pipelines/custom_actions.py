"""CreateCustomActionType and DeleteCustomActionType."""

from __future__ import annotations

from typing import Any

from cp_teach.aws.backend.region_backend import RegionBackend
from cp_teach.aws.iam.principal import Principal
from cp_teach.aws.operations.pipelines.action_types import check_counts
from cp_teach.aws.operations.pipelines.tags import merged, tag_list
from cp_teach.aws.protocol.errors import AwsError, validation
from cp_teach.aws.serializers import action_type as answers
from cp_teach.security.input.placeholders import placeholders


def create_custom_action_type(
    region: RegionBackend, caller: Principal, request: dict[str, Any]
) -> dict[str, Any]:
    """Create an action type; a job worker must poll for its jobs."""
    key = (request["category"], request["provider"], request["version"])
    _check(request)
    existing = region.custom_action_types.get(key)
    body = {
        "id": {"category": key[0], "owner": "Custom", "provider": key[1], "version": key[2]},
        "settings": request.get("settings"),
        "actionConfigurationProperties": request.get("configurationProperties", []),
        "inputArtifactDetails": request["inputArtifactDetails"],
        "outputArtifactDetails": request["outputArtifactDetails"],
    }
    if existing is not None and not (existing.get("deleted") and answers.custom(existing) == body):
        # User guide: a version can be used once. The same definition restores a deleted type.
        raise AwsError(
            "ActionTypeAlreadyExistsException",
            f"The action type (category: '{key[0]}', provider: '{key[1]}', version: '{key[2]}') has been created "
            "before. Use another version.",
        )
    most = region.catalog.quotas["custom_actions"]
    if sum(not each.get("deleted") for each in region.custom_action_types.values()) >= most.most:
        raise AwsError("LimitExceededException", f"The account can have at most {most}.")
    arn = region.arn("actiontype:Custom/" + "/".join(key))
    declared = {**body, "tags": merged({}, request.get("tags", []), arn)}
    region.custom_action_types[key] = declared
    region.save_thing("custom", "/".join(key), declared)
    return {"actionType": answers.custom(declared), "tags": tag_list(declared["tags"])}


def delete_custom_action_type(
    region: RegionBackend, caller: Principal, request: dict[str, Any]
) -> dict[str, Any]:
    """Mark an action type as deleted: it offers no jobs, and no new pipeline can use it."""
    key = (request["category"], request["provider"], request["version"])
    declared = region.custom_action_types.get(key)
    if declared is not None:
        declared["deleted"] = True
        region.save_thing("custom", "/".join(key), declared)
    return {}


def _check(request: dict[str, Any]) -> None:
    """Check the rules that the model does not have (user guide: "Create and add a custom action")."""
    check_counts(request)
    properties = request.get("configurationProperties", [])
    names = [each["name"] for each in properties]
    if duplicates := sorted({name for name in names if names.count(name) > 1}):
        raise validation(f"Configuration properties must have different names: {', '.join(duplicates)}.")
    queryable = [each for each in properties if each.get("queryable")]
    if len(queryable) > 1:
        raise validation(
            "Multiple queryable configuration properties found with names "
            f"'{', '.join(each['name'] for each in queryable)}'. Up to one queryable property may be specified."
        )
    for each in queryable:
        if not each["required"] or each["secret"]:
            raise validation(
                f"Invalid queryable property '{each['name']}'. Queryable configuration properties must be required "
                "and non-secret."
            )
    # An undeclared name is allowed, because AWS's own example for the CLI has one.
    hidden = {each["name"] for each in properties if each["secret"] or not each["required"]}
    for name, template in (request.get("settings") or {}).items():
        for used in (each.name for each in placeholders(template, "{Config:")):
            if used in hidden:
                raise validation(
                    f"'{name}' refers to '{used}': a URL can only show configuration properties that are required and "
                    "not secret."
                )
