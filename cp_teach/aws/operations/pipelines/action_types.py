"""Action types and rule types: list, get, and update them, and create and delete custom ones."""

from __future__ import annotations

import copy

from cp_teach.aws.backend.region_backend import RegionBackend
from cp_teach.aws.iam.principal import Principal
from cp_teach.aws.operations.jobs import type_not_found
from cp_teach.aws.operations.pipelines.tags import merged, tag_list
from cp_teach.aws.protocol.errors import AwsError, validation
from cp_teach.aws.protocol.json_protocol import Json
from cp_teach.aws.protocol.pagination import page
from cp_teach.aws.serializers import action_type as answers
from cp_teach.pipeline.catalogs.recorded_types import recorded_types
from cp_teach.security.input.placeholders import placeholders

OPTIONAL = {
    "CloudWatchAlarm": ("AlarmStates", "WaitTime"),
    "LambdaInvoke": ("UserParameters",),
    "DeploymentWindow": ("TimeZone",),
}
"""Optional configuration keys of rules (user guide: rule reference)."""


def types(region: RegionBackend, shown: str = "") -> list[Json]:
    """Every available action type: those of AWS in the order of the service, then the others by owner, category,
    provider, and version. The URLs are those of the Region ``shown``, by default the Region itself."""
    provided = [
        answers.provided(provider, category, shown or region.name)
        for provider in region.catalog.providers
        if provider.owner != "Custom"  # custom types exist only if they were created
        for category in provider.categories
    ]
    provided = [
        answers.of_declaration(region.changed_action_types.get(_id(each["id"])), each) for each in provided
    ]
    custom = [
        answers.custom(declared)
        for declared in region.custom_action_types.values()
        if not declared.get("deleted")
    ]
    order = [("AWS", category, provider, "1") for category, provider in recorded_types()]
    rank = {identity: place for place, identity in enumerate(order)}
    return sorted(provided + custom, key=lambda each: (rank.get(_id(each["id"]), len(rank)), _id(each["id"])))


def _id(kind: dict[str, str]) -> tuple[str, str, str, str]:
    return kind["owner"], kind["category"], kind["provider"], kind["version"]


def _check_region_filter(region: RegionBackend, request: Json) -> None:
    name = request.get("regionFilter")
    if name is not None and name not in region.catalog.regions:
        available = ", ".join(region.catalog.regions)
        raise validation(f"CodePipeline is not available in {name}. Its regions are: {available}.")


def list_action_types(region: RegionBackend, caller: Principal, request: Json) -> Json:
    """List all action types, or those of one owner."""
    _check_region_filter(region, request)
    owner = request.get("actionOwnerFilter")
    shown = request.get("regionFilter", "")
    matching = [each for each in types(region, shown) if owner in (None, each["id"]["owner"])]
    on_page, token = page(matching, request.get("nextToken"), None, ("ListActionTypes", owner), most=1000)
    return {"actionTypes": on_page, "nextToken": token}


def _find(region: RegionBackend, kind: dict[str, str]) -> Json:
    for each in types(region):
        if _id(each["id"]) == _id(kind):
            return each
    raise type_not_found(kind)


def get_action_type(region: RegionBackend, caller: Principal, request: Json) -> Json:
    """Describe an action type (model: one of AWS or a partner) by its declaration."""
    action_type = _find(region, request)
    return {
        "actionType": region.changed_action_types.get(_id(request))
        or answers.declaration(action_type, region.account)
    }


def update_action_type(region: RegionBackend, caller: Principal, request: Json) -> Json:
    """Change the declaration of a third-party action type; here, each account acts as the partner."""
    declaration = copy.deepcopy(request["actionType"])
    identity = declaration["id"]
    _find(region, identity)
    if identity["owner"] == "AWS":
        raise AwsError(
            "RequestFailedException",
            f"The action type {identity['provider']} belongs to AWS. Only third-party and custom types can be changed.",
        )
    executor = declaration["executor"]
    needed = {"JobWorker": "jobWorkerExecutorConfiguration", "Lambda": "lambdaExecutorConfiguration"}[
        executor["type"]
    ]
    if needed not in executor["configuration"]:
        raise validation(f"An executor of type {executor['type']} needs a {needed}.")
    _check_counts(declaration)
    region.changed_action_types[_id(identity)] = declaration
    region.save_thing("declared", "/".join(_id(identity)), declaration)
    return {}


def _check_counts(declaration: Json) -> None:
    """Raises ValidationException if a maximum of artifacts is less than its minimum (text from users' reports)."""
    for details in ("inputArtifactDetails", "outputArtifactDetails"):
        least, most = declaration[details]["minimumCount"], declaration[details]["maximumCount"]
        if most < least:
            raise validation(
                f"Maximum Number of Artifacts ({most}) has to be greater than or equal to minimum ({least})."
            )


def list_rule_types(region: RegionBackend, caller: Principal, request: Json) -> Json:
    """List all rule types of stage conditions."""
    _check_region_filter(region, request)
    rules = sorted(region.catalog.rules.items())
    return {"ruleTypes": [answers.rule(name, required, OPTIONAL.get(name, ())) for name, required in rules]}


# -- custom action types ---------------------------------------------------------------------------
def create_custom_action_type(region: RegionBackend, caller: Principal, request: Json) -> Json:
    """Create an action type; a job worker must poll for its jobs."""
    key = (request["category"], request["provider"], request["version"])
    _check_properties(request)
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
    in_use = sum(not each.get("deleted") for each in region.custom_action_types.values())
    region.check_quota("custom_actions", in_use)
    arn = region.arn("actiontype:Custom/" + "/".join(key))
    declared = {**body, "tags": merged({}, request.get("tags", []), arn)}
    region.custom_action_types[key] = declared
    region.save_thing("custom", "/".join(key), declared)
    return {"actionType": answers.custom(declared), "tags": tag_list(declared["tags"]) or None}


def delete_custom_action_type(region: RegionBackend, caller: Principal, request: Json) -> Json:
    """Mark an action type as deleted: it offers no jobs, and no new pipeline can use it."""
    key = (request["category"], request["provider"], request["version"])
    declared = region.custom_action_types.get(key)
    if declared is not None:
        declared["deleted"] = True
        region.save_thing("custom", "/".join(key), declared)
    return {}


def _check_properties(request: Json) -> None:
    """Check the rules that the model does not have (user guide: "Create and add a custom action")."""
    _check_counts(request)
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
