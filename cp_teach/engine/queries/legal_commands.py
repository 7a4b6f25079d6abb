"""What may be asked of a pipeline now, one representative for each command and target."""

from __future__ import annotations

from collections.abc import Iterator

from cp_teach.engine.model import commands as c
from cp_teach.engine.model.state import IN_PROGRESS, Execution, State
from cp_teach.engine.rules.validation import refusal
from cp_teach.pipeline import Stage


def legal(state: State) -> list[c.Command]:
    """Every move that ``step`` accepts in this state, each with a neutral payload.

    A move is listed once for each target: a failing end, say, stands for all failure types and messages.
    """
    return list(permitted(state))


def permitted(state: State) -> Iterator[c.Command]:
    """The same moves one by one, for who needs only the first of them."""
    return (command for command in candidates(state) if refusal(state, command) is None)


def candidates(state: State) -> Iterator[c.Command]:
    """Moves worth asking about: those whose target is there. The judge says which of them may be done."""
    pipeline = state.pipeline
    needed = [v.name for v in pipeline.variables or () if v.default_value is None]
    yield c.StartExecution(variables=tuple((name, "value") for name in needed))
    for stage in pipeline.stages:
        yield c.EnableTransition(stage.name)
        yield c.DisableTransition(stage.name)
        yield c.ExpireTransition(stage.name)
    for x in state.executions:
        yield from _inside(state, x)
        yield c.StopExecution(x.number, False)
        yield c.StopExecution(x.number, True)
    if pipeline.type == "V2":
        for stage, seen in zip(pipeline.stages, state.stages, strict=True):
            for target in seen.targets:
                yield c.RollbackStage(stage.name, target)
    yield c.EditPipeline(pipeline)
    yield c.DeletePipeline()


def _inside(state: State, x: Execution) -> Iterator[c.Command]:
    stage = state.stage_of(x)
    yield from ends(stage, x)
    if x.actions:
        yield c.RetryStage(x.number, stage.name, c.FAILED_ACTIONS)
        yield c.RetryStage(x.number, stage.name, c.ALL_ACTIONS)
    if x.condition:
        yield c.OverrideCondition(x.number, stage.name, x.condition)


def ends(stage: Stage, x: Execution) -> Iterator[c.Command]:
    """Every way in which what is in progress for this execution, in this stage, may end."""
    for action, status in zip(stage.actions, x.actions, strict=False):
        if status != IN_PROGRESS:
            continue
        at = (x.number, stage.name, action.name)
        if action.is_approval:
            # A neutral summary, because IsSummaryRequired may ask for one.
            yield c.PutApprovalResult(*at, "Approved", "Reviewed.")
            yield c.PutApprovalResult(*at, "Rejected", "Reviewed.")
        else:
            yield c.FinishAction(*at)
            yield c.FinishAction(*at, "JobFailed")
        yield c.TimeOut(*at)
    for rule, status in zip(stage.rules(x.condition), x.rules, strict=False):
        if status == IN_PROGRESS:
            yield c.FinishRule(x.number, stage.name, rule.name, True)
            yield c.FinishRule(x.number, stage.name, rule.name, False)
