"""Action types and rule types: in the lists, and as declarations."""

from __future__ import annotations

from typing import Any

from cp_teach.pipeline.catalogs import Provider

CODEDEPLOY = "https://console.aws.amazon.com/codedeploy/home?#"
URLS = {
    ("Deploy", "CodeDeploy"): (
        f"{CODEDEPLOY}/applications/{{Config:ApplicationName}}/deployment-groups/{{Config:DeploymentGroupName}}",
        "https://console.aws.amazon.com/codedeploy/home?#/deployments/{ExternalExecutionId}",
    ),
    ("Build", "CodeBuild"): (
        "https://console.aws.amazon.com/codebuild/home?#/projects/{Config:ProjectName}/view",
        "https://console.aws.amazon.com/codebuild/home?#/builds/{ExternalExecutionId}/view/new",
    ),
    ("Source", "S3"): ("https://console.aws.amazon.com/s3/home?#", ""),
}


def provided(provider: Provider, category: str) -> dict[str, Any]:
    """Model: ActionType, for a provider in the catalog."""
    entity, execution = URLS.get((category, provider.provider), ("", ""))
    secret = set(provider.secret)
    return {
        "id": {"category": category, "owner": provider.owner, "provider": provider.provider, "version": "1"},
        "settings": {"entityUrlTemplate": entity or None, "executionUrlTemplate": execution or None},
        "actionConfigurationProperties": [
            {
                "name": name,
                "required": name in provider.required,
                "key": name in provider.required,
                "secret": name in secret,
                "queryable": False,
            }
            for name in provider.configuration_keys
        ],
        "inputArtifactDetails": _counts(provider.inputs),
        "outputArtifactDetails": _counts(provider.outputs),
    }


def _counts(limits: tuple[int, int]) -> dict[str, int]:
    return {"minimumCount": limits[0], "maximumCount": limits[1]}


def custom(declared: dict[str, Any]) -> dict[str, Any]:
    """Model: ActionType, for a custom type."""
    return {
        key: declared.get(key)
        for key in (
            "id",
            "settings",
            "actionConfigurationProperties",
            "inputArtifactDetails",
            "outputArtifactDetails",
        )
    }


def declaration(type_: dict[str, Any], account: str) -> dict[str, Any]:
    """Model: ActionTypeDeclaration, a newer form of ActionType."""
    settings = type_.get("settings") or {}
    return {
        "id": type_["id"],
        "executor": {
            "type": "JobWorker",
            "configuration": {
                "jobWorkerExecutorConfiguration": {
                    "pollingAccounts": [account],
                }
            },
        },
        "inputArtifactDetails": type_["inputArtifactDetails"],
        "outputArtifactDetails": type_["outputArtifactDetails"],
        "permissions": {"allowedAccounts": [account]},
        "properties": [
            {
                "name": each["name"],
                "optional": not each["required"],
                "key": each["key"],
                "noEcho": each["secret"],
                "queryable": each.get("queryable", False),
                "description": each.get("description"),
            }
            for each in type_.get("actionConfigurationProperties") or ()
        ],
        "urls": {
            "configurationUrl": settings.get("thirdPartyConfigurationUrl"),
            "entityUrlTemplate": settings.get("entityUrlTemplate"),
            "executionUrlTemplate": settings.get("executionUrlTemplate"),
            "revisionUrlTemplate": settings.get("revisionUrlTemplate"),
        },
    }


def of_declaration(declared: dict[str, Any] | None, default: dict[str, Any]) -> dict[str, Any]:
    """Model: ActionType, for a type with a changed declaration; ``default`` for None."""
    if declared is None:
        return default
    urls = declared.get("urls", {})
    return {
        "id": default["id"],
        "settings": {
            "thirdPartyConfigurationUrl": urls.get("configurationUrl"),
            "entityUrlTemplate": urls.get("entityUrlTemplate"),
            "executionUrlTemplate": urls.get("executionUrlTemplate"),
            "revisionUrlTemplate": urls.get("revisionUrlTemplate"),
        },
        "actionConfigurationProperties": [
            {
                "name": each["name"],
                "required": not each["optional"],
                "key": each["key"],
                "secret": each["noEcho"],
                "queryable": each.get("queryable", False),
                "description": each.get("description"),
            }
            for each in declared.get("properties", ())
        ],
        "inputArtifactDetails": declared["inputArtifactDetails"],
        "outputArtifactDetails": declared["outputArtifactDetails"],
    }


def rule(provider: str, required: tuple[str, ...], optional: tuple[str, ...]) -> dict[str, Any]:
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
