"""A local pipeline with CloudFormation and Lambda: its stacks are created on moto, and its functions run."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cp_teach.aws.local.connect_services import SILENCE, connect_services
from cp_teach.pipeline import Pipeline
from cp_teach.work.runtime.cloud_actions import FunctionCode
from cp_teach.work.runtime.local_pipeline import LocalPipeline

_numbers = itertools.count(1)


class CloudWorkplace(LocalPipeline):
    """A ``LocalPipeline`` whose CloudFormation actions create stacks on moto, and whose ``functions`` run.

    ``url`` is the server of this process, on loopback, where the AWS CLI sees what the pipeline creates;
    ``client("cloudformation")`` is a boto3 client for it. A function that has not answered after ``silence`` seconds
    has failed. Stacks remain when the workplace is closed, until the process ends.
    """

    def __init__(
        self,
        pipeline: Pipeline,
        contents: Mapping[str, Path] | Path,
        folder: Path | None = None,
        *,
        functions: Mapping[str, FunctionCode],
        yes: bool = False,
        silence: float = SILENCE,
        watching: bool = False,
        **options: Any,
    ) -> None:
        # The seed gives each run its own ID, by which the service finds jobs.
        super().__init__(pipeline, contents, folder, yes=yes, seed=next(_numbers), **options)
        try:
            self.published_work = connect_services(self, self.local, functions, yes=yes, silence=silence)
        except BaseException:
            super().close()
            raise
        self.url = self.published_work.url
        if watching:
            self.watch()

    def client(self, service: str = "codepipeline", **options: Any) -> Any:
        """A boto3 client that can reach only the server of this process."""
        return self.published_work.client(service, **options)

    def close(self) -> None:
        """See ``LocalPipeline``; this also removes the pipeline from the API."""
        super().close()
        self.published_work.stop()
