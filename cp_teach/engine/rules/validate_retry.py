"""Validation of RetryStage, OverrideCondition, and RollbackStage."""

from __future__ import annotations

from cp_teach.engine.model import commands as c
from cp_teach.engine.model.condition_words import CONDITIONS
from cp_teach.engine.model.state import (
    ABANDONED,
    BEFORE_ENTRY,
    FAILED,
    IN_PROGRESS,
    ON_SUCCESS,
    PARALLEL,
    STOPPED,
    STOPPING,
    Execution,
    State,
)
from cp_teach.engine.rules.errors import Refused, invalid, no_execution, no_stage
from cp_teach.translation import message


def validate_retry(state: State, command: c.RetryStage) -> Refused | None:
    """Only the failed or stopped stage of the execution that last entered it can be retried."""
    number, stage = command.execution, command.stage
    if refused := no_stage(state, stage) or no_execution(state, number):
        return refused
    if command.mode not in (c.FAILED_ACTIONS, c.ALL_ACTIONS):
        return invalid(
            message("{mode!r} is not a retry mode.", mode=command.mode),
            message("Use {first} or {second}.", first=c.FAILED_ACTIONS, second=c.ALL_ACTIONS),
        )
    execution = state.execution(number)
    if execution is not None and state.stage_of(execution).name == stage and execution.pipeline is not None:
        return _not_retryable(
            message(
                "The pipeline has been edited since execution {number} entered {stage}.",
                number=number,
                stage=stage,
            ),
            message("Release a change; it takes the new definition."),
        )
    if state.pipeline.mode != PARALLEL and (refused := _not_the_latest(state, number, stage)):
        return refused
    if execution is None or state.stage_of(execution).name != stage or not execution.actions:
        return _not_retryable(
            message("Execution {number} has nothing in {stage} that failed.", number=number, stage=stage),
            message("There is nothing to retry."),
        )
    return _not_retryable_inside(execution, stage, command.mode)


def _not_the_latest(state: State, number: int, stage: str) -> Refused | None:
    index = state.pipeline.stage_indices[stage]
    entered = state.stages[index].entered
    if entered == 0:
        return _not_retryable(
            message("No execution has entered {stage} yet.", stage=stage), message("Release a change.")
        )
    if entered != number:
        newest = message("Execution {entered} is the last that entered {stage}", entered=entered, stage=stage)
        # User guide, "A failure": the next execution that enters ends the chance to retry.
        if entered > number:
            return Refused(
                "NotLatestPipelineExecutionException",
                message(
                    "{newest}, so execution {number} cannot be retried there any more.",
                    newest=newest,
                    number=number,
                ),
                message("Release the change again."),
            )
        return _not_retryable(
            message("{newest}; execution {number} never did.", newest=newest, number=number),
            message("Only what entered can be retried."),
        )
    execution = state.execution(number)
    if execution is None or execution.stage != index or not execution.actions:
        return _not_retryable(
            message("Execution {number} succeeded in {stage}.", number=number, stage=stage),
            message("There is nothing to retry."),
        )
    return None


def _not_retryable_inside(execution: Execution, stage: str, mode: str) -> Refused | None:
    """Refuses if nothing of the execution that last entered can run again (user guide: stage-retry)."""
    broken = any(status in (FAILED, ABANDONED) for status in (*execution.actions, *execution.rules))
    if execution.status == STOPPING:
        return _not_retryable(
            message("Execution {number} is stopping.", number=execution.number),
            message("Wait until it has stopped."),
        )
    if IN_PROGRESS in execution.rules:
        return _not_retryable(
            message("A condition of {stage} is in progress.", stage=stage),
            message("Wait until that has ended."),
        )
    if mode == c.ALL_ACTIONS:
        if execution.status != IN_PROGRESS:
            return None
        return _not_retryable(
            message("Actions of {stage} are still in progress.", stage=stage),
            message("Wait until they have ended."),
        )
    if broken and (execution.status != IN_PROGRESS or FAILED in execution.actions):
        return None
    if execution.status == STOPPED:
        return _not_retryable(
            message("No action of {stage} failed before it stopped.", stage=stage),
            message("Retry all its actions instead."),
        )
    return _not_retryable(
        message("No action of {stage} has failed.", stage=stage), message("There is nothing to retry.")
    )


