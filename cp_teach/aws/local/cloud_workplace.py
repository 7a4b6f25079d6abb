"""A workplace with AWS's own services beside it, for pipelines that make stacks or invoke functions."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cp_teach.aws.local.connect_services import SILENCE, wire
from cp_teach.pipeline import Pipeline
from cp_teach.work.runtime.cloud_actions import Code
from cp_teach.work.runtime.local_pipeline import Workplace

_numbers = itertools.count(1)


class CloudWorkplace(Workplace):
    """A ``Workplace`` whose CloudFormation actions make stacks on moto, and whose ``functions`` run.

    ``url`` is the server of this process, on loopback: the AWS CLI sees there what the pipeline makes.
    ``client("cloudformation")`` is a boto3 client for it. ``silence`` is after how many seconds a function that has
    not answered has failed. Stacks stay when the workplace is closed, and go with the process.
    """

    def __init__(
        self,
        pipeline: Pipeline,
        contents: Mapping[str, Path] | Path,
        folder: Path | None = None,
        *,
        functions: Mapping[str, Code],
        yes: bool = False,
        silence: float = SILENCE,
        watching: bool = False,
        **options: Any,
    ) -> None:
        # The service remembers jobs by the ids of the run, so each workplace has its own.
        super().__init__(pipeline, contents, folder, yes=yes, seed=next(_numbers), **options)
        try:
            self.shown = wire(self, self.local, functions, yes=yes, silence=silence)
        except BaseException:
            super().close()
            raise
        self.url = self.shown.url
        if watching:
            self.watch()

    def client(self, service: str = "codepipeline", **options: Any) -> Any:
        """A boto3 client that talks to the server of this process and to no other."""
        return self.shown.client(service, **options)

    def close(self) -> None:
        """See ``Workplace``; the pipeline is taken away from the API, too."""
        super().close()
        self.shown.stop()
