"""The conditions of a stage in the view model: their rules, the status of each rule, and the moves."""

from __future__ import annotations

from cp_teach.engine.model import commands as c
from cp_teach.engine.model.state import (
    BEFORE_ENTRY,
    FAILED,
    IN_PROGRESS,
    ON_FAILURE,
    ON_SUCCESS,
    Execution,
)
from cp_teach.pipeline import Stage
from cp_teach.show.view.legality import Legality
from cp_teach.show.view.moves import move
from cp_teach.show.view.schema import Condition, Rule
from cp_teach.show.view.tables import status_cell

NAMES = {BEFORE_ENTRY: "beforeEntry", ON_SUCCESS: "onSuccess", ON_FAILURE: "onFailure"}
RULE_STATUSES = {"": "Not judged now", "Succeeded": "Met", FAILED: "Not met", IN_PROGRESS: "Being judged"}


def conditions(legality: Legality, stage: Stage, inside: Execution | None, by_hand: bool) -> list[Condition]:
    """The conditions of the stage. ``by_hand`` offers moves that say whether a rule is met."""
    return [_condition(legality, stage, inside, name, by_hand) for name in NAMES if stage.rules(name)]


def _condition(
    legality: Legality, stage: Stage, inside: Execution | None, name: str, by_hand: bool
) -> Condition:
    state = legality.state
    judged = inside if inside and inside.condition == name and state.stage_of(inside) == stage else None
    rules: list[Rule] = []
    for index, rule in enumerate(stage.rules(name)):
        status = judged.rules[index] if judged and index < len(judged.rules) else ""
        key, word, glyph = status_cell(status)
        view: Rule = {
            "name": rule.name,
            "provider": rule.type.provider,
            "status": [key, RULE_STATUSES.get(status, word), glyph],
        }
        if status == IN_PROGRESS and by_hand and judged:
            target = (judged.number, stage.name, rule.name)
            view["moves"] = [
                move(legality, c.FinishRule(*target, True), f"Met for execution {judged.number}"),
                move(legality, c.FinishRule(*target, False), f"Not met for execution {judged.number}"),
            ]
        rules.append(view)
    condition: Condition = {"name": NAMES[name], "result": stage.result(name), "rules": rules}
    if judged and judged.status == FAILED and name != ON_FAILURE:
        override = c.OverrideCondition(judged.number, stage.name, name)
        label = f"Override {NAMES[name]} for execution {judged.number}"
        condition["override"] = move(legality, override, label)
    return condition
