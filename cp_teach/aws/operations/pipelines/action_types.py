"""ListActionTypes, GetActionType, UpdateActionType and ListRuleTypes."""

from __future__ import annotations

import copy
from typing import Any

from cp_teach.aws.backend.region_backend import Region
from cp_teach.aws.iam.principal import Caller
from cp_teach.aws.operations.jobs.jobs import no_type
from cp_teach.aws.protocol.errors import AwsError, validation
from cp_teach.aws.protocol.pagination import page
from cp_teach.aws.serializers import action_type as answers

OPTIONAL = {
    "CloudWatchAlarm": ("AlarmStates", "WaitTime"),
    "LambdaInvoke": ("UserParameters",),
    "DeploymentWindow": ("TimeZone",),
}
"""Configuration keys of rules that may be left out (user guide: rule reference)."""


def types(region: Region) -> list[dict[str, Any]]:
    """Every action type that can be used here, by owner, category and provider."""
    known = [
        answers.known(provider, category)
        for provider in region.book.providers
        if provider.owner != "Custom"  # those that one could create
        for category in provider.categories
    ]
    known = [answers.of_declaration(region.declared.get(_id(each["id"])), each) for each in known]
    made = [answers.custom(declared) for declared in region.custom.values() if not declared.get("deleted")]
    return sorted(known + made, key=lambda each: _id(each["id"]))


def _id(told: dict[str, str]) -> tuple[str, str, str, str]:
    return told["owner"], told["category"], told["provider"], told["version"]


def _somewhere(region: Region, wanted: str | None) -> None:
    if wanted is not None and wanted not in region.book.regions:
        known = ", ".join(region.book.regions)
        raise validation(f"CodePipeline is not available in {wanted}. Its regions are: {known}.")


def list_action_types(region: Region, caller: Caller, request: dict[str, Any]) -> dict[str, Any]:
    """All action types, or those of one owner."""
    _somewhere(region, request.get("regionFilter"))
    owner = request.get("actionOwnerFilter")
    found = [each for each in types(region) if owner in (None, each["id"]["owner"])]
    shown, token = page(found, request.get("nextToken"), None, ("ListActionTypes", owner), most=1000)
    return {"actionTypes": shown, "nextToken": token}


def _find(region: Region, wanted: dict[str, str]) -> dict[str, Any]:
    for each in types(region):
        if all(each["id"][key] == wanted[key] for key in ("category", "owner", "provider", "version")):
            return each
    raise no_type(wanted)


def get_action_type(region: Region, caller: Caller, request: dict[str, Any]) -> dict[str, Any]:
    """The declaration of an action type (model: only of AWS's and of partners')."""
    found = _find(region, request)
    return {"actionType": region.declared.get(_id(request)) or answers.declaration(found, region.account)}


def update_action_type(region: Region, caller: Caller, request: dict[str, Any]) -> dict[str, Any]:
    """Change the declaration of a partner's action type; this account stands for the partner."""
    wanted = copy.deepcopy(request["actionType"])
    identity = wanted["id"]
    _find(region, identity)
    if identity["owner"] == "AWS":
        raise AwsError(
            "RequestFailedException",
            f"The action type {identity['provider']} belongs to AWS: only a partner's can be changed.",
        )
    executor = wanted["executor"]
    needed = {"JobWorker": "jobWorkerExecutorConfiguration", "Lambda": "lambdaExecutorConfiguration"}[
        executor["type"]
    ]
    if needed not in executor["configuration"]:
        raise validation(f"An executor of type {executor['type']} needs a {needed}.")
    check_counts(wanted)
    region.declared[_id(identity)] = wanted
    region.save_thing("declared", "/".join(_id(identity)), wanted)
    return {}


def check_counts(wanted: dict[str, Any]) -> None:
    """Refuse artifact counts of which the greatest is less than the least (text as noted by others)."""
    for details in ("inputArtifactDetails", "outputArtifactDetails"):
        least, most = wanted[details]["minimumCount"], wanted[details]["maximumCount"]
        if most < least:
            raise validation(
                f"Maximum Number of Artifacts ({most}) has to be greater than or equal to minimum ({least})."
            )


def list_rule_types(region: Region, caller: Caller, request: dict[str, Any]) -> dict[str, Any]:
    """All rules that stage conditions can be made of."""
    _somewhere(region, request.get("regionFilter"))
    rules = sorted(region.book.rules.items())
    return {"ruleTypes": [answers.rule(name, required, OPTIONAL.get(name, ())) for name, required in rules]}