def _not_retryable(reason: str, instead: str) -> Refused:
    return Refused("StageNotRetryableException", reason, instead)


def validate_override(state: State, command: c.OverrideCondition) -> Refused | None:
    """Only the condition that failed the stage can be overridden (model: ConditionType has only two of the three)."""
    number, stage, condition = command
    if refused := no_stage(state, stage) or no_execution(state, number):
        return refused
    if condition not in (BEFORE_ENTRY, ON_SUCCESS):
        return invalid(
            message("{condition!r:.40} is not a condition that can be overridden.", condition=condition),
            message("Use {first} or {second}.", first=BEFORE_ENTRY, second=ON_SUCCESS),
        )
    execution = state.execution(number)
    index = state.pipeline.stage_indices[stage]
    entered = state.stages[index].entered
    if state.pipeline.mode != PARALLEL and entered > number:
        return Refused(
            "NotLatestPipelineExecutionException",
            message(
                "Execution {entered} is the last that entered {stage}, so nothing of execution {number} can be "
                "overridden there any more.",
                entered=entered,
                stage=stage,
                number=number,
            ),
            message("Release the change again."),
        )
    if (
        execution is None
        or state.current_index(execution) != index
        or execution.pipeline is not None
        or execution.condition != condition
        or execution.status != FAILED
    ):
        return Refused(
            "ConditionNotOverridableException",
            message(
                "The {condition} of {stage} has not failed execution {number}.",
                condition=CONDITIONS[condition],
                stage=stage,
                number=number,
            ),
            message("Only a condition that has failed the stage can be overridden."),
        )
    return None


def validate_rollback(state: State, command: c.RollbackStage) -> Refused | None:
    """Only a V2 stage can be rolled back, to an execution of this version that succeeded in it.

    Source: user guide, "Rolling back a stage"; errors as recorded.
    """
    stage, target = command
    if refused := no_stage(state, stage) or no_execution(state, target):
        return refused
    index = state.pipeline.stage_indices[stage]
    if state.pipeline.type != "V2":
        return _no_rollback(
            message("{pipeline} is of type V1.", pipeline=state.pipeline.name),
            message("Rolling back needs a pipeline of type V2."),
        )
    if index == 0 and state.readings.source_rollback != "allowed":
        return _no_rollback(
            message("{stage} is the source stage.", stage=stage),
            message("Release the older revision again instead."),
        )
    if state.pipeline.mode == PARALLEL and state.readings.parallel_rollback != "allowed":
        return _no_rollback(
            message("In PARALLEL mode no stage can be rolled back."),
            message("Release the older revision again instead."),
        )
    if target <= state.last_edited:
        return Refused(
            "PipelineExecutionOutdatedException",
            message(
                "Execution {target} ran an older version of the pipeline, which has been edited since.",
                target=target,
            ),
            message("Only executions of the present version can be targets."),
        )
    if target not in state.stages[index].targets:
        return _no_rollback(
            message(
                "Target pipeline execution has not completed successfully in the stage: execution {target} in {stage}.",
                target=target,
                stage=stage,
            ),
            message(
                "Targets are: {targets}.",
                targets=", ".join(map(str, state.stages[index].targets)) or message("none yet"),
            ),
        )
    if state.stages[index].holder:
        return _no_rollback(
            message(
                "Cannot start rollback while the stage is in progress: execution {holder} is in {stage}.",
                holder=state.stages[index].holder,
                stage=stage,
            ),
            message("Wait until it has ended, or stop it."),
        )
    return None


def _no_rollback(reason: str, instead: str) -> Refused:
    return Refused("UnableToRollbackStageException", reason, instead)
