"""Resource Groups Tagging API on moto, with CodePipeline's resources and AWS's answers for those that do not exist.

moto asks each backend with ``TaggableResourcesMixin`` for its tagged resources; ours is in ``models``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from moto.resourcegroupstaggingapi.models import ResourceGroupsTaggingAPIBackend

from cp_teach.aws.protocol.errors import AwsError

STATUS = {"ServiceUnavailable": 503}
"""Every other error is 400."""


class Tagging(ResourceGroupsTaggingAPIBackend):
    """moto's tagging API, where the error of CodePipeline for a resource is in ``FailedResourcesMap``."""

    @property
    def _url_module(self) -> Any:
        import moto.resourcegroupstaggingapi.urls

        return moto.resourcegroupstaggingapi.urls

    def tag_resources(self, resource_arns: list[str], tags: dict[str, str]) -> dict[str, dict[str, Any]]:
        """Add tags to resources; returns the failure of each resource that could not be tagged."""
        return self._each(resource_arns, lambda arns: super(Tagging, self).tag_resources(arns, tags))

    def untag_resources(self, resource_arn_list: list[str], tag_keys: list[str]) -> dict[str, dict[str, Any]]:
        """Remove tags from resources; returns the failure of each resource that could not be changed."""
        return self._each(
            resource_arn_list, lambda arns: super(Tagging, self).untag_resources(arns, tag_keys)
        )

    def _each(
        self, arns: list[str], change: Callable[[list[str]], dict[str, dict[str, Any]]]
    ) -> dict[str, dict[str, Any]]:
        failures: dict[str, dict[str, Any]] = {}
        for arn in arns:
            try:
                failures |= change([arn])
            except AwsError as error:
                failures[arn] = {
                    "StatusCode": STATUS.get(error.code, 400),
                    "ErrorCode": error.code,
                    "ErrorMessage": error.message,
                }
        return failures

    def _get_tag_keys_generator(self) -> Iterator[str]:
        """Each key once; moto repeats it for each resource."""
        yield from dict.fromkeys(super()._get_tag_keys_generator())

    def _get_tag_values_generator(self, tag_key: str) -> Iterator[str]:
        yield from dict.fromkeys(super()._get_tag_values_generator(tag_key))
