"""The backend class that moto instantiates for each account and Region.

It must be in a module named ``models``, because moto looks for ``urls`` beside it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from moto.codepipeline.models import CodePipelineBackend
from moto.core.resource_tagging import TaggableResourcesMixin, TaggedResource

from cp_teach.aws.backend import service_registry
from cp_teach.aws.backend.region_backend import RegionBackend
from cp_teach.aws.iam.principal import Principal
from cp_teach.aws.operations import perform
from cp_teach.aws.operations.pipelines.tags import resources_with_tags


class Backend(CodePipelineBackend, TaggableResourcesMixin):
    """CodePipeline of one account in one Region. The mixin makes it known to the Resource Groups Tagging API."""

    SERVICE_NAMESPACE = "codepipeline"

    @property
    def service(self) -> RegionBackend:
        """The backend of this account and Region in the service that the current request belongs to."""
        return service_registry.active().region(self.account_id, self.region_name)

    def reset(self) -> None:
        """Forget the data; moto calls this when a mock begins or ends."""
        service_registry.reset()
        super().reset()

    def iter_tagged_resources(self) -> Iterator[TaggedResource]:
        """The pipelines, custom action types, and webhooks, each with its tags."""
        service = self.service
        with service.lock:
            found = list(resources_with_tags(service))
        for kind, arn, tags in found:
            yield TaggedResource(arn=arn, tags=tags, resource_type=f"codepipeline:{kind}")

    def tag_resource(self, arn: str, tags: Any) -> None:
        """Add tags, a dict, to a resource of the tagging API. Raises ``AwsError``."""
        added = [{"key": key, "value": value} for key, value in tags.items()]
        self._perform("TagResource", resourceArn=arn, tags=added)

    def untag_resource(self, arn: str, tag_keys: list[str]) -> None:
        """Remove tags from a resource. Raises ``AwsError``."""
        self._perform("UntagResource", resourceArn=arn, tagKeys=tag_keys)

    def _perform(self, operation: str, **request: object) -> None:
        service = self.service
        caller = Principal(self.account_id, self.region_name, service.arn("tagging"))
        perform(service, caller, operation, request)
