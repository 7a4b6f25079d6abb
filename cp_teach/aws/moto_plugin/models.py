"""The backend that moto makes for each account and region, in the place of its own.

It stands in ``models.py`` beside ``urls.py`` because moto finds the URLs of a service by that name.
"""

from __future__ import annotations

from moto.codepipeline.models import CodePipelineBackend

from cp_teach.aws.backend.region_backend import Region
from cp_teach.aws.config.active_settings import settings, store


class Backend(CodePipelineBackend):
    """CodePipeline of one account in one region."""

    def __init__(self, region_name: str, account_id: str) -> None:
        super().__init__(region_name, account_id)
        self.service = Region(account_id, region_name, settings(), store())
        self.service.store.restore(self.service)

    def reset(self) -> None:
        """moto asks for this when a mock begins or ends: nobody may listen to what is gone."""
        self.service.close()
        super().reset()
