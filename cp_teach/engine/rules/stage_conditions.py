"""Stage conditions (V2): when their rules are judged, and what follows from the answer.

Source: user guide, "Stage conditions". A condition is met when all of its rules succeed; a rule that errors or
times out is not met. A rollback passes no conditions: they guard the way of a new revision.
"""

from __future__ import annotations

from cp_teach.engine.model import events as e
from cp_teach.engine.model.state import BEFORE_ENTRY, ON_SUCCESS, ROLLBACK, SUCCEEDED, Execution, State
from cp_teach.engine.rules.step_context import Turn


def judged(turn: Turn, number: int, condition: str) -> bool:
    """Start the rules of that condition, if the stage has any; True when the execution now waits for them."""
    x = turn.execution(number)
    stage = turn.state.stage_of(x)
    if not stage.judges or x.kind == ROLLBACK:
        return False
    rules = stage.rules(condition)
    for rule in rules:
        turn.emit(e.RuleStarted(number, stage.name, condition, rule.name))
    return bool(rules)


def decided(state: State, x: Execution) -> str:
    """The result that follows from the rules of its condition, all of them judged: FAIL, SKIP, ROLLBACK, or ""
    when the execution may pass."""
    met = all(status == SUCCEEDED for status in x.rules)
    applies_when = {
        BEFORE_ENTRY: "not met",
        ON_SUCCESS: state.readings.on_success,
    }.get(x.condition, state.readings.on_failure)
    if met != (applies_when == "met"):
        return ""
    return state.stage_of(x).result(x.condition)
