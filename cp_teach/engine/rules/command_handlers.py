"""Command handlers: what each command does at once, as events in a ``StepContext``.

What follows from it (an execution enters the next stage, one supersedes another) is in ``progression`` and happens in
the same step.
"""

from __future__ import annotations

from cp_teach.engine.model import commands as c
from cp_teach.engine.model import events as e
from cp_teach.engine.model.state import BEFORE_ENTRY, IN_PROGRESS, SHOWN_AS_ENABLED, STOPPING
from cp_teach.engine.rules import progression
from cp_teach.engine.rules.progression import StepContext
from cp_teach.engine.rules.validate_start import limit_reached


def start(context: StepContext, command: c.StartExecution) -> None:
    """Start an execution; its sources fetch their revisions."""
    revisions, trigger, variables, overrides = command
    number = context.state.newest + 1
    pipeline = context.state.pipeline
    limit = limit_reached(context.state)
    values: c.Pairs = ()
    missing = []
    if pipeline.variables:
        given = dict(variables)
        for variable in pipeline.variables:
            value = given.get(variable.name, variable.default_value)
            if value is None:
                missing.append(variable.name)
            else:
                values += ((variable.name, value),)
    context.emit(e.ExecutionStarted(number, _overridden(revisions, overrides), trigger, values, overrides))
    if limit:  # user guide: an event over the limit starts an execution that fails; the API refuses
        context.emit(e.ExecutionFailed(number, "", limit))
    elif missing:
        reason = f"Values for required variables haven't been provided: {','.join(missing)}"
        context.emit(e.ExecutionFailed(number, "", reason))
    else:
        progression.arrive(context, number, 0)


def _overridden(
    revisions: tuple[c.Revision, ...], overrides: tuple[c.Override, ...]
) -> tuple[c.Revision, ...]:
    """The revisions that are fetched. An S3 object key says where to look, not which revision it is."""
    if not overrides:
        return revisions
    chosen = {o.action: o.value for o in overrides if o.type != "S3_OBJECT_KEY"}
    named = [r._replace(id=chosen.pop(r.action, r.id)) for r in revisions]
    return (*named, *(c.Revision(action, value) for action, value in chosen.items()))


def finish(context: StepContext, command: c.FinishAction) -> None:
    """End an action."""
    number, stage, action, failure, message, external_id, variables = command
    if failure:
        context.emit(e.ActionFailed(number, stage, action, failure, message, external_id))
    else:
        context.emit(e.ActionSucceeded(number, stage, action, message, external_id, variables))
    progression.settle(context, number)


def finish_rule(context: StepContext, command: c.FinishRule) -> None:
    """End a rule."""
    context.emit(e.RuleEnded(*command))
    progression.settle(context, command.execution)


def time_out(context: StepContext, command: c.TimeOut) -> None:
    """Fail an action whose time is up."""
    number, stage, action = command
    context.emit(e.ActionFailed(number, stage, action, "JobFailed", "The action timed out.", ""))
    progression.settle(context, number)


def put_approval_result(context: StepContext, command: c.PutApprovalResult) -> None:
    """Approve or reject an action."""
    number, stage, action, status, summary = command
    if status == "Approved":
        context.emit(e.ActionSucceeded(number, stage, action, summary, ""))
    else:
        context.emit(e.ActionFailed(number, stage, action, "JobFailed", summary or "Rejected.", ""))
    progression.settle(context, number)


def enable(context: StepContext, command: c.EnableTransition) -> None:
    """Enable a transition: the first waiting execution enters. Enabling an enabled one does nothing."""
    index = context.state.pipeline.stage_indices[command.stage]
    if context.state.stages[index].transition not in SHOWN_AS_ENABLED:
        context.emit(e.TransitionEnabled(command.stage))
        progression.admit(context, index)


def disable(context: StepContext, command: c.DisableTransition) -> None:
    """Disable a transition."""
    context.emit(e.TransitionDisabled(command.stage, command.reason))


def expire(context: StepContext, command: c.ExpireTransition) -> None:
    """Let a disabled transition expire."""
    context.emit(e.TransitionExpired(command.stage))


def retry(context: StepContext, command: c.RetryStage) -> None:
    """Run a stage again."""
    progression.rerun(context, command.execution, command.mode)


def stop(context: StepContext, command: c.StopExecution) -> None:
    """Stop an execution. One that waits to enter a stage stops at once."""
    number, abandon, reason = command
    execution = context.execution(number)
    stage = context.state.stage_of(execution)
    if not execution.actions:  # it waits to enter a stage: nothing runs
        context.emit(e.ExecutionStopped(number, stage.name, reason))
        return
    context.emit(e.ExecutionStopping(number, stage.name, abandon, reason))
    if abandon:
        for action, status in zip(stage.actions, execution.actions, strict=True):
            if status == IN_PROGRESS:
                context.emit(e.ActionAbandoned(number, stage.name, action.name))
        for rule, status in zip(stage.rules(execution.condition), execution.rules, strict=False):
            if status == IN_PROGRESS:
                context.emit(e.RuleAbandoned(number, stage.name, rule.name))
        progression.settle(context, number)


def override(context: StepContext, command: c.OverrideCondition) -> None:
    """Let an execution pass the condition that failed its stage."""
    number, stage, condition = command
    context.emit(e.ConditionEnded(number, stage, condition, "Overridden"))
    if condition == BEFORE_ENTRY:
        progression.start_actions(context, number)
    else:
        progression.succeed(context, number)


def roll_back(context: StepContext, command: c.RollbackStage) -> None:
    """Start a rollback execution."""
    index = context.state.pipeline.stage_indices[command.stage]
    progression.roll_back(context, index, command.target, "ManualRollback")


def edit(context: StepContext, command: c.EditPipeline) -> None:
    """Replace the definition. Running actions may finish, then their executions end; waiting executions end at once.

    A pending approval can no longer be answered: with the reading ``approval_after_edit`` it stays in progress until
    its execution is stopped, or fails at once. Executions that began in PARALLEL mode continue with the definition they
    began with. Source: user guide, "Edit a pipeline".
    """
    ends = context.state.readings.approval_after_edit == "ended"
    affected = [
        execution
        for execution in context.state.executions
        if context.state.locks(execution) and not context.state.outdated(execution)
    ]
    context.emit(e.PipelineEdited(command.pipeline))
    for execution in affected:  # waiting executions first: none may enter a stage that is unlocked below
        if not execution.actions:
            progression.cancel(context, execution.number)
    for execution in affected:
        if not execution.actions or execution.status not in (IN_PROGRESS, STOPPING):
            continue
        stage = context.state.stage_of(context.execution(execution.number))
        for action, status in zip(stage.actions, execution.actions, strict=True):
            if ends and action.is_approval and status == IN_PROGRESS:
                reason = "The pipeline was edited: this request is out of date."
                context.emit(
                    e.ActionFailed(execution.number, stage.name, action.name, "JobFailed", reason, "")
                )
        progression.settle(context, execution.number)


def delete(context: StepContext, command: c.DeletePipeline) -> None:
    """Delete the pipeline."""
    context.emit(e.PipelineDeleted())
