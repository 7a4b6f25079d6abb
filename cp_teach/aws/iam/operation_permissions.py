"""Which permission each of the 44 operations asks for, and on which resource.

Source: Service Authorization Reference, "Actions, resources, and condition keys for AWS CodePipeline". An operation
without a resource there asks for ``*``. Operations that are younger than the edition that could be read are taken as
their siblings: OverrideStageCondition and RollbackStage as RetryStageExecution, GetActionType and UpdateActionType
as DeleteCustomActionType, the lists of an execution as ListActionExecutions.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from cp_teach.aws.iam.policy_evaluation import Document, Policy, decide

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
"""On a pipeline: where the request names it."""
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
"""On an action type: what comes before category, provider and version in the request."""
WEBHOOK = {
    "DeleteWebhook": "name",
    "DeregisterWebhookWithThirdParty": "webhookName",
    "ListWebhooks": "",
    "PutWebhook": "webhook.name",
    "RegisterWebhookWithThirdParty": "webhookName",
}
TAGGED = ("ListTagsForResource", "TagResource", "UntagResource")
TAGGING = ("CreateCustomActionType", "CreatePipeline", "PutWebhook")
"""They ask for TagResource as well, where tags are given."""
PASSING = ("CreatePipeline", "UpdatePipeline")
"""They hand the service role over."""
TO_US = {"iam:PassedToService": "codepipeline.amazonaws.com"}


class Ask(NamedTuple):
    """One permission that a request needs; ``context`` is what only this request knows."""

    action: str
    resource: str
    context: Mapping[str, str] = {}


def asks(operation: str, request: Mapping[str, Any], prefix: str) -> Iterator[Ask]:
    """All that this well-formed request needs; ``prefix`` is ``arn:aws:codepipeline:REGION:ACCOUNT:``."""
    action = f"codepipeline:{operation}"
    places = [prefix + place for place in _places(operation, request)]
    if operation in TAGGED:
        places = [str(request["resourceArn"])]
    for place in places or ["*"]:
        yield Ask(action, place)
    if operation in TAGGING and request.get("tags"):
        yield Ask("codepipeline:TagResource", places[-1])
    if operation in PASSING:
        yield Ask("iam:PassRole", str(_at(request, "pipeline.roleArn")), TO_US)


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
    """Which of the 44 operations these policies allow on that pipeline, its stage and its action.

    What is no pipeline's own (jobs, webhooks, action types) is asked for a nameless one. Raises ``BadPolicy``.
    """
    from cp_teach.aws.protocol.request_validation import operations

    read = [Policy.read(policies)] if isinstance(policies, Policy | str | dict) else list(policies)
    prefix = f"arn:aws:codepipeline:{region}:{account}:"
    request = _anybody(prefix, pipeline, stage, action)
    found = []
    for operation in operations():
        # What is passed on besides is another question: here it is asked what may be called at all.
        own = [ask for ask in asks(operation, request, prefix) if ask.action == f"codepipeline:{operation}"]
        if all(decide(read, ask.action, ask.resource, ask.context) for ask in own):
            found.append(operation)
    return found


def _anybody(prefix: str, pipeline: str, stage: str, action: str) -> dict[str, Any]:
    """A request that names this pipeline, stage and action wherever an operation may look for them."""
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


def _places(operation: str, request: Mapping[str, Any]) -> Iterator[str]:
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
    found: Any = request
    for member in path.split(".") if path else ("",):
        found = found.get(member) if isinstance(found, Mapping) else None
    return found
