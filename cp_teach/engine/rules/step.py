"""The one pure function in which everything is decided: ``step(state, command) -> (state, events)``.

Here is what each command does at once; what follows of itself (an execution entering the next stage, one
superseding another) is in ``walk``, and is told in the same step.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from cp_teach.engine.model import commands as c
from cp_teach.engine.model import events as e
from cp_teach.engine.model.state import (
    BEFORE_ENTRY,
    IN_PROGRESS,
    OPEN,
    STOPPING,
    State,
)
from cp_teach.engine.rules import progression
from cp_teach.engine.rules.step_context import Turn
from cp_teach.engine.rules.validate_start import over_the_limit
from cp_teach.engine.rules.validation import refusal


def step(state: State, command: c.Command) -> tuple[State, list[e.Event]]:
    """What the pipeline does when ``command`` is asked of it: the state after, and all that happened, in
    order.

    Raises ``Refused``, with the reason and AWS's error name, when it cannot be done; never anything else.
    """
    refused = refusal(state, command)
    if refused is not None:
        raise refused
    return allowed(state, command)


def allowed(state: State, command: c.Command) -> tuple[State, list[e.Event]]:
    """The same for a command that ``legal(state)`` has just listed, without judging it once more."""
    turn = Turn(state)
    _ACTS[type(command)](turn, command)
    return turn.state, turn.events


# -- one act for each command ----------------------------------------------------------------------
def _start(turn: Turn, command: c.StartExecution) -> None:
    revisions, trigger, variables, overrides = command
    number = turn.state.last + 1
    pipeline = turn.state.pipeline
    limit = over_the_limit(turn.state)
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
    turn.emit(e.ExecutionStarted(number, _overridden(revisions, overrides), trigger, values, overrides))
    if limit:  # user guide: what an event starts over the limit just fails; the API says no (see ``refusal``)
        turn.emit(e.ExecutionFailed(number, "", limit))
    elif missing:
        words = f"Values for required variables haven't been provided: {','.join(missing)}"
        turn.emit(e.ExecutionFailed(number, "", words))
    else:
        progression.arrive(turn, number, 0)


def _overridden(
    revisions: tuple[c.Revision, ...], overrides: tuple[c.Override, ...]
) -> tuple[c.Revision, ...]:
    """The revisions that are fetched. The key of an S3 object says where to look, not which revision it is."""
    if not overrides:
        return revisions
    chosen = {o.action: o.value for o in overrides if o.type != "S3_OBJECT_KEY"}
    named = [r._replace(id=chosen.pop(r.action, r.id)) for r in revisions]
    return (*named, *(c.Revision(action, value) for action, value in chosen.items()))


def _finish(turn: Turn, command: c.FinishAction) -> None:
    number, stage, action, failure, message, external_id, variables = command
    if failure:
        turn.emit(e.ActionFailed(number, stage, action, failure, message, external_id))
    else:
        turn.emit(e.ActionSucceeded(number, stage, action, message, external_id, variables))
    progression.settle(turn, number)


def _finish_rule(turn: Turn, command: c.FinishRule) -> None:
    turn.emit(e.RuleEnded(*command))
    progression.settle(turn, command.execution)


def _time_out(turn: Turn, command: c.TimeOut) -> None:
    number, stage, action = command
    turn.emit(e.ActionFailed(number, stage, action, "JobFailed", "The action timed out.", ""))
    progression.settle(turn, number)


def _answer(turn: Turn, command: c.PutApprovalResult) -> None:
    number, stage, action, status, summary = command
    if status == "Approved":
        turn.emit(e.ActionSucceeded(number, stage, action, summary, ""))
    else:
        turn.emit(e.ActionFailed(number, stage, action, "JobFailed", summary or "Rejected.", ""))
    progression.settle(turn, number)


def _enable(turn: Turn, command: c.EnableTransition) -> None:
    index = turn.state.pipeline.position[command.stage]
    if turn.state.stages[index].door not in OPEN:
        turn.emit(e.TransitionEnabled(command.stage))
        progression.admit(turn, index)


def _disable(turn: Turn, command: c.DisableTransition) -> None:
    turn.emit(e.TransitionDisabled(command.stage, command.reason))


def _expire(turn: Turn, command: c.ExpireTransition) -> None:
    turn.emit(e.TransitionExpired(command.stage))


def _retry(turn: Turn, command: c.RetryStage) -> None:
    progression.again(turn, command.execution, command.mode)


def _stop(turn: Turn, command: c.StopExecution) -> None:
    number, abandon, reason = command
    x = turn.execution(number)
    stage = turn.state.stage_of(x)
    if not x.actions:  # it waits at a door: nothing runs, nothing to wait for, and it never entered
        turn.emit(e.ExecutionStopped(number, stage.name, reason))
        return
    turn.emit(e.ExecutionStopping(number, stage.name, abandon, reason))
    if abandon:
        for at, status in enumerate(x.actions):
            if status == IN_PROGRESS:
                turn.emit(e.ActionAbandoned(number, stage.name, stage.actions[at].name))
        for rule, status in zip(stage.rules(x.condition), x.rules, strict=False):
            if status == IN_PROGRESS:
                turn.emit(e.RuleAbandoned(number, stage.name, rule.name))
        progression.settle(turn, number)


def _override(turn: Turn, command: c.OverrideCondition) -> None:
    number, stage, condition = command
    turn.emit(e.ConditionEnded(number, stage, condition, "Overridden"))
    if condition == BEFORE_ENTRY:
        progression.begin(turn, number)
    else:
        progression.succeed(turn, number)


def _roll_back(turn: Turn, command: c.RollbackStage) -> None:
    index = turn.state.pipeline.position[command.stage]
    progression.roll_back(turn, index, command.target, "ManualRollback")


def _edit(turn: Turn, command: c.EditPipeline) -> None:
    """User guide, "Edit a pipeline": what runs may finish, then its execution ends; who waits ends at once.

    A pending approval fails, because its token is out of date (as recorded). Executions that began in PARALLEL
    mode go on with the definition they began with.
    """
    there = [x for x in turn.state.executions if turn.state.locks(x) and not turn.state.outdated(x)]
    turn.emit(e.PipelineEdited(command.pipeline))
    for x in there:  # first who waits: nobody may go in when a stage is unlocked below
        if not x.actions:
            progression.cancel(turn, x.number)
    for x in there:
        if not x.actions or x.status not in (IN_PROGRESS, STOPPING):
            continue
        stage = turn.state.stage_of(turn.execution(x.number))
        for action, status in zip(stage.actions, x.actions, strict=True):
            if action.is_approval and status == IN_PROGRESS:
                words = "The pipeline was edited: this request is out of date."
                turn.emit(e.ActionFailed(x.number, stage.name, action.name, "JobFailed", words, ""))
        progression.settle(turn, x.number)


def _delete(turn: Turn, command: c.DeletePipeline) -> None:
    turn.emit(e.PipelineDeleted())


_ACTS: dict[type, Callable[[Turn, Any], None]] = {
    c.StartExecution: _start,
    c.FinishAction: _finish,
    c.FinishRule: _finish_rule,
    c.TimeOut: _time_out,
    c.PutApprovalResult: _answer,
    c.EnableTransition: _enable,
    c.DisableTransition: _disable,
    c.ExpireTransition: _expire,
    c.RetryStage: _retry,
    c.StopExecution: _stop,
    c.OverrideCondition: _override,
    c.RollbackStage: _roll_back,
    c.EditPipeline: _edit,
    c.DeletePipeline: _delete,
}

__all__ = ["Turn", "allowed", "step"]
