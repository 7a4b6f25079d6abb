"""Action types and rule types: in the lists, and as declarations."""

from __future__ import annotations

from cp_teach.aws.protocol.json_protocol import Json
from cp_teach.pipeline.catalogs import Provider
from cp_teach.pipeline.catalogs.recorded_types import RecordedType, listed_url, recorded_types

ARTIFACT_DETAILS = ("inputArtifactDetails", "outputArtifactDetails")


def provided(provider: Provider, category: str, region: str) -> Json:
    """Model: ActionType, for a provider in the catalog, as the endpoint of a Region lists it."""
    known = recorded_types().get((category, provider.provider)) if provider.owner == "AWS" else None
    details = {each.name: each for each in known.properties} if known else {}
    order = [*details, *provider.keys_in(category)]
    return {
        "id": {"category": category, "owner": provider.owner, "provider": provider.provider, "version": "1"},
        "settings": _settings(known, region) if known else {},
        "actionConfigurationProperties": [
            {
                "name": name,
                "required": name in provider.required,
                "key": details[name].key if name in details else name in provider.required,
                "secret": name in provider.secret,
                "queryable": False,
                "description": details[name].description if name in details else None,
            }
            for name in sorted(provider.keys_in(category), key=order.index)
        ],
        "inputArtifactDetails": _counts(provider.inputs),
        "outputArtifactDetails": _counts(provider.outputs),
    }


def _settings(kind: RecordedType, region: str) -> Json:
    templates = {
        "entityUrlTemplate": kind.entity_url,
        "executionUrlTemplate": kind.execution_url,
        "revisionUrlTemplate": kind.revision_url,
    }
    return {name: listed_url(template, region) for name, template in templates.items() if template}


def _counts(limits: tuple[int, int]) -> dict[str, int]:
    return {"minimumCount": limits[0], "maximumCount": limits[1]}


def custom(declared: Json) -> Json:
    """Model: ActionType, for a custom type."""
    return {
        key: declared.get(key)
        for key in ("id", "settings", "actionConfigurationProperties", *ARTIFACT_DETAILS)
    }


# -- declarations: model ActionTypeDeclaration, a newer form of ActionType -------------------------
URL_NAMES = {
    "thirdPartyConfigurationUrl": "configurationUrl",
    "entityUrlTemplate": "entityUrlTemplate",
    "executionUrlTemplate": "executionUrlTemplate",
    "revisionUrlTemplate": "revisionUrlTemplate",
}
"""Setting of an ActionType -> URL of its declaration."""
PROPERTY_NAMES = {"name": "name", "key": "key", "secret": "noEcho", "description": "description"}
"""Member of a configuration property of an ActionType -> member of a property of its declaration."""


def declaration(type_: Json, account: str) -> Json:
    """The declaration of an action type."""
    settings = type_.get("settings") or {}
    return {
        "id": type_["id"],
        "executor": {
            "type": "JobWorker",
            "configuration": {"jobWorkerExecutorConfiguration": {"pollingAccounts": [account]}},
        },
        **{details: type_[details] for details in ARTIFACT_DETAILS},
        "permissions": {"allowedAccounts": [account]},
        "properties": [
            {
                **{declared: each.get(member) for member, declared in PROPERTY_NAMES.items()},
                "optional": not each["required"],
                "queryable": each.get("queryable", False),
            }
            for each in type_.get("actionConfigurationProperties") or ()
        ],
        "urls": {url: settings.get(setting) for setting, url in URL_NAMES.items()},
    }


def of_declaration(declared: Json | None, default: Json) -> Json:
    """The action type with a changed declaration; ``default`` for None."""
    if declared is None:
        return default
    urls = declared.get("urls", {})
    return {
        "id": default["id"],
        "settings": {setting: urls.get(url) for setting, url in URL_NAMES.items()},
        "actionConfigurationProperties": [
            {
                **{member: each.get(name) for member, name in PROPERTY_NAMES.items()},
                "required": not each["optional"],
                "queryable": each.get("queryable", False),
            }
            for each in declared.get("properties", ())
        ],
        **{details: declared[details] for details in ARTIFACT_DETAILS},
    }


def rule(provider: str, required: tuple[str, ...], optional: tuple[str, ...]) -> Json:
    """Model: RuleType."""
    takes = provider in ("Commands", "CodeBuild")
    return {
        "id": {"category": "Rule", "owner": "AWS", "provider": provider, "version": "1"},
        "settings": {},
        "ruleConfigurationProperties": [
            {"name": name, "required": name in required, "key": False, "secret": False, "queryable": False}
            for name in (*required, *optional)
        ],
        "inputArtifactDetails": {"minimumCount": int(takes), "maximumCount": 5 if takes else 0},
    }
