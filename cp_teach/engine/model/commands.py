"""The 14 kinds of commands that a person, a clock, a worker, or AWS can give to a pipeline.

They are named after AWS's operations where there is one (StartPipelineExecution, DisableStageTransition,
PutApprovalResult, RetryStageExecution, StopPipelineExecution, RollbackStage, OverrideStageCondition, UpdatePipeline,
DeletePipeline). Stages and actions are given by name, executions by number.
"""

from __future__ import annotations

from typing import NamedTuple, TypeAlias, get_args

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

APPROVAL_FAILURES = ("ConfigurationError", "PermissionError", "SystemUnavailable")
"""The failure types of an approval that cannot ask: its text or its topic is wrong (as recorded)."""


class Revision(NamedTuple):
    """The change that a source action fetches: its id (commit, object version, digest) and its message."""

    action: str
    id: str
    message: str = ""


class Override(NamedTuple):
    """The revision that a source action fetches instead of the newest (model: SourceRevisionOverride).

    ``type`` is COMMIT_ID, IMAGE_DIGEST, S3_OBJECT_VERSION_ID or S3_OBJECT_KEY.
    """

    action: str
    type: str
    value: str


Pairs = tuple[tuple[str, str], ...]
"""Variables and their values, in order."""


@record
class StartExecution(NamedTuple):
    """Release a change: send the newest revision of every source through the pipeline (StartPipelineExecution).

    ``variables`` are values for the pipeline's variables, ``overrides`` source revisions to use instead of the
    newest (both V2).
    """

    revisions: tuple[Revision, ...] = ()
    trigger: str = "StartPipelineExecution"
    variables: Pairs = ()
    overrides: tuple[Override, ...] = ()


@record
class FinishAction(NamedTuple):
    """End a running action. ``failure`` is one of AWS's failure types, or "" for success; ``variables`` are its output
    variables."""

    execution: int
    stage: str
    action: str
    failure: str = ""
    message: str = ""
    external_id: str = ""
    variables: Pairs = ()


@record
class FinishRule(NamedTuple):
    """End a rule of a stage condition."""

    execution: int
    stage: str
    rule: str
    met: bool
    message: str = ""


@record
class TimeOut(NamedTuple):
    """Fail a running action that has exceeded its time limit."""

    execution: int
    stage: str
    action: str


@record
class PutApprovalResult(NamedTuple):
    """Answer a manual approval: ``status`` is Approved or Rejected."""

    execution: int
    stage: str
    action: str
    status: str
    summary: str = ""


DISABLED_BY_HAND = "Disabled by hand."
"""The reason for a disabled transition if none is given; AWS requires one."""


@record
class EnableTransition(NamedTuple):
    """Enable the transition into a stage (EnableStageTransition, Inbound)."""

    stage: str


@record
class DisableTransition(NamedTuple):
    """Disable the transition into a stage, with a reason (DisableStageTransition, Inbound)."""

    stage: str
    reason: str = DISABLED_BY_HAND


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
    """Let an execution pass the condition that failed its stage: BEFORE_ENTRY or ON_SUCCESS
    (OverrideStageCondition)."""

    execution: int
    stage: str
    condition: str


@record
class RollbackStage(NamedTuple):
    """Start an execution that rolls a stage back to what an earlier one deployed there (RollbackStage)."""

    stage: str
    target: int


@record
class EditPipeline(NamedTuple):
    """Replace the definition (UpdatePipeline). Running actions may finish, then their executions are cancelled."""

    pipeline: Pipeline


@record
class ExpireTransition(NamedTuple):
    """Let a transition that has been disabled for 30 days expire."""

    stage: str


@record
class DeletePipeline(NamedTuple):
    """Delete the pipeline. It takes no commands afterwards."""


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

COMMAND_KINDS: dict[str, type[Command]] = {kind.__name__: kind for kind in get_args(Command)}
"""Name -> kind of command."""
