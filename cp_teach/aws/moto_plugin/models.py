"""The backend class that moto instantiates for each account and Region.

It must be in a module named ``models``, because moto looks for ``urls`` beside it.
"""

from __future__ import annotations

from moto.codepipeline.models import CodePipelineBackend

from cp_teach.aws.backend import service_registry
from cp_teach.aws.backend.region_backend import RegionBackend


class Backend(CodePipelineBackend):
    """CodePipeline of one account in one Region."""

    @property
    def service(self) -> RegionBackend:
        """The backend of this account and Region in the service that the current request belongs to."""
        return service_registry.active().region(self.account_id, self.region_name)

    def reset(self) -> None:
        """Forget the data; moto calls this when a mock begins or ends."""
        service_registry.reset()
        super().reset()
