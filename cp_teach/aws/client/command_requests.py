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
    """The request that sends this command. Raises ``Refused`` for a command that only a clock gives."""
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


def _enable(command: c.EnableTransition, pipeline: Identifiers) -> AwsRequest:
    return AwsRequest("enable_stage_transition", _transition(command.stage, pipeline))


def _disable(command: c.DisableTransition, pipeline: Identifiers) -> AwsRequest:
    parameters = {**_transition(command.stage, pipeline), "reason": command.reason}
    return AwsRequest("disable_stage_transition", parameters)


def _transition(stage: str, pipeline: Identifiers) -> dict[str, Any]:
    return {"pipelineName": pipeline.name, "stageName": stage, "transitionType": "Inbound"}


def _approve(command: c.PutApprovalResult, pipeline: Identifiers) -> AwsRequest:
    number, stage, action, status, summary = command
    parameters = {
        "pipelineName": pipeline.name,
        "stageName": stage,
        "actionName": action,
        "result": {"summary": summary, "status": status},
        "token": pipeline.approval_token(number, stage, action),
    }
    return AwsRequest("put_approval_result", parameters)


def _retry(command: c.RetryStage, pipeline: Identifiers) -> AwsRequest:
    parameters = {**_in_stage(command.execution, command.stage, pipeline), "retryMode": command.mode}
    return AwsRequest("retry_stage_execution", parameters)


def _override(command: c.OverrideCondition, pipeline: Identifiers) -> AwsRequest:
    parameters = {
        **_in_stage(command.execution, command.stage, pipeline),
        "conditionType": command.condition,
    }
    return AwsRequest("override_stage_condition", parameters)


def _in_stage(number: int, stage: str, pipeline: Identifiers) -> dict[str, Any]:
    return {
        "pipelineName": pipeline.name,
        "stageName": stage,
        "pipelineExecutionId": pipeline.id_of(number),
    }


def _stop(command: c.StopExecution, pipeline: Identifiers) -> AwsRequest:
    parameters = {
        "pipelineName": pipeline.name,
        "pipelineExecutionId": pipeline.id_of(command.execution),
        "abandon": command.abandon,
        "reason": command.reason,
    }
    return AwsRequest("stop_pipeline_execution", parameters)


def _roll_back(command: c.RollbackStage, pipeline: Identifiers) -> AwsRequest:
    parameters = {
        "pipelineName": pipeline.name,
        "stageName": command.stage,
        "targetPipelineExecutionId": pipeline.id_of(command.target),
    }
    return AwsRequest("rollback_stage", parameters)


def _finish_action(command: c.FinishAction, pipeline: Identifiers) -> AdminPost:
    number, stage, action, failure, message, external_id, variables = command
    body = {
        "execution": number,
        "stage": stage,
        "action": action,
        "failure": failure,
        "message": message,
        "external_id": external_id,
        "variables": dict(variables),
    }
    return AdminPost("finish", body)


def _finish_rule(command: c.FinishRule, pipeline: Identifiers) -> AdminPost:
    number, stage, rule, met, message = command
    failure = "" if met else "JobFailed"
    body = {"execution": number, "stage": stage, "rule": rule, "message": message, "failure": failure}
    return AdminPost("finish", body)


def _time_out(command: c.TimeOut, pipeline: Identifiers) -> AdminPost:
    return AdminPost("finish", {**command._asdict(), "failure": "TimedOut"})


REQUESTS: dict[type, Callable[[Any, Identifiers], AwsRequest | AdminPost]] = {
    c.StartExecution: _start,
    c.EnableTransition: _enable,
    c.DisableTransition: _disable,
    c.PutApprovalResult: _approve,
    c.RetryStage: _retry,
    c.StopExecution: _stop,
    c.OverrideCondition: _override,
    c.RollbackStage: _roll_back,
    c.EditPipeline: lambda command, _: AwsRequest("update_pipeline", {"pipeline": command.pipeline.to_aws()}),
    c.DeletePipeline: lambda _, pipeline: AwsRequest("delete_pipeline", {"name": pipeline.name}),
    c.FinishAction: _finish_action,
    c.FinishRule: _finish_rule,
    c.TimeOut: _time_out,
    Inject: lambda command, _: AdminPost("inject", command._asdict()),
    Heal: lambda command, _: AdminPost("heal", command._asdict()),
}
"""Every command but ``ExpireTransition``, which only the clock gives."""
