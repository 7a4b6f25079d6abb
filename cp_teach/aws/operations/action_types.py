"""ListActionTypes, GetActionType, UpdateActionType and ListRuleTypes."""

from __future__ import annotations

import copy
from typing import Any

from cp_teach.aws.answers import action_type as answers
from cp_teach.aws.caller import Caller
from cp_teach.aws.error import AwsError, validation
from cp_teach.aws.operations.jobs import no_type
from cp_teach.aws.paging import page
from cp_teach.aws.region import Region

ID = ("owner", "category", "provider", "version")

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
        for category in provider.categories
    ]
    made = [answers.custom(declared) for declared in region.custom.values() if not declared.get("deleted")]
    return sorted(known + made, key=lambda each: tuple(each["id"][part] for part in ID))


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
    """The declaration of an action type."""
    found = _find(region, request)
    key = (request["category"], request["owner"], request["provider"], request["version"])
    return {"actionType": region.declared.get(key) or answers.declaration(found, region.account)}


def update_action_type(region: Region, caller: Caller, request: dict[str, Any]) -> dict[str, Any]:
    """Change the declaration of a custom action type."""
    wanted = copy.deepcopy(request["actionType"])
    _find(region, wanted["id"])
    identity = wanted["id"]
    if identity["owner"] != "Custom":
        raise AwsError(
            "RequestFailedException",
            f"The action type {identity['provider']} belongs to {identity['owner']}: only custom ones can be changed.",
        )
    executor = wanted["executor"]
    needed = {"JobWorker": "jobWorkerExecutorConfiguration", "Lambda": "lambdaExecutorConfiguration"}[
        executor["type"]
    ]
    if needed not in executor["configuration"]:
        raise validation(f"An executor of type {executor['type']} needs a {needed}.")
    _counts(wanted)
    key = (identity["category"], identity["provider"], identity["version"])
    declared = region.custom[key]
    urls = wanted.get("urls", {})
    declared["settings"] = {
        "thirdPartyConfigurationUrl": urls.get("configurationUrl"),
        "entityUrlTemplate": urls.get("entityUrlTemplate"),
        "executionUrlTemplate": urls.get("executionUrlTemplate"),
        "revisionUrlTemplate": urls.get("revisionUrlTemplate"),
    }
    declared["actionConfigurationProperties"] = [
        {
            "name": each["name"],
            "required": not each["optional"],
            "key": each["key"],
            "secret": each["noEcho"],
            "queryable": each.get("queryable", False),
            "description": each.get("description"),
        }
        for each in wanted.get("properties", ())
    ]
    declared["inputArtifactDetails"] = wanted["inputArtifactDetails"]
    declared["outputArtifactDetails"] = wanted["outputArtifactDetails"]
    whole = (identity["category"], identity["owner"], identity["provider"], identity["version"])
    region.declared[whole] = wanted
    region.store.thing(region, "custom", "/".join(key), declared)
    region.store.thing(region, "declared", "/".join(whole), wanted)
    return {}


def _counts(wanted: dict[str, Any]) -> None:
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
