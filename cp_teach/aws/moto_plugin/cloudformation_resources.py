"""CloudFormation resources of CodePipeline: pipelines, custom action types, and webhooks.

The functions import moto's CloudFormation, because it loads nearly all of moto: some four seconds that most sandboxes
never need. moto finds these classes among the direct subclasses of CloudFormationModel.
"""

from __future__ import annotations

from typing import Any, ClassVar

from moto.core.common_models import CloudFormationModel

from cp_teach.aws.backend.region_backend import RegionBackend
from cp_teach.aws.iam.principal import Principal
from cp_teach.aws.operations import perform
from cp_teach.aws.protocol.errors import AwsError
from cp_teach.pipeline.formats.cloudformation import to_pipeline_structure
from cp_teach.security.input.whole_number import whole_number


class Resource:
    """moto's interface for the resources. Each keeps only its name and attributes; the service has the rest.

    moto itself calls methods named ``create``, ``update``, and ``delete``, so these have other names.
    """

    TYPE: ClassVar[str]
    NAME_PROPERTY: ClassVar[str] = "Name"
    """The property that names the resource; "" if it has no name."""
    ATTRIBUTE: ClassVar[str] = ""
    """The attribute that ``Fn::GetAtt`` can read."""

    def __init__(self, name: str, attributes: dict[str, str]) -> None:
        self.name, self._attributes = name, attributes

    @property
    def physical_resource_id(self) -> str:
        """The value of ``Ref``."""
        return self.name

    def get_cfn_attribute(self, attribute_name: str) -> str:
        """The value of ``Fn::GetAtt``. Raises moto's UnformattedGetAttTemplateException for an unknown attribute."""
        from moto.cloudformation.exceptions import UnformattedGetAttTemplateException

        if attribute_name not in self._attributes:
            raise UnformattedGetAttTemplateException()
        return self._attributes[attribute_name]

    def is_created(self) -> bool:
        """True, because creation takes no time."""
        return True

    @classmethod
    def cloudformation_type(cls) -> str:
        """The resource type."""
        return cls.TYPE

    @classmethod
    def cloudformation_name_type(cls) -> str:
        """See ``NAME_PROPERTY``."""
        return cls.NAME_PROPERTY

    @classmethod
    def has_cfn_attr(cls, attr: str) -> bool:
        """True if ``Fn::GetAtt`` can read this attribute."""
        return attr == cls.ATTRIBUTE != ""

    @classmethod
    def create_from_cloudformation_json(
        cls, resource_name: str, cloudformation_json: Any, account_id: str, region_name: str, **kwargs: Any
    ) -> Resource:
        """Create the resource from its template."""
        return cls.create_resource(
            _Stack(account_id, region_name), resource_name, cloudformation_json["Properties"]
        )

    @classmethod
    def update_from_cloudformation_json(
        cls,
        original_resource: Any,
        new_resource_name: str,
        cloudformation_json: Any,
        account_id: str,
        region_name: str,
    ) -> Resource:
        """Update the resource from its template."""
        stack = _Stack(account_id, region_name)
        return cls.update_resource(
            stack, original_resource.name, new_resource_name, cloudformation_json["Properties"]
        )

    @classmethod
    def delete_from_cloudformation_json(
        cls, resource_name: str, cloudformation_json: Any, account_id: str, region_name: str
    ) -> None:
        """Delete the resource."""
        cls.delete_resource(_Stack(account_id, region_name), resource_name)

    @classmethod
    def create_resource(cls, stack: _Stack, name: str, properties: Any) -> Resource:
        """Create the resource; ``name`` is the one that moto proposes."""
        raise NotImplementedError

    @classmethod
    def update_resource(cls, stack: _Stack, old: str, new: str, properties: Any) -> Resource:
        """Replace the resource."""
        cls.delete_resource(stack, old)
        return cls.create_resource(stack, new, properties)

    @classmethod
    def delete_resource(cls, stack: _Stack, name: str) -> None:
        """Delete the resource."""
        raise NotImplementedError


