"""The request that sends each command of the engine to a remote pipeline: one table, keyed by command class.

AWS has operations for most commands. Commands without one are sent to the admin API.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple, Protocol

from cp_teach.engine.model import commands as c
from cp_teach.engine.model.failure_plan import Heal, Inject, Plan
from cp_teach.engine.rules.validation import Refused


class AwsRequest(NamedTuple):
    """A call of CodePipeline: the operation as boto3 names it, and its parameters."""

    operation: str
    parameters: dict[str, Any]


class AdminPost(NamedTuple):
    """A POST to the admin API: the first segment of its path, which the pipeline's name follows, and its body."""

    kind: str
    body: dict[str, Any]


class Identifiers(Protocol):
    """What a request needs to know of its pipeline."""

    name: str

    def id_of(self, number: int) -> str:
        """The ID of an execution."""

    def approval_token(self, number: int, stage: str, action: str) -> str:
        """The token of an approval that is waiting."""


def request_of(command: c.Command | Plan, pipeline: Identifiers) -> AwsRequest | AdminPost:
    """The request that sends this command. Raises ``Refused`` for a command that only the clock sends."""
    make = REQUESTS.get(type(command))
    if make is None:
        name = type(command).__name__
        raise Refused("ValidationException", f"Only the service's clock sends {name}.", "Use tick().")
    return make(command, pipeline)


def _start(command: c.StartExecution, pipeline: Identifiers) -> AwsRequest:
    parameters: dict[str, Any] = {"name": pipeline.name}
    if command.variables:
        parameters["variables"] = [{"name": key, "value": value} for key, value in command.variables]
    if command.overrides:
        parameters["sourceRevisions"] = [
            {"actionName": override.action, "revisionType": override.type, "revisionValue": override.value}
            for override in command.overrides
        ]
    return AwsRequest("start_pipeline_execution", parameters)


def _approve(command: c.PutApprovalResult, pipeline: Identifiers) -> AwsRequest:
    return _stage(
        "put_approval_result",
        command,
        pipeline,
        actionName=command.action,
        result={"summary": command.summary, "status": command.status},
        token=pipeline.approval_token(command.execution, command.stage, command.action),
    )


def _stage(operation: str, command: Any, pipeline: Identifiers, **more: Any) -> AwsRequest:
    return AwsRequest(operation, {"pipelineName": pipeline.name, "stageName": command.stage, **more})


def _stop(command: c.StopExecution, pipeline: Identifiers) -> AwsRequest:
    parameters = {"pipelineExecutionId": pipeline.id_of(command.execution), "abandon": command.abandon}
    return AwsRequest(
        "stop_pipeline_execution", {"pipelineName": pipeline.name, **parameters, "reason": command.reason}
    )


def _finish_rule(command: c.FinishRule, pipeline: Identifiers) -> AdminPost:
    body = command._asdict()
    failure = "" if body.pop("met") else "JobFailed"
    return AdminPost("finish", {**body, "failure": failure})


REQUESTS: dict[type, Callable[[Any, Identifiers], AwsRequest | AdminPost]] = {
    c.StartExecution: _start,
    c.EnableTransition: lambda command, pipeline: _stage(
        "enable_stage_transition", command, pipeline, transitionType="Inbound"
    ),
    c.DisableTransition: lambda command, pipeline: _stage(
        "disable_stage_transition", command, pipeline, transitionType="Inbound", reason=command.reason
    ),
    c.PutApprovalResult: _approve,
    c.RetryStage: lambda command, pipeline: _stage(
        "retry_stage_execution",
        command,
        pipeline,
        pipelineExecutionId=pipeline.id_of(command.execution),
        retryMode=command.mode,
    ),
    c.StopExecution: _stop,
    c.OverrideCondition: lambda command, pipeline: _stage(
        "override_stage_condition",
        command,
        pipeline,
        pipelineExecutionId=pipeline.id_of(command.execution),
        conditionType=command.condition,
    ),
    c.RollbackStage: lambda command, pipeline: _stage(
        "rollback_stage", command, pipeline, targetPipelineExecutionId=pipeline.id_of(command.target)
    ),
    c.EditPipeline: lambda command, _: AwsRequest("update_pipeline", {"pipeline": command.pipeline.to_aws()}),
    c.DeletePipeline: lambda _, pipeline: AwsRequest("delete_pipeline", {"name": pipeline.name}),
    c.FinishAction: lambda command, _: AdminPost(
        "finish", {**command._asdict(), "variables": dict(command.variables)}
    ),
    c.FinishRule: _finish_rule,
    c.TimeOut: lambda command, _: AdminPost("finish", {**command._asdict(), "failure": "TimedOut"}),
    Inject: lambda command, _: AdminPost("inject", command._asdict()),
    Heal: lambda command, _: AdminPost("heal", command._asdict()),
}
"""Every command except ``ExpireTransition``, which only the service's clock sends."""
