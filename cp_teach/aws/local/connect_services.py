"""A workshop and AWS's own services beside it: its stacks are made on moto, its functions run and answer."""

from __future__ import annotations

from collections.abc import Mapping

from cp_teach.aws.local.cloudformation.provider import CloudFormation
from cp_teach.aws.local.lambda_provider import Lambda
from cp_teach.aws.local.publish_work import Shown, show_work
from cp_teach.work.runtime.action_executor import Workshop
from cp_teach.work.runtime.cloud_actions import LAMBDA, Code, cloud
from cp_teach.work.runtime.local_resources import Local
from cp_teach.work.task import Perform

SILENCE = 60.0
"""Seconds after which a function that has not answered has failed here. AWS waits 20 minutes; nobody shall here."""


def wire(
    workshop: Workshop,
    local: Local,
    functions: Mapping[str, Code],
    *,
    yes: bool = False,
    silence: float = SILENCE,
) -> Shown:
    """Let a workshop's CloudFormation actions, and the functions that are given, be worked on for real.

    A server on loopback is started in this process; boto3 finds at its ``url`` what the actions make. Call it before
    the first release. ``yes=True`` is needed where functions are given. Raises ``ValueError`` for a function that no
    action invokes, or a pipeline without an artifact bucket.
    """
    wanted = cloud(workshop.run.pipeline, functions)
    made: dict[str, Perform] = {}
    shown = show_work(workshop, local)
    for place, provider in wanted.items():
        if provider not in made:
            made[provider] = _lambda(functions, yes, silence) if provider == LAMBDA else CloudFormation()
        local.providers[place] = workshop.worker.providers[place] = made[provider]
    return shown


def _lambda(functions: Mapping[str, Code], yes: bool, silence: float) -> Lambda:
    made = Lambda(yes=yes, silence=silence)
    for name, code in functions.items():
        made.add(name, code.path, code.handler, seconds=min(60.0, silence))
    return made
