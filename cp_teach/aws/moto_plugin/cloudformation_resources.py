"""What CloudFormation can make of this service: pipelines, custom action types and webhooks.

moto's CloudFormation is imported where it is used: it loads nearly all of moto, some four seconds that most sandboxes
never need. That these classes exist is enough for it to find them once somebody asks for a stack.
"""

from __future__ import annotations

from typing import Any

from moto.core.common_models import CloudFormationModel

from cp_teach.aws.backend.region_backend import Region
from cp_teach.aws.iam.principal import Caller
from cp_teach.aws.operations import perform
from cp_teach.aws.protocol.errors import AwsError
from cp_teach.pipeline.formats.cloudformation import structure
from cp_teach.security.input.whole_number import whole_number


class Resource:
    """What the resources have in common: each only remembers its name, the service has the rest."""

    delete_from_cloudformation_json: Any
    create_from_cloudformation_json: Any

    def __init__(self, name: str, attributes: dict[str, str]) -> None:
        self.name, self._attributes = name, attributes

    @property
    def physical_resource_id(self) -> str:
        """What ``Ref`` gives."""
        return self.name

    def get_cfn_attribute(self, attribute_name: str) -> str:
        """What ``GetAtt`` gives."""
        from moto.cloudformation.exceptions import UnformattedGetAttTemplateException

        if attribute_name not in self._attributes:
            raise UnformattedGetAttTemplateException()
        return self._attributes[attribute_name]

    def is_created(self) -> bool:
        """It is there at once."""
        return True

    @staticmethod
    def cloudformation_name_type() -> str:
        """The property that names it."""
        return "Name"

    @classmethod
    def has_cfn_attr(cls, attr: str) -> bool:
        """Which attributes there are."""
        return False

    @classmethod
    def update_from_cloudformation_json(
        cls,
        original_resource: Any,
        new_resource_name: str,
        cloudformation_json: Any,
        account_id: str,
        region_name: str,
    ) -> Any:
        """Make it anew."""
        cls.delete_from_cloudformation_json(
            original_resource.name, cloudformation_json, account_id, region_name
        )
        return cls.create_from_cloudformation_json(
            new_resource_name, cloudformation_json, account_id, region_name
        )


def _service(account: str, region: str) -> Region:
    from moto.cloudformation.exceptions import ValidationError
    from moto.codepipeline.models import codepipeline_backends

    backend: Any = codepipeline_backends[account][region]
    if not hasattr(backend, "service"):  # moto's own mock_aws, in a process where ours was used before
        raise ValidationError(
            message="moto's own mock_aws makes no pipelines; use cp_teach.mock_aws in its place."
        )
    found: Region = backend.service
    return found


def _ask(account: str, region: str, operation: str, request: dict[str, Any]) -> dict[str, Any]:
    """One operation, asked by CloudFormation; what the service refuses, the stack reports."""
    from moto.cloudformation.exceptions import ValidationError

    service = _service(account, region)
    caller = Caller(account, region, f"arn:{service.world.partition}:iam::{account}:role/cloudformation")
    try:
        return perform(service, caller, operation, request)
    except AwsError as error:
        raise ValidationError(
            message=f"{error.message} (Service: CodePipeline, Error Code: {error.code})"
        ) from error


def _tags(properties: Any) -> list[dict[str, str]]:
    tags = _members(properties, "Tags", "Key", "Value")
    return [{"key": str(tag["Key"]), "value": str(tag["Value"])} for tag in tags]


def _members(properties: Any, name: str, *needed: str) -> list[dict[str, Any]]:
    """A property that must be a list of maps, each with the needed keys."""
    members = properties.get(name) or []
    if isinstance(members, list) and all(
        isinstance(each, dict) and all(key in each for key in needed) for each in members
    ):
        return members
    raise _invalid(f"{name} must be a list of maps with {' and '.join(needed) or 'their members'}")


def _invalid(problem: str) -> Exception:
    from moto.cloudformation.exceptions import ValidationError

    return ValidationError(message=f"Properties validation failed: {problem}.")


