"""What a command can refer to in a state: executions in a stage, actions and rules in progress."""

from __future__ import annotations

from cp_teach.engine.model.state import IN_PROGRESS, Execution, State


def last_execution_in(state: State, stage: str) -> Execution | None:
    """The newest execution that is in the stage, or has failed or stopped there."""
    inside = [
        execution
        for execution in state.executions
        if execution.actions and state.stage_of(execution).name == stage
    ]
    return inside[-1] if inside else None


def actions_in_progress(
    state: State, stage: str = "", approvals: bool | None = None
) -> list[tuple[int, str, str]]:
    """(execution, stage, action) of each action in progress, in one stage or (with "") in all.

    ``approvals`` True selects only manual approvals, False only other actions.
    """
    return [
        (execution.number, state.stage_of(execution).name, action.name)
        for execution in state.executions
        if not stage or state.stage_of(execution).name == stage
        for action, status in zip(state.stage_of(execution).actions, execution.actions, strict=False)
        if status == IN_PROGRESS and approvals in (None, action.is_approval)
    ]


def rules_in_progress(state: State, stage: str) -> list[tuple[int, str, str]]:
    """(execution, stage, rule) of each rule of a stage condition that is being evaluated in the stage."""
    return [
        (execution.number, stage, rule.name)
        for execution in state.executions
        if state.stage_of(execution).name == stage
        for rule, status in zip(
            state.stage_of(execution).rules(execution.condition), execution.rules, strict=False
        )
        if status == IN_PROGRESS
    ]
