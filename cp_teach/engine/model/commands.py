"""What a person, a clock, a worker or AWS itself may ask of a pipeline: one small record each.

The names are AWS's operations where AWS has one (StartPipelineExecution, DisableStageTransition,
PutApprovalResult, RetryStageExecution, StopPipelineExecution, RollbackStage, OverrideStageCondition,
UpdatePipeline, DeletePipeline); stages and actions are named
as in the blueprint and executions by their number.
"""

from __future__ import annotations

from typing import NamedTuple, TypeAlias

from cp_teach.engine.model.value_tuple import record
from cp_teach.pipeline import Pipeline

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


class Override(NamedTuple):
    """Which revision a source action shall fetch instead of the newest (model: SourceRevisionOverride).

    ``type`` is COMMIT_ID, IMAGE_DIGEST, S3_OBJECT_VERSION_ID or S3_OBJECT_KEY.
    """

    action: str
    type: str
    value: str


Pairs = tuple[tuple[str, str], ...]
"""Variables and their values, in order."""


@record
class StartExecution(NamedTuple):
    """Release a change: send the newest revision of every source through the pipeline
    (StartPipelineExecution).

    ``variables`` are values for the pipeline's variables, ``overrides`` source revisions to use instead of the
    newest (both V2).
    """

    revisions: tuple[Revision, ...] = ()
    trigger: str = "StartPipelineExecution"
    variables: Pairs = ()
    overrides: tuple[Override, ...] = ()


@record
class FinishAction(NamedTuple):
    """A worker says how a running action ended. ``failure`` is one of AWS's failure types, or "" for
    success. ``variables`` are its output variables."""

    execution: int
    stage: str
    action: str
    failure: str = ""
    message: str = ""
    external_id: str = ""
    variables: Pairs = ()


@record
class FinishRule(NamedTuple):
    """A worker says whether a rule of a stage condition is met."""

    execution: int
    stage: str
    rule: str
    met: bool
    message: str = ""


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
class OverrideCondition(NamedTuple):
    """Let an execution pass a condition that its stage failed by: BEFORE_ENTRY or ON_SUCCESS
    (OverrideStageCondition)."""

    execution: int
    stage: str
    condition: str


@record
class RollbackStage(NamedTuple):
    """Bring a stage back to what an earlier execution delivered there, by a new execution (RollbackStage)."""

    stage: str
    target: int


@record
class EditPipeline(NamedTuple):
    """Replace the definition (UpdatePipeline). What runs may finish, and then its execution is cancelled."""

    pipeline: Pipeline


@record
class ExpireTransition(NamedTuple):
    """The clock says that a transition has been disabled for 30 days."""

    stage: str


@record
class DeletePipeline(NamedTuple):
    """Delete the pipeline. Nothing can be asked of it afterwards."""


Command: TypeAlias = (
    StartExecution
    | FinishAction
    | FinishRule
    | TimeOut
    | PutApprovalResult
    | EnableTransition
    | DisableTransition
    | ExpireTransition
    | RetryStage
    | StopExecution
    | OverrideCondition
    | RollbackStage
    | EditPipeline
    | DeletePipeline
)

COMMANDS: dict[str, type[Command]] = {
    kind.__name__: kind
    for kind in (
        StartExecution,
        FinishAction,
        FinishRule,
        TimeOut,
        PutApprovalResult,
        EnableTransition,
        DisableTransition,
        ExpireTransition,
        RetryStage,
        StopExecution,
        OverrideCondition,
        RollbackStage,
        EditPipeline,
        DeletePipeline,
    )
}
