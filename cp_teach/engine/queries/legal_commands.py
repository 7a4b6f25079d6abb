"""The commands that a state allows: one for each kind and target."""

from __future__ import annotations

from collections.abc import Iterator

from cp_teach.engine.model import commands as c
from cp_teach.engine.model.state import IN_PROGRESS, Execution, State
from cp_teach.engine.rules.step import refusal
from cp_teach.pipeline import Stage


def legal(state: State) -> list[c.Command]:
    """Every command that ``step`` accepts in this state, once for each target.

    Texts are neutral: one failure of an action, for example, represents all failure types and messages.
    """
    return [command for command in candidates(state) if refusal(state, command) is None]


def candidates(state: State) -> Iterator[c.Command]:
    """All commands whose target exists, before validation."""
    pipeline = state.pipeline
    needed = [v.name for v in pipeline.variables or () if v.default_value is None]
    yield c.StartExecution(variables=tuple((name, "value") for name in needed))
    for stage in pipeline.stages:
        yield c.EnableTransition(stage.name)
        yield c.DisableTransition(stage.name)
        yield c.ExpireTransition(stage.name)
    for execution in state.executions:
        yield from _inside(state, execution)
        yield c.StopExecution(execution.number, False)
        yield c.StopExecution(execution.number, True)
    if pipeline.type == "V2":
        yield from rollbacks(state)
    yield c.EditPipeline(pipeline)
    yield c.DeletePipeline()


def rollbacks(state: State) -> Iterator[c.Command]:
    """The rollback of each stage to each of its targets."""
    for stage, stage_state in zip(state.pipeline.stages, state.stages, strict=True):
        for target in stage_state.targets:
            yield c.RollbackStage(stage.name, target)


def _inside(state: State, execution: Execution) -> Iterator[c.Command]:
    stage = state.stage_of(execution)
    yield from ends(stage, execution)
    if execution.actions:
        yield c.RetryStage(execution.number, stage.name, c.FAILED_ACTIONS)
        yield c.RetryStage(execution.number, stage.name, c.ALL_ACTIONS)
    if execution.condition:
        yield c.OverrideCondition(execution.number, stage.name, execution.condition)


def ends(stage: Stage, execution: Execution) -> Iterator[c.Command]:
    """Every way in which the running actions and rules of this execution, in this stage, may end."""
    for action, status in zip(stage.actions, execution.actions, strict=False):
        if status != IN_PROGRESS:
            continue
        target = (execution.number, stage.name, action.name)
        if action.is_approval:
            # A neutral summary, because IsSummaryRequired may ask for one.
            yield c.PutApprovalResult(*target, "Approved", "Reviewed.")
            yield c.PutApprovalResult(*target, "Rejected", "Reviewed.")
        else:
            yield c.FinishAction(*target)
            yield c.FinishAction(*target, "JobFailed")
        yield c.TimeOut(*target)
    for rule, status in zip(stage.rules(execution.condition), execution.rules, strict=False):
        if status == IN_PROGRESS:
            yield c.FinishRule(execution.number, stage.name, rule.name, True)
            yield c.FinishRule(execution.number, stage.name, rule.name, False)
