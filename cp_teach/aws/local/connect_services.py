"""Connect a workshop to CloudFormation and Lambda: its stacks are created on moto, and its functions run."""

from __future__ import annotations

from collections.abc import Mapping

from cp_teach.aws.local.cloudformation.provider import CloudFormation
from cp_teach.aws.local.lambda_provider import Lambda
from cp_teach.aws.local.publish_work import PublishedWork, show_work
from cp_teach.aws.server.loopback_server import Server
from cp_teach.work.runtime.action_executor import ActionExecutor
from cp_teach.work.runtime.cloud_actions import LAMBDA, FunctionCode, cloud_actions
from cp_teach.work.runtime.local_resources import LocalProviders
from cp_teach.work.task import Perform

SILENCE = 60.0
"""Seconds after which a function that has not answered has failed. AWS waits 20 minutes."""


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
    provider_names = cloud_actions(workshop.run.pipeline, functions)
    providers: dict[str, Perform] = {}
    work = show_work(workshop, local)
    for place, name in provider_names.items():
        if name not in providers:
            providers[name] = (
                _make_lambda(work.server, functions, yes, silence)
                if name == LAMBDA
                else CloudFormation(server=work.server)
            )
        local.providers[place] = workshop.worker.providers[place] = providers[name]
    return work


def _make_lambda(server: Server, functions: Mapping[str, FunctionCode], yes: bool, silence: float) -> Lambda:
    provider = Lambda(yes=yes, silence=silence, server=server)
    for name, code in functions.items():
        provider.add(name, code.path, code.handler, seconds=min(60.0, silence))
    return provider
