"""A local pipeline with CloudFormation and Lambda: its stacks are created on moto, and its functions run."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cp_teach.aws.local.cloudformation.provider import CloudFormation
from cp_teach.aws.local.lambda_provider import Lambda
from cp_teach.aws.local.publish_work import PublishedWork, show_work
from cp_teach.pipeline import Pipeline
from cp_teach.work.runtime.action_executor import ActionExecutor
from cp_teach.work.runtime.cloud_actions import LAMBDA, FunctionCode, cloud_actions
from cp_teach.work.runtime.local_pipeline import LocalPipeline
from cp_teach.work.runtime.local_resources import LocalProviders
from cp_teach.work.task import Perform

SILENCE = 60.0
"""Seconds after which a function that has not answered has failed. AWS waits 20 minutes."""
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


def connect_services(
    workshop: ActionExecutor,
    local: LocalProviders,
    functions: Mapping[str, FunctionCode],
    *,
    yes: bool = False,
    silence: float = SILENCE,
) -> PublishedWork:
    """Do real work for a workshop's CloudFormation actions, and for the actions that invoke these functions.

    The server of this process starts; boto3 finds at its ``url`` what the actions create. Call this before the first
    release. ``yes=True`` is required if there are functions. Raises ``ValueError`` for a function that no action
    invokes, or a pipeline without an artifact bucket.
    """
    places = cloud_actions(workshop.run.pipeline, functions)
    work = show_work(workshop, local)
    providers: dict[str, Perform] = {}
    if LAMBDA in places.values():
        providers[LAMBDA] = provider = Lambda(yes=yes, silence=silence, server=work.server)
        for name, code in functions.items():
            provider.add(name, code.path, code.handler, seconds=min(60.0, silence))
    for place, name in places.items():
        perform = providers.get(name) or providers.setdefault(name, CloudFormation(server=work.server))
        local.providers[place] = workshop.worker.providers[place] = perform
    return work
