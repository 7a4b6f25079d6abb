"""ListActionTypes, GetActionType, UpdateActionType, and ListRuleTypes."""

from __future__ import annotations

import copy
from typing import Any

from cp_teach.aws.backend.region_backend import RegionBackend
from cp_teach.aws.iam.principal import Principal
from cp_teach.aws.operations.jobs.jobs import type_not_found
from cp_teach.aws.protocol.errors import AwsError, validation
from cp_teach.aws.protocol.pagination import page
from cp_teach.aws.serializers import action_type as answers

OPTIONAL = {
    "CloudWatchAlarm": ("AlarmStates", "WaitTime"),
    "LambdaInvoke": ("UserParameters",),
    "DeploymentWindow": ("TimeZone",),
}
"""Optional configuration keys of rules (user guide: rule reference)."""


def types(region: RegionBackend) -> list[dict[str, Any]]:
    """Every available action type, sorted by owner, category, provider, and version."""
    provided = [
        answers.provided(provider, category)
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
    return sorted(provided + custom, key=lambda each: _id(each["id"]))


def _id(kind: dict[str, str]) -> tuple[str, str, str, str]:
    return kind["owner"], kind["category"], kind["provider"], kind["version"]


def _check_region_filter(region: RegionBackend, request: dict[str, Any]) -> None:
    name = request.get("regionFilter")
    if name is not None and name not in region.catalog.regions:
        available = ", ".join(region.catalog.regions)
        raise validation(f"CodePipeline is not available in {name}. Its regions are: {available}.")


def list_action_types(region: RegionBackend, caller: Principal, request: dict[str, Any]) -> dict[str, Any]:
    """List all action types, or those of one owner."""
    _check_region_filter(region, request)
    owner = request.get("actionOwnerFilter")
    matching = [each for each in types(region) if owner in (None, each["id"]["owner"])]
    on_page, token = page(matching, request.get("nextToken"), None, ("ListActionTypes", owner), most=1000)
    return {"actionTypes": on_page, "nextToken": token}


def _find(region: RegionBackend, kind: dict[str, str]) -> dict[str, Any]:
    for each in types(region):
        if _id(each["id"]) == _id(kind):
            return each
    raise type_not_found(kind)


def get_action_type(region: RegionBackend, caller: Principal, request: dict[str, Any]) -> dict[str, Any]:
    """Describe an action type (model: one of AWS or a partner) by its declaration."""
    action_type = _find(region, request)
    return {
        "actionType": region.changed_action_types.get(_id(request))
        or answers.declaration(action_type, region.account)
    }


def update_action_type(region: RegionBackend, caller: Principal, request: dict[str, Any]) -> dict[str, Any]:
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
    check_counts(declaration)
    region.changed_action_types[_id(identity)] = declaration
    region.save_thing("declared", "/".join(_id(identity)), declaration)
    return {}


def check_counts(declaration: dict[str, Any]) -> None:
    """Raises ValidationException if a maximum of artifacts is less than its minimum (text from users' reports)."""
    for details in ("inputArtifactDetails", "outputArtifactDetails"):
        least, most = declaration[details]["minimumCount"], declaration[details]["maximumCount"]
        if most < least:
            raise validation(
                f"Maximum Number of Artifacts ({most}) has to be greater than or equal to minimum ({least})."
            )


def list_rule_types(region: RegionBackend, caller: Principal, request: dict[str, Any]) -> dict[str, Any]:
    """List all rule types of stage conditions."""
    _check_region_filter(region, request)
    rules = sorted(region.catalog.rules.items())
    return {"ruleTypes": [answers.rule(name, required, OPTIONAL.get(name, ())) for name, required in rules]}
