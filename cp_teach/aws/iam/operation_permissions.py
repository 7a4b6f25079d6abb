"""The permission that each of the 44 operations needs, and on which resource.

Source: Service Authorization Reference, "Actions, resources, and condition keys for AWS CodePipeline". An operation
without a resource there needs a permission on ``*``. Operations that are newer than the available edition are treated
like similar ones: OverrideStageCondition and RollbackStage like RetryStageExecution, GetActionType and UpdateActionType
like DeleteCustomActionType, the lists of an execution like ListActionExecutions.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from cp_teach.aws.iam.policy_evaluation import Document, Policy, decide, read_policies
from cp_teach.aws.protocol.request_validation import operations

STAGE = "{pipelineName}/{stageName}"
ACTION = "{pipelineName}/{stageName}/{actionName}"
RESOURCES = {
    "CreateCustomActionType": "actiontype:Custom/{category}/{provider}/{version}",
    "CreatePipeline": "{pipeline.name}",
    "DeleteCustomActionType": "actiontype:Custom/{category}/{provider}/{version}",
    "DeletePipeline": "{name}",
    "DeleteWebhook": "webhook:{name}",
    "DeregisterWebhookWithThirdParty": "webhook:{webhookName}",
    "DisableStageTransition": STAGE,
    "EnableStageTransition": STAGE,
    "GetActionType": "actiontype:{owner}/{category}/{provider}/{version}",
    "GetPipeline": "{name}",
    "GetPipelineExecution": "{pipelineName}",
    "GetPipelineState": "{name}",
    "ListActionExecutions": "{pipelineName}",
    "ListDeployActionExecutionTargets": "{pipelineName}",
    "ListPipelineExecutions": "{pipelineName}",
    "ListRuleExecutions": "{pipelineName}",
    "ListWebhooks": "webhook:*",
    "OverrideStageCondition": STAGE,
    "PollForJobs": (
        "actiontype:{actionTypeId.owner}/{actionTypeId.category}/{actionTypeId.provider}/{actionTypeId.version}"
    ),
    "PutActionRevision": ACTION,
    "PutApprovalResult": ACTION,
    "PutWebhook": "{webhook.targetPipeline} webhook:{webhook.name}",
    "RegisterWebhookWithThirdParty": "webhook:{webhookName}",
    "RetryStageExecution": STAGE,
    "RollbackStage": STAGE,
    "StartPipelineExecution": "{name}",
    "StopPipelineExecution": "{pipelineName}",
    "UpdateActionType": (
        "actiontype:{actionType.id.owner}/{actionType.id.category}/{actionType.id.provider}/{actionType.id.version}"
    ),
    "UpdatePipeline": "{pipeline.name}",
}
"""Operation -> its resources, separated by a space, with the members of the request that name them. The first member is
the pipeline, if the resource has no type."""
MEMBER = re.compile(r"\{([A-Za-z.]+)\}")
TAGGED = ("ListTagsForResource", "TagResource", "UntagResource")
TAGGING = ("CreateCustomActionType", "CreatePipeline", "PutWebhook")
"""Operations that also need TagResource if the request has tags."""
PASSING = ("CreatePipeline", "UpdatePipeline")
"""Operations that pass the service role."""
PASSED_TO = {"iam:PassedToService": "codepipeline.amazonaws.com"}


class RequiredPermission(NamedTuple):
    """One permission that a request needs; ``context`` has the condition keys of this permission alone."""

    action: str
    resource: str
    context: Mapping[str, str] = {}


def required_permissions(
    operation: str, request: Mapping[str, Any], prefix: str
) -> Iterator[RequiredPermission]:
    """All permissions that a valid request needs; ``prefix`` is ``arn:aws:codepipeline:REGION:ACCOUNT:``."""
    action = f"codepipeline:{operation}"
    resources = [
        prefix + MEMBER.sub(lambda member: str(_at(request, member[1]) or "*"), resource)
        for resource in RESOURCES.get(operation, "").split()
    ]
    if operation in TAGGED:
        resources = [str(request["resourceArn"])]
    for resource in resources or ["*"]:
        yield RequiredPermission(action, resource)
    if operation in TAGGING and request.get("tags"):
        yield RequiredPermission("codepipeline:TagResource", resources[-1])
    if operation in PASSING:
        yield RequiredPermission("iam:PassRole", str(_at(request, "pipeline.roleArn")), PASSED_TO)


def pipeline_of(operation: str, request: Mapping[str, Any]) -> str | None:
    """The name of the pipeline that a request is about; None if the operation or the request names none."""
    member = MEMBER.match(RESOURCES.get(operation, ""))
    name = _at(request, member[1]) if member else None
    return None if name is None else str(name)


def may(
    policies: Document | Iterable[Policy],
    pipeline: str,
    stage: str = "*",
    action: str = "*",
    *,
    region: str = "us-east-1",
    account: str = "123456789012",
) -> list[str]:
    """The operations, out of 44, that these policies allow on a pipeline, its stage, and its action.

    Operations on jobs, webhooks, and action types count for one with the name ``any``. Raises ``BadPolicy`` if a
    document is invalid.
    """
    read = read_policies(policies)
    prefix = f"arn:aws:codepipeline:{region}:{account}:"
    request = _sample_request(prefix, pipeline, stage, action)
    allowed = []
    for operation in operations():
        # Without PassRole and TagResource, which only some requests of the operation need.
        own = [
            ask
            for ask in required_permissions(operation, request, prefix)
            if ask.action == f"codepipeline:{operation}"
        ]
        if all(decide(read, ask.action, ask.resource, ask.context) for ask in own):
            allowed.append(operation)
    return allowed


def _sample_request(prefix: str, pipeline: str, stage: str, action: str) -> dict[str, Any]:
    """A request of every operation: it names the pipeline, stage, and action in each place that one of them reads."""
    kind = {"category": "Build", "owner": "Custom", "provider": "any", "version": "1"}
    return {
        **kind,
        "name": pipeline,
        "pipelineName": pipeline,
        "stageName": stage,
        "actionName": action,
        "pipeline": {"name": pipeline, "roleArn": ""},
        "webhook": {"name": "any", "targetPipeline": pipeline},
        "webhookName": "any",
        "actionTypeId": kind,
        "actionType": {"id": kind},
        "resourceArn": prefix + pipeline,
    }


def _at(request: Mapping[str, Any], path: str) -> Any:
    value: Any = request
    for member in path.split("."):
        value = value.get(member) if isinstance(value, Mapping) else None
    return value
