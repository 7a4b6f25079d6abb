"""The permission that each of the 44 operations needs, and on which resource.

Source: Service Authorization Reference, "Actions, resources, and condition keys for AWS CodePipeline". An operation
without a resource there needs a permission on ``*``. Operations that are newer than the available edition are treated
like similar ones: OverrideStageCondition and RollbackStage like RetryStageExecution, GetActionType and UpdateActionType
like DeleteCustomActionType, the lists of an execution like ListActionExecutions.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from cp_teach.aws.iam.policy_evaluation import Document, Policy, decide
from cp_teach.aws.protocol.request_validation import operations

PIPELINE = {
    "CreatePipeline": "pipeline.name",
    "DeletePipeline": "name",
    "GetPipeline": "name",
    "GetPipelineExecution": "pipelineName",
    "GetPipelineState": "name",
    "ListActionExecutions": "pipelineName",
    "ListDeployActionExecutionTargets": "pipelineName",
    "ListPipelineExecutions": "pipelineName",
    "ListRuleExecutions": "pipelineName",
    "PutWebhook": "webhook.targetPipeline",
    "StartPipelineExecution": "name",
    "StopPipelineExecution": "pipelineName",
    "UpdatePipeline": "pipeline.name",
}
"""Operations on a pipeline -> the member of the request that names it."""
STAGE = (
    "DisableStageTransition",
    "EnableStageTransition",
    "OverrideStageCondition",
    "RetryStageExecution",
    "RollbackStage",
)
ACTION = ("PutActionRevision", "PutApprovalResult")
ACTION_TYPE = {
    "CreateCustomActionType": "",
    "DeleteCustomActionType": "",
    "GetActionType": "",
    "PollForJobs": "actionTypeId.",
    "UpdateActionType": "actionType.id.",
}
"""Operations on an action type -> the path before category, provider, and version in the request."""
WEBHOOK = {
    "DeleteWebhook": "name",
    "DeregisterWebhookWithThirdParty": "webhookName",
    "ListWebhooks": "",
    "PutWebhook": "webhook.name",
    "RegisterWebhookWithThirdParty": "webhookName",
}
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
    resources = [prefix + name for name in _resources(operation, request)]
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
    path = "pipelineName" if operation in (*STAGE, *ACTION) else PIPELINE.get(operation)
    name = _at(request, path) if path else None
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
    read = [Policy.read(policies)] if isinstance(policies, Policy | str | dict) else list(policies)
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


def _resources(operation: str, request: Mapping[str, Any]) -> Iterator[str]:
    if operation in PIPELINE:
        yield str(_at(request, PIPELINE[operation]) or "*")
    if operation in STAGE:
        yield f"{request['pipelineName']}/{request['stageName']}"
    if operation in ACTION:
        yield f"{request['pipelineName']}/{request['stageName']}/{request['actionName']}"
    if operation in ACTION_TYPE:
        start = ACTION_TYPE[operation]
        owner = _at(request, f"{start}owner") or "Custom"
        rest = [_at(request, f"{start}{member}") for member in ("category", "provider", "version")]
        yield f"actiontype:{'/'.join(map(str, [owner, *rest]))}"
    if operation in WEBHOOK:
        yield f"webhook:{_at(request, WEBHOOK[operation]) or '*'}"


def _at(request: Mapping[str, Any], path: str) -> Any:
    value: Any = request
    for member in path.split("."):
        value = value.get(member) if isinstance(value, Mapping) else None
    return value
