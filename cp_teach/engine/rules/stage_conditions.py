"""Stage conditions (V2): when their rules run, and the result that follows.

A condition is met if all of its rules succeed; a rule that errors or times out is not met. A rollback skips all
conditions. Source: user guide, "Stage conditions".
"""

from __future__ import annotations

from cp_teach.engine.model import events as e
from cp_teach.engine.model.state import BEFORE_ENTRY, ON_SUCCESS, ROLLBACK, SUCCEEDED, Execution, State
from cp_teach.engine.rules.step_context import StepContext


def start_rules(context: StepContext, number: int, condition: str) -> bool:
    """Start the rules of that condition, if the stage has any; True if the execution now waits for them."""
    execution = context.execution(number)
    stage = context.state.stage_of(execution)
    if not stage.has_conditions or execution.kind == ROLLBACK:
        return False
    rules = stage.rules(condition)
    for rule in rules:
        context.emit(e.RuleStarted(number, stage.name, condition, rule.name))
    return bool(rules)


def condition_result(state: State, execution: Execution) -> str:
    """The result of the condition whose rules have all ended: FAIL, SKIP, ROLLBACK, or "" if the execution passes."""
    met = all(status == SUCCEEDED for status in execution.rules)
    applies_when = {BEFORE_ENTRY: "not met", ON_SUCCESS: state.readings.on_success}.get(
        execution.condition, state.readings.on_failure
    )
    if met != (applies_when == "met"):
        return ""
    return state.stage_of(execution).result(execution.condition)
