"""The table of all operations, and the steps from a request to its response."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from cp_teach.aws.backend.hosted_pipeline import HostedPipeline
from cp_teach.aws.backend.region_backend import RegionBackend
from cp_teach.aws.iam.authorization import authorize
from cp_teach.aws.iam.operation_permissions import pipeline_of
from cp_teach.aws.iam.principal import Principal
from cp_teach.aws.operations import jobs
from cp_teach.aws.operations.executions import (
    approvals,
    deploy_targets,
    executions,
    history,
    stage_operations,
)
from cp_teach.aws.operations.pipelines import action_types, pipelines, tags, webhooks
from cp_teach.aws.protocol import request_validation
from cp_teach.aws.protocol.errors import AwsError, validation
from cp_teach.aws.protocol.json_protocol import Json

Operation = Callable[[RegionBackend, Principal, Json], Json]

OPERATIONS: dict[str, Operation] = {
    "AcknowledgeJob": jobs.acknowledge_job,
    "AcknowledgeThirdPartyJob": jobs.acknowledge_job,
    "CreateCustomActionType": action_types.create_custom_action_type,
    "CreatePipeline": pipelines.create_pipeline,
    "DeleteCustomActionType": action_types.delete_custom_action_type,
    "DeletePipeline": pipelines.delete_pipeline,
    "DeleteWebhook": webhooks.delete_webhook,
    "DeregisterWebhookWithThirdParty": partial(webhooks.set_registered, registered=False),
    "DisableStageTransition": stage_operations.disable_stage_transition,
    "EnableStageTransition": stage_operations.enable_stage_transition,
    "GetActionType": action_types.get_action_type,
    "GetJobDetails": jobs.get_job_details,
    "GetPipeline": pipelines.get_pipeline,
    "GetPipelineExecution": executions.get_pipeline_execution,
    "GetPipelineState": pipelines.get_pipeline_state,
    "GetThirdPartyJobDetails": jobs.get_third_party_job_details,
    "ListActionExecutions": history.list_action_executions,
    "ListActionTypes": action_types.list_action_types,
    "ListDeployActionExecutionTargets": deploy_targets.list_deploy_action_execution_targets,
    "ListPipelineExecutions": history.list_pipeline_executions,
    "ListPipelines": pipelines.list_pipelines,
    "ListRuleExecutions": history.list_rule_executions,
    "ListRuleTypes": action_types.list_rule_types,
    "ListTagsForResource": tags.list_tags_for_resource,
    "ListWebhooks": webhooks.list_webhooks,
    "OverrideStageCondition": stage_operations.override_stage_condition,
    "PollForJobs": jobs.poll_for_jobs,
    "PollForThirdPartyJobs": jobs.poll_for_third_party_jobs,
    "PutActionRevision": executions.put_action_revision,
    "PutApprovalResult": approvals.put_approval_result,
    "PutJobFailureResult": jobs.put_job_failure_result,
    "PutJobSuccessResult": jobs.put_job_success_result,
    "PutThirdPartyJobFailureResult": jobs.put_job_failure_result,
    "PutThirdPartyJobSuccessResult": jobs.put_job_success_result,
    "PutWebhook": webhooks.put_webhook,
    "RegisterWebhookWithThirdParty": partial(webhooks.set_registered, registered=True),
    "RetryStageExecution": stage_operations.retry_stage_execution,
    "RollbackStage": stage_operations.rollback_stage,
    "StartPipelineExecution": executions.start_pipeline_execution,
    "StopPipelineExecution": executions.stop_pipeline_execution,
    "TagResource": tags.tag_resource,
    "UntagResource": tags.untag_resource,
    "UpdateActionType": action_types.update_action_type,
    "UpdatePipeline": pipelines.update_pipeline,
}

RESULTS = tuple(
    f"Put{partner}Job{result}Result" for partner in ("", "ThirdParty") for result in ("Success", "Failure")
)


def perform(region: RegionBackend, caller: Principal, operation: str, request: Any) -> Json:
    """Answer one request: validate it, authorize it, advance time, and run the operation. Raises ``AwsError``.

    Like the service, this validates first: it refuses a bad filter even if the pipeline does not exist.
    """
    if operation not in OPERATIONS:
        raise AwsError("UnknownOperationException", f"CodePipeline has no operation {operation!r:.80}.")
    if not isinstance(request, dict):
        raise AwsError("SerializationException", "The body of a request must be an object.")
    checked = request_validation.check(operation, request)
    if region.name not in region.catalog.regions and region.settings.edition != "today":
        raise validation(
            f"CodePipeline is not available in {region.name} in the edition '{region.settings.edition}'. "
            f"Its regions are: {', '.join(region.catalog.regions)}."
        )
    with region.transaction():
        region.fire_timers()
        authorize(caller, operation, checked, region.arn(""))
        for hosted in _pipelines_of(region, operation, checked):
            region.catch_up(hosted)
        return OPERATIONS[operation](region, caller, checked)


def _pipelines_of(region: RegionBackend, operation: str, request: Json) -> list[HostedPipeline]:
    """The pipelines whose time a request must advance: the one that it names, that of its job, or all if any of them
    could answer it."""
    if operation in ("PollForJobs", "PollForThirdPartyJobs"):
        return [hosted for hosted in region.pipelines.values() if not hosted.is_served_run]
    if operation in RESULTS:
        name = job.pipeline if (job := region.jobs.get(request["jobId"])) else None
    else:
        name = pipeline_of(operation, request)
        if name is None and operation == "ListDeployActionExecutionTargets":
            return list(region.pipelines.values())
    return [region.pipelines[name]] if name in region.pipelines else []