class PipelineResource(Resource, CloudFormationModel):
    """``AWS::CodePipeline::Pipeline``."""

    @staticmethod
    def cloudformation_type() -> str:
        """Its type."""
        return "AWS::CodePipeline::Pipeline"

    @classmethod
    def has_cfn_attr(cls, attr: str) -> bool:
        """GetAtt knows its version."""
        return attr == "Version"

    @classmethod
    def create_from_cloudformation_json(
        cls, resource_name: str, cloudformation_json: Any, account_id: str, region_name: str, **kwargs: Any
    ) -> Any:
        """Create the pipeline, and close the transitions that shall be closed."""
        properties = cloudformation_json["Properties"]
        pipeline = structure(properties, resource_name)
        made = _ask(
            account_id, region_name, "CreatePipeline", {"pipeline": pipeline, "tags": _tags(properties)}
        )
        cls._close(properties, pipeline["name"], account_id, region_name)
        return cls(pipeline["name"], {"Version": str(made["pipeline"]["version"])})

    @classmethod
    def update_from_cloudformation_json(
        cls,
        original_resource: Any,
        new_resource_name: str,
        cloudformation_json: Any,
        account_id: str,
        region_name: str,
    ) -> Any:
        """Update the pipeline; a new name is a new pipeline."""
        properties = cloudformation_json["Properties"]
        pipeline = structure(properties, original_resource.name)
        if pipeline["name"] != original_resource.name:
            return super().update_from_cloudformation_json(
                original_resource, new_resource_name, cloudformation_json, account_id, region_name
            )
        made = _ask(account_id, region_name, "UpdatePipeline", {"pipeline": pipeline})
        cls._close(properties, pipeline["name"], account_id, region_name)
        if str(properties.get("RestartExecutionOnUpdate", "")).lower() == "true":
            _ask(account_id, region_name, "StartPipelineExecution", {"name": pipeline["name"]})
        return cls(pipeline["name"], {"Version": str(made["pipeline"]["version"])})

    @classmethod
    def delete_from_cloudformation_json(
        cls, resource_name: str, cloudformation_json: Any, account_id: str, region_name: str
    ) -> None:
        """Delete the pipeline."""
        _ask(account_id, region_name, "DeletePipeline", {"name": resource_name})

    @staticmethod
    def _close(properties: Any, name: str, account: str, region: str) -> None:
        for each in _members(properties, "DisableInboundStageTransitions", "StageName", "Reason"):
            request = {
                "pipelineName": name,
                "stageName": each["StageName"],
                "transitionType": "Inbound",
                "reason": each["Reason"],
            }
            _ask(account, region, "DisableStageTransition", request)


class CustomActionTypeResource(Resource, CloudFormationModel):
    """``AWS::CodePipeline::CustomActionType``."""

    @staticmethod
    def cloudformation_type() -> str:
        """Its type."""
        return "AWS::CodePipeline::CustomActionType"

    @staticmethod
    def cloudformation_name_type() -> str:
        """It has no name of its own."""
        return ""

    @classmethod
    def create_from_cloudformation_json(
        cls, resource_name: str, cloudformation_json: Any, account_id: str, region_name: str, **kwargs: Any
    ) -> Any:
        """Create the action type."""
        properties = cloudformation_json["Properties"]
        told = structure({k: v for k, v in properties.items() if k != "Tags"}, "")
        told.pop("name")
        for details in ("inputArtifactDetails", "outputArtifactDetails"):
            told[details] = _counts(told, details)
        for each in _members(told, "configurationProperties"):
            for key in ("required", "key", "secret", "queryable"):
                if key in each:
                    each[key] = str(each[key]).lower() == "true"
        _ask(account_id, region_name, "CreateCustomActionType", {**told, "tags": _tags(properties)})
        return cls("/".join(str(told[key]) for key in ("category", "provider", "version")), {})

    @classmethod
    def delete_from_cloudformation_json(
        cls, resource_name: str, cloudformation_json: Any, account_id: str, region_name: str
    ) -> None:
        """Mark the action type as deleted."""
        category, provider, version = resource_name.split("/")
        request = {"category": category, "provider": provider, "version": version}
        _ask(account_id, region_name, "DeleteCustomActionType", request)


def _counts(told: dict[str, Any], name: str) -> dict[str, int]:
    """The numbers of artifacts that an action type takes or makes; a template can write them as strings."""
    details = told.get(name) or {}
    if not isinstance(details, dict):
        raise _invalid(f"{name} must be a map with MinimumCount and MaximumCount")
    counts = {key: whole_number(str(value)) for key, value in details.items()}
    if wrong := [key for key, count in counts.items() if count is None]:
        raise _invalid(f"{name}, {wrong[0]} must be a whole number")
    return {key: count for key, count in counts.items() if count is not None}


class WebhookResource(Resource, CloudFormationModel):
    """``AWS::CodePipeline::Webhook``."""

    @staticmethod
    def cloudformation_type() -> str:
        """Its type."""
        return "AWS::CodePipeline::Webhook"

    @classmethod
    def has_cfn_attr(cls, attr: str) -> bool:
        """GetAtt knows its address."""
        return attr == "Url"

    @classmethod
    def create_from_cloudformation_json(
        cls, resource_name: str, cloudformation_json: Any, account_id: str, region_name: str, **kwargs: Any
    ) -> Any:
        """Create the webhook; register it where the template says so."""
        properties = cloudformation_json["Properties"]
        name = properties.get("Name", resource_name)
        webhook = {
            "name": name,
            "targetPipeline": properties.get("TargetPipeline"),
            "targetAction": properties.get("TargetAction"),
            "filters": [
                {"jsonPath": each["JsonPath"], "matchEquals": each.get("MatchEquals")}
                for each in _members(properties, "Filters", "JsonPath")
            ],
            "authentication": properties.get("Authentication"),
            "authenticationConfiguration": properties.get("AuthenticationConfiguration", {}),
        }
        made = _ask(account_id, region_name, "PutWebhook", {"webhook": webhook})
        if str(properties.get("RegisterWithThirdParty", "")).lower() == "true":
            _ask(account_id, region_name, "RegisterWebhookWithThirdParty", {"webhookName": name})
        return cls(name, {"Url": made["webhook"]["url"]})

    @classmethod
    def delete_from_cloudformation_json(
        cls, resource_name: str, cloudformation_json: Any, account_id: str, region_name: str
    ) -> None:
        """Delete the webhook."""
        _ask(account_id, region_name, "DeleteWebhook", {"name": resource_name})
