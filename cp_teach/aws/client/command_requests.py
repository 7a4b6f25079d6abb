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


def _transition(operation: str, stage: str, pipeline: Identifiers, **more: str) -> AwsRequest:
    parameters = {"pipelineName": pipeline.name, "stageName": stage, "transitionType": "Inbound", **more}
    return AwsRequest(operation, parameters)


def _approve(command: c.PutApprovalResult, pipeline: Identifiers) -> AwsRequest:
    parameters = {
        "pipelineName": pipeline.name,
        "stageName": command.stage,
        "actionName": command.action,
        "result": {"summary": command.summary, "status": command.status},
        "token": pipeline.approval_token(command.execution, command.stage, command.action),
    }
    return AwsRequest("put_approval_result", parameters)


def _execution(operation: str, number: int, pipeline: Identifiers, **more: Any) -> AwsRequest:
    parameters = {"pipelineName": pipeline.name, "pipelineExecutionId": pipeline.id_of(number), **more}
    return AwsRequest(operation, parameters)


def _retry(command: c.RetryStage, pipeline: Identifiers) -> AwsRequest:
    more = {"stageName": command.stage, "retryMode": command.mode}
    return _execution("retry_stage_execution", command.execution, pipeline, **more)


def _stop(command: c.StopExecution, pipeline: Identifiers) -> AwsRequest:
    more = {"abandon": command.abandon, "reason": command.reason}
    return _execution("stop_pipeline_execution", command.execution, pipeline, **more)


def _override(command: c.OverrideCondition, pipeline: Identifiers) -> AwsRequest:
    more = {"stageName": command.stage, "conditionType": command.condition}
    return _execution("override_stage_condition", command.execution, pipeline, **more)


def _roll_back(command: c.RollbackStage, pipeline: Identifiers) -> AwsRequest:
    target = pipeline.id_of(command.target)
    parameters = {
        "pipelineName": pipeline.name,
        "stageName": command.stage,
        "targetPipelineExecutionId": target,
    }
    return AwsRequest("rollback_stage", parameters)


def _finish_rule(command: c.FinishRule, pipeline: Identifiers) -> AdminPost:
    body = command._asdict()
    failure = "" if body.pop("met") else "JobFailed"
    return AdminPost("finish", {**body, "failure": failure})


REQUESTS: dict[type, Callable[[Any, Identifiers], AwsRequest | AdminPost]] = {
    c.StartExecution: _start,
    c.EnableTransition: lambda command, pipeline: _transition(
        "enable_stage_transition", command.stage, pipeline
    ),
    c.DisableTransition: lambda command, pipeline: _transition(
        "disable_stage_transition", command.stage, pipeline, reason=command.reason
    ),
    c.PutApprovalResult: _approve,
    c.RetryStage: _retry,
    c.StopExecution: _stop,
    c.OverrideCondition: _override,
    c.RollbackStage: _roll_back,
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