class _Stack:
    """Sends a stack's requests to the service."""

    def __init__(self, account: str, region: str) -> None:
        self.account, self.region = account, region

    def _service(self) -> RegionBackend:
        from moto.cloudformation.exceptions import ValidationError
        from moto.codepipeline.models import codepipeline_backends

        from cp_teach.aws.moto_plugin.models import Backend

        backend = codepipeline_backends[self.account][self.region]
        if not isinstance(backend, Backend):  # moto's own mock_aws, in a process that used ours before
            raise ValidationError(
                message="moto's own mock_aws cannot create pipelines. Use cp_teach.mock_aws instead."
            )
        return backend.service

    def request(self, operation: str, **request: Any) -> dict[str, Any]:
        """Perform an operation. Raises moto's ValidationError if the service refuses it."""
        from moto.cloudformation.exceptions import ValidationError

        service = self._service()
        role = f"arn:{service.account_services.partition}:iam::{self.account}:role/cloudformation"
        try:
            return perform(service, Principal(self.account, self.region, role), operation, request)
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

    TYPE, ATTRIBUTE = "AWS::CodePipeline::Pipeline", "Version"

    @classmethod
    def create_resource(cls, stack: _Stack, name: str, properties: Any) -> Resource:
        """Create the pipeline, and disable its transitions as the template says."""
        pipeline = to_pipeline_structure(properties, name)
        response = stack.request("CreatePipeline", pipeline=pipeline, tags=_tags(properties))
        return cls._finish(stack, properties, response["pipeline"])

    @classmethod
    def update_resource(cls, stack: _Stack, old: str, new: str, properties: Any) -> Resource:
        """Update the pipeline, or replace it if its name has changed."""
        pipeline = to_pipeline_structure(properties, old)
        if pipeline["name"] != old:
            return super().update_resource(stack, old, new, properties)
        response = stack.request("UpdatePipeline", pipeline=pipeline)
        resource = cls._finish(stack, properties, response["pipeline"])
        if str(properties.get("RestartExecutionOnUpdate", "")).lower() == "true":
            stack.request("StartPipelineExecution", name=old)
        return resource

    @classmethod
    def _finish(cls, stack: _Stack, properties: Any, pipeline: dict[str, Any]) -> Resource:
        for each in _members(properties, "DisableInboundStageTransitions", "StageName", "Reason"):
            stack.request(
                "DisableStageTransition",
                pipelineName=pipeline["name"],
                stageName=each["StageName"],
                transitionType="Inbound",
                reason=each["Reason"],
            )
        return cls(pipeline["name"], {cls.ATTRIBUTE: str(pipeline["version"])})

    @classmethod
    def delete_resource(cls, stack: _Stack, name: str) -> None:
        """Delete the pipeline."""
        stack.request("DeletePipeline", name=name)


class CustomActionTypeResource(Resource, CloudFormationModel):
    """``AWS::CodePipeline::CustomActionType``."""

    TYPE, NAME_PROPERTY = "AWS::CodePipeline::CustomActionType", ""

    @classmethod
    def create_resource(cls, stack: _Stack, name: str, properties: Any) -> Resource:
        """Create the action type."""
        request = to_pipeline_structure({k: v for k, v in properties.items() if k != "Tags"}, "")
        request.pop("name")
        for details in ("inputArtifactDetails", "outputArtifactDetails"):
            request[details] = _counts(request, details)
        for each in _members(request, "configurationProperties"):
            for key in ("required", "key", "secret", "queryable"):
                if key in each:
                    each[key] = str(each[key]).lower() == "true"
        stack.request("CreateCustomActionType", **request, tags=_tags(properties))
        return cls("/".join(str(request[key]) for key in ("category", "provider", "version")), {})

    @classmethod
    def delete_resource(cls, stack: _Stack, name: str) -> None:
        """Mark the action type as deleted."""
        category, provider, version = name.split("/")
        stack.request("DeleteCustomActionType", category=category, provider=provider, version=version)


def _counts(request: dict[str, Any], name: str) -> dict[str, int]:
    """The artifact counts of an action type; a template can write them as strings."""
    details = request.get(name) or {}
    if not isinstance(details, dict):
        raise _invalid(f"{name} must be a map with MinimumCount and MaximumCount")
    counts = {key: whole_number(str(value)) for key, value in details.items()}
    if invalid := [key for key, count in counts.items() if count is None]:
        raise _invalid(f"{name}, {invalid[0]} must be a whole number")
    return {key: count for key, count in counts.items() if count is not None}


class WebhookResource(Resource, CloudFormationModel):
    """``AWS::CodePipeline::Webhook``."""

    TYPE, ATTRIBUTE = "AWS::CodePipeline::Webhook", "Url"

    @classmethod
    def create_resource(cls, stack: _Stack, name: str, properties: Any) -> Resource:
        """Create the webhook, and register it if the template says so."""
        name = properties.get("Name", name)
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
        response = stack.request("PutWebhook", webhook=webhook)
        if str(properties.get("RegisterWithThirdParty", "")).lower() == "true":
            stack.request("RegisterWebhookWithThirdParty", webhookName=name)
        return cls(name, {cls.ATTRIBUTE: response["webhook"]["url"]})

    @classmethod
    def delete_resource(cls, stack: _Stack, name: str) -> None:
        """Delete the webhook."""
        stack.request("DeleteWebhook", name=name)
