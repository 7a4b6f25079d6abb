"""What a person, a clock, a worker or AWS itself may ask of a pipeline: one small record each.

The names are AWS's operations where AWS has one (StartPipelineExecution, DisableStageTransition,
PutApprovalResult, RetryStageExecution, StopPipelineExecution, DeletePipeline); stages and actions are named
as in the blueprint and executions by their number.
"""

from __future__ import annotations

from typing import NamedTuple, TypeAlias

from cp_teach.engine.record import record

FAILED_ACTIONS = "FAILED_ACTIONS"
ALL_ACTIONS = "ALL_ACTIONS"

FAILURE_TYPES = (
    "JobFailed",
    "ConfigurationError",
    "PermissionError",
    "RevisionOutOfSync",
    "RevisionUnavailable",
    "SystemUnavailable",
)
"""AWS's failure types (model: FailureType)."""


class Revision(NamedTuple):
    """A change that a source action brings in: its id (commit, object version, digest) and its message."""

    action: str
    id: str
    message: str = ""


@record
class StartExecution(NamedTuple):
    """Release a change: send the newest revision of every source through the pipeline
    (StartPipelineExecution)."""

    revisions: tuple[Revision, ...] = ()
    trigger: str = "StartPipelineExecution"


@record
class FinishAction(NamedTuple):
    """A worker says how a running action ended. ``failure`` is one of AWS's failure types, or "" for
    success."""

    execution: int
    stage: str
    action: str
    failure: str = ""
    message: str = ""
    external_id: str = ""


@record
class TimeOut(NamedTuple):
    """The clock says that a running action is over its time limit."""

    execution: int
    stage: str
    action: str


@record
class PutApprovalResult(NamedTuple):
    """A person answers a manual approval: ``status`` is Approved or Rejected, with a summary."""

    execution: int
    stage: str
    action: str
    status: str
    summary: str = ""


@record
class EnableTransition(NamedTuple):
    """Open the transition into a stage (EnableStageTransition, Inbound)."""

    stage: str


@record
class DisableTransition(NamedTuple):
    """Close the transition into a stage, with a reason for colleagues (DisableStageTransition, Inbound)."""

    stage: str
    reason: str = "Closed by hand."


@record
class RetryStage(NamedTuple):
    """Run a failed or stopped stage again, with the same revision (RetryStageExecution)."""

    execution: int
    stage: str
    mode: str = FAILED_ACTIONS


@record
class StopExecution(NamedTuple):
    """Stop an execution: wait for its running actions, or abandon them (StopPipelineExecution)."""

    execution: int
    abandon: bool = False
    reason: str = ""


@record
class DeletePipeline(NamedTuple):
    """Delete the pipeline. Nothing can be asked of it afterwards."""


Command: TypeAlias = (
    StartExecution
    | FinishAction
    | TimeOut
    | PutApprovalResult
    | EnableTransition
    | DisableTransition
    | RetryStage
    | StopExecution
    | DeletePipeline
)

COMMANDS: dict[str, type[Command]] = {
    kind.__name__: kind
    for kind in (
        StartExecution,
        FinishAction,
        TimeOut,
        PutApprovalResult,
        EnableTransition,
        DisableTransition,
        RetryStage,
        StopExecution,
        DeletePipeline,
    )
}
